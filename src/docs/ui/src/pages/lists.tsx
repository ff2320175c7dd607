// Lists: all nodes of a kind, the members of a group, the glossary.

import { useEffect } from 'preact/hooks';
import { blocks, drawn, groups, href, listed, titleOf, type Node } from '../data/nodes';
import { quoted } from '../data/select';
import { Glyph } from '../parts/glyph';
import { Prose } from '../parts/prose';
import { StatusChip, TallyChips } from '../parts/status';
import { PagedTable } from '../parts/table';
import type { Kind } from '../payload';
import { change, route } from '../router';
import { KINDS, number, words } from '../strings';

const w = words.lists;

export function KindPage({ kind }: { kind: Kind }) {
  const filter = route.value.query.get('of') ?? '';
  const text = filter.toLowerCase();
  const all = listed.filter(node => node.kind === kind);
  const list = all.filter(node => !text || `${node.name} ${node.label ?? ''} ${node.folder} ${node.tags.join(' ')}`.toLowerCase().includes(text));
  return (
    <div class="page">
      <h1 tabIndex={-1}>{KINDS[kind][1]} <span class="quiet">{number(all.length)}</span></h1>
      <div class="filters"><input type="search" placeholder={w.filter} aria-label={w.filter} value={filter} onInput={event => change({ of: event.currentTarget.value }, true)} /></div>
      <NodesTable nodes={list} label={KINDS[kind][1]} />
    </div>
  );
}

function NodesTable({ nodes, label }: { nodes: Node[]; label: string }) {
  const tested = nodes.some(node => Object.values(node.tests).some(Boolean));
  const ran = nodes.some(node => node.status);
  const columns = nodes.some(node => node.columns);
  const head = [w.name, w.where, ...(columns ? [w.documented] : []), ...(tested ? [w.tests] : []), ...(ran ? [w.status] : [])];
  return (
    <PagedTable
      label={label}
      head={head}
      rows={nodes}
      row={node => (
        <tr key={node.i}>
          <th scope="row"><a class="node-link" href={href(node)}><Glyph kind={node.kind} layer={node.layer} /><span>{titleOf(node)}</span></a></th>
          <td class="quiet">{[node.package, node.folder].filter(Boolean).join(' · ')}</td>
          {columns && <td>{node.columns && `${number(node.columns[1])} / ${number(node.columns[0])}`}</td>}
          {tested && <td><TallyChips tests={node.tests} /></td>}
          {ran && <td>{node.status && <StatusChip status={node.status} />}</td>}
        </tr>
      )}
    />
  );
}

export function GroupPage({ name }: { name: string }) {
  const group = groups.find(one => one.name === name);
  const members = drawn.filter(node => node.group === name);
  return (
    <div class="page">
      <h1 tabIndex={-1}>{name}</h1>
      {group?.description && <Prose html={group.description} />}
      {(group?.owner || group?.email) && <p><span class="quiet">{words.node.owner}:</span> {[group.owner, group.email].filter(Boolean).join(', ')}</p>}
      <p><a class="button" href={`#/lineage?select=${encodeURIComponent(`group:${quoted(name)}`)}`}>{words.node.showLineage}</a></p>
      <NodesTable nodes={members} label={name} />
    </div>
  );
}

export function GroupsPage() {
  return (
    <div class="page">
      <h1 tabIndex={-1}>{words.groups}</h1>
      {!groups.length && <p class="lead">{words.groups_.empty}</p>}
      <ul class="node-list">{groups.map(group => <li key={group.name}><a href={`#/group/${encodeURIComponent(group.name)}`}>{group.name}</a><span class="about quiet">{group.owner}</span></li>)}</ul>
    </div>
  );
}

export function Glossary({ name }: { name: string }) {
  useEffect(() => {
    if (name) document.getElementById(`word-${name}`)?.scrollIntoView({ block: 'start' });
  }, [name]);
  return (
    <div class="page">
      <h1 tabIndex={-1}>{words.glossary}</h1>
      <p class="lead">{blocks.length ? words.glossary_.lead : words.glossary_.empty}</p>
      <dl class="glossary">
        {blocks.map(block => (
          <div key={block.name} id={`word-${block.name}`} class={block.name === name ? 'card target' : 'card'}>
            <dt><a href={`#/glossary/${encodeURIComponent(block.name)}`}>{block.name.replaceAll('_', ' ')}</a></dt>
            <dd><Prose html={block.html} fold /></dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

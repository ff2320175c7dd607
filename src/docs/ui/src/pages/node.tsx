// The page of one node.

import type { ComponentChildren } from 'preact';
import { useMemo } from 'preact/hooks';
import { codeOf, detailOf, groups, href, nodes, project, testsOf, titleOf, type Node } from '../data/nodes';
import { quoted } from '../data/select';
import { lower } from '../data/values';
import { lineageOf } from '../graph/state';
import { CodeBlock, CopyButton, hasWord } from '../parts/code';
import { Glyph } from '../parts/glyph';
import { useAsync } from '../parts/hooks';
import { Prose } from '../parts/prose';
import { Chip, FreshnessChip, StatusChip } from '../parts/status';
import type { Code, Detail, Test } from '../payload';
import { change, route } from '../router';
import { CHANGES, KINDS, LAYERS, words } from '../strings';
import { Charts } from './charts';
import { Columns } from './columns';
import { Facts } from './facts';
import { History } from './history';
import { PatientData } from './patient-data';
import { TestLine } from './tests';

const w = words.node;

export function NodePage({ node }: { node: Node }) {
  const found = useAsync(async () => ({ detail: await detailOf(node), tests: await testsOf(node), code: await codeOf(node) }), [node]);
  const kind = KINDS[node.kind][0];
  const detail = found?.detail;
  return (
    <article class="node">
      <header class="node-head">
        <p class="crumbs">{crumbs(node)}</p>
        <div class="node-title">
          <Glyph kind={node.kind} layer={node.layer} />
          <h1 tabIndex={-1}>{titleOf(node)}</h1>
        </div>
        <p class="chips">
          {node.layer !== 'other' && (node.layer !== 'exposure' || node.kind === 'exposure') && <span class={`chip plain layer-${node.layer}`}><span class="dot" />{LAYERS[node.layer]}</span>}
          {LAYERS[node.layer] !== kind && <span class="chip plain">{kind}</span>}
          {node.materialized && <span class="chip plain">{node.materialized}</span>}
          {node.access && node.access !== 'protected' && <span class="chip plain">{node.access}</span>}
          {node.status && <StatusChip status={node.status} />}
          {node.freshness && <FreshnessChip status={node.freshness} />}
          {node.phi?.kept !== undefined && <Chip tone={node.phi.kept ? 'pass' : 'fail'}>{node.phi.kept ? words.graph.keptSo : words.graph.brokenSo}</Chip>}
          {node.change && <span class={`chip plain change-${node.change}`}><span class="dot" />{node.change === 'impacted' ? w.changed.impacted : CHANGES[node.change]}</span>}
          {node.tags.map(tag => <a key={tag} class="chip tag" href={`#/lineage?select=${encodeURIComponent(`tag:${quoted(tag)}`)}`} title={w.tagged(tag)}>{tag}</a>)}
        </p>
        <p class="actions">
          {node.kind !== 'macro' && <a class="button primary" href={lineageOf(node)}>{w.showLineage}</a>}
          {detail?.url && <a class="button" href={detail.url} target="_blank" rel="noopener noreferrer">{w.openOutside(kind)}</a>}
          {node.charts && <button type="button" class="button" onClick={() => print()}>{words.print}</button>}
        </p>
      </header>
      {found ? <Body node={node} {...found} /> : <p class="quiet loading">{words.loading}</p>}
    </article>
  );
}

function Body({ node, detail, tests, code }: { node: Node; detail: Detail; tests: Test[]; code: Code }) {
  const parts: ComponentChildren[] = [];
  parts.push(
    <Section key="description" title={w.description}>
      {node.hidden ? <p class="quiet">{w.hidden}</p> : detail.description ? <Prose html={detail.description} fold /> : <p class="quiet">{w.noDescription}</p>}
    </Section>,
  );
  if (node.phi && !node.hidden) parts.push(<PatientData key="phi" node={node} detail={detail} />);
  if (detail.arguments?.length) parts.push(<Arguments key="arguments" detail={detail} />);
  if (detail.columns?.length) parts.push(<Columns key="columns" node={node} columns={detail.columns} tests={tests} profiled={!!project.profiled_at} />);
  const others = tests.filter(test => !test.column || !test.question || !detail.columns?.length);
  if (others.length) {
    parts.push(
      <Section key="tests" title={w.tests}>
        <ul class="checks list">{others.map(test => <li key={test.id}><TestLine test={test} /></li>)}</ul>
      </Section>,
    );
  }
  if (detail.history?.length) parts.push(<History key="history" runs={detail.history} />);
  if (node.parents.length || node.children.length) parts.push(<Neighbours key="neighbours" node={node} />);
  if (code.raw || code.compiled) parts.push(<CodeSection key={`code ${route.value.query.get('find') ?? ''}`} node={node} code={code} />);
  if (detail.macros?.length) {
    parts.push(
      <Section key="macros" title={node.kind === 'macro' ? w.usedBy : w.macros}>
        <ul class="inline">{detail.macros.map(i => nodes[i]).filter(Boolean).map(other => <li key={other.i}><a class="node-link" href={href(other)}><Glyph kind={other.kind} layer={other.layer} /><span>{other.name}</span></a></li>)}</ul>
      </Section>,
    );
  }
  return (
    <>
    {!!detail.charts?.length && <Charts charts={detail.charts} />}
    <div class="node-body">
      <div class="node-main">{parts}</div>
      <Facts node={node} detail={detail} group={groups.find(group => group.name === node.group)} />
    </div>
    </>
  );
}

export function Section({ title, children, class: name }: { title: string; children: ComponentChildren; class?: string }) {
  return <section class={name} aria-label={title}><h2>{title}</h2>{children}</section>;
}

function crumbs(node: Node): ComponentChildren {
  const folders = node.folder.split('/').filter(Boolean);
  return [
    <a key="kind" href={`#/list/${node.kind}`}>{KINDS[node.kind][1]}</a>,
    ...[node.package, ...folders].filter(Boolean).flatMap((part, i) => [<span key={`s${i}`} aria-hidden="true"> / </span>, <span key={i}>{part}</span>]),
  ];
}

function Neighbours({ node }: { node: Node }) {
  const side = (title: string, list: Node[]) => (
    <div>
      <h3>{title} <span class="quiet">{list.length}</span></h3>
      {list.length ? <ul class="neighbour-list">{list.map(other => <li key={other.i}><a class="node-link" href={href(other)}><Glyph kind={other.kind} layer={other.layer} /><span>{titleOf(other)}</span></a></li>)}</ul> : <p class="quiet">{words.none}</p>}
    </div>
  );
  return (
    <Section title={w.neighbours}>
      <div class="neighbours">{side(w.parents, node.parents)}{side(w.children, node.children)}</div>
    </Section>
  );
}

function CodeSection({ node, code }: { node: Node; code: Code }) {
  const find = route.value.query.get('find') ?? '';
  const has = useMemo(() => (find ? hasWord(find) : undefined), [find]);
  // What was searched for may be in the compiled code alone.
  const asked = route.value.query.get('code') ?? (has && !has(code.raw ?? '') && has(code.compiled ?? '') ? 'compiled' : 'raw');
  const isCompiled = asked === 'compiled' && !!code.compiled;
  const text = isCompiled ? code.compiled! : (code.raw ?? code.compiled ?? '');
  const marks = useMemo(() => has && new Set(text.split('\n').flatMap((line, i) => (has(line) ? [i + 1] : []))), [has, text]);
  return (
    <section aria-label={w.code}>
      <div class="section-head">
        <h2>{w.code}</h2>
        {code.raw && code.compiled && (
          <div class="switch" role="group" aria-label={w.code}>
            <button type="button" aria-pressed={!isCompiled} onClick={() => change({ code: find ? 'raw' : undefined }, true)}>{w.raw}</button>
            <button type="button" aria-pressed={isCompiled} onClick={() => change({ code: 'compiled' }, true)}>{w.compiled}</button>
          </div>
        )}
        <CopyButton text={text} label={`${words.copy} ${lower(w.code)}`} />
      </div>
      <CodeBlock text={text} language={code.language} near={node.parents} marks={marks} seek={!!find} />
    </section>
  );
}

function Arguments({ detail }: { detail: Detail }) {
  return (
    <Section title={w.arguments}>
      <div class="table-scroll" tabIndex={0} role="group" aria-label={w.arguments}>
        <table>
          <thead><tr><th scope="col">{w.name}</th><th scope="col">{w.type}</th><th scope="col">{w.description}</th></tr></thead>
          <tbody>
            {detail.arguments!.map(argument => (
              <tr key={argument.name}>
                <th scope="row"><code>{argument.name}</code></th>
                <td>{argument.type}</td>
                <td>{argument.description && <Prose html={argument.description} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

// The list of everything, by kind and folder.

import { useEffect, useState } from 'preact/hooks';
import { href, listed, titleOf, type Node } from '../data/nodes';
import { Glyph } from '../parts/glyph';
import type { Kind } from '../payload';
import { route } from '../router';
import { KINDS, number, words } from '../strings';

interface Branch { name: string; branches: Map<string, Branch>; nodes: Node[]; size: number }

const branch = (name: string): Branch => ({ name, branches: new Map(), nodes: [], size: 0 });

/** The kinds with their folders; a package of others is a folder of its own. */
function forest(): [Kind, Branch][] {
  const roots = new Map<Kind, Branch>();
  for (const node of listed) {
    if (!roots.has(node.kind)) roots.set(node.kind, branch(KINDS[node.kind][1]));
    let at = roots.get(node.kind)!;
    at.size++;
    for (const part of [...(node.package ? [node.package] : []), ...node.folder.split('/').filter(Boolean)]) {
      if (!at.branches.has(part)) at.branches.set(part, branch(part));
      at = at.branches.get(part)!;
      at.size++;
    }
    at.nodes.push(node);
  }
  return (Object.keys(KINDS) as Kind[]).filter(kind => roots.has(kind)).map(kind => [kind, roots.get(kind)!]);
}

const trees = forest();
/** Longer lists start closed and are shown in pieces. */
const MANY = 60;
const PAGE = 200;

export function Sidebar() {
  const [filter, setFilter] = useState('');
  const { page, argument } = route.value;
  const current = page === 'node' ? argument : '';
  const wanted = filter.trim().toLowerCase();
  const found = wanted ? listed.filter(node => `${node.name} ${node.label ?? ''}`.toLowerCase().includes(wanted)) : [];
  return (
    <nav class="sidebar" aria-label={words.resources} id="sidebar">
      <div class="sidebar-filter">
        <input type="search" placeholder={words.filterTree} aria-label={words.filterTree} value={filter} onInput={event => setFilter(event.currentTarget.value)} />
      </div>
      <div class="tree">
        {wanted ? (
          found.length ? <Leaves nodes={found} current={current} /> : <p class="quiet empty-text">{words.noMatch}</p>
        ) : (
          trees.map(([kind, tree]) => <BranchItem key={kind} branch={tree} current={current} top start={kind !== 'macro' && listed.length <= 400} />)
        )}
      </div>
    </nav>
  );
}

function holds(branch: Branch, id: string): boolean {
  return branch.nodes.some(node => node.id === id) || [...branch.branches.values()].some(inner => holds(inner, id));
}

function BranchItem({ branch, current, top, start }: { branch: Branch; current: string; top?: boolean; start: boolean }) {
  const [open, setOpen] = useState(() => start && (branch.size <= MANY || !!top));
  useEffect(() => {
    if (current && holds(branch, current)) setOpen(true);
  }, [current]);
  return (
    <details class={top ? 'kind' : 'folder'} open={open} onToggle={event => setOpen(event.currentTarget.open)}>
      <summary><span class="branch-name">{branch.name}</span><span class="quiet">{number(branch.size)}</span></summary>
      {open && (
        <div class="branch">
          {[...branch.branches.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map(inner => <BranchItem key={inner.name} branch={inner} current={current} start={start} />)}
          <Leaves nodes={branch.nodes} current={current} />
        </div>
      )}
    </details>
  );
}

function Leaves({ nodes, current }: { nodes: Node[]; current: string }) {
  const [shown, setShown] = useState(PAGE);
  if (!nodes.length) return null;
  return (
    <>
      <ul>
        {nodes.slice(0, shown).map(node => (
          <li key={node.i}>
            <a class="node-link" href={href(node)} aria-current={node.id === current ? 'page' : undefined} title={node.name}>
              <Glyph kind={node.kind} layer={node.layer} /><span>{titleOf(node)}</span>
              {node.tests.fail > 0 && <span class="dot tone-fail" role="img" aria-label={words.node.failing} />}
            </a>
          </li>
        ))}
      </ul>
      {nodes.length > shown && <button type="button" class="link" onClick={() => setShown(shown + PAGE)}>{words.showMore(Math.min(PAGE, nodes.length - shown))}</button>}
    </>
  );
}

// The graph as a table, for those who read rather than look.

import { href, titleOf, type Node } from '../data/nodes';
import { index } from '../data/parts';
import { Glyph } from '../parts/glyph';
import { TallyChips } from '../parts/status';
import { PagedTable } from '../parts/table';
import { KINDS, LAYERS, words } from '../strings';
import { caption, type Lens } from './lens';
import { groupOf } from './lanes';
import { nodeBox } from './scene';
import type { State } from './state';

const SHOWN = 12;

function Links({ nodes, label }: { nodes: Node[]; label: string }) {
  if (!nodes.length) return <span class="quiet">{words.none}</span>;
  return (
    <ul class="inline" aria-label={label}>
      {nodes.slice(0, SHOWN).map(node => <li key={node.i}><a href={href(node)}>{node.name}</a></li>)}
      {nodes.length > SHOWN && <li class="quiet">{words.more(nodes.length - SHOWN)}</li>}
    </ul>
  );
}

/** What the chosen colours say, in words. */
const told = (node: Node, lens: Lens) => caption(nodeBox(node), lens);

export function NodeTable({ nodes, state }: { nodes: Node[]; state: State }) {
  const t = words.graph.table;
  const sorted = nodes.sort((a, b) => index.column[a.i] - index.column[b.i] || (a.name < b.name ? -1 : 1));
  const byLens = state.lens !== 'layer' && state.lens !== 'own';
  const head = [t.node, t.kind, t.layer, ...(state.group ? [words.graph.groups[state.group]] : []), ...(byLens ? [words.graph.lenses[state.lens]] : []), t.parents, t.children, t.tests];
  return (
    <PagedTable
      label={words.lineage}
      head={head}
      rows={sorted}
      row={node => (
        <tr key={node.i}>
          <th scope="row"><a class="node-link" href={href(node)}><Glyph kind={node.kind} layer={node.layer} /><span>{titleOf(node)}</span></a></th>
          <td>{KINDS[node.kind][0]}</td>
          <td>{LAYERS[node.layer]}</td>
          {state.group && <td>{groupOf(node, state.group) || words.graph.ungrouped}</td>}
          {byLens && <td>{told(node, state.lens)}</td>}
          <td><Links nodes={node.parents} label={t.parents} /></td>
          <td><Links nodes={node.children} label={t.children} /></td>
          <td><TallyChips tests={node.tests} /></td>
        </tr>
      )}
    />
  );
}

// The graph as a table, for those who read rather than look.

import { href, titleOf, type Node } from '../data/nodes';
import { Glyph } from '../parts/glyph';
import { TallyChips } from '../parts/status';
import { PagedTable } from '../parts/table';
import { KINDS, LAYERS, words } from '../strings';
import { caption, type Lens } from './lens';
import { kindOf } from './labels';
import { groupOf } from './lanes';
import { nodeBox, rank, type ColumnEdge } from './scene';
import { columnAddress, type State } from './state';

const SHOWN = 12;

function Links({ nodes, label }: { nodes: Node[]; label: string }) {
  if (!nodes.length) return <span class="quiet">{words.none}</span>;
  return (
    <ul class="inline" aria-label={label}>
      {nodes.slice(0, SHOWN).map(node => <li key={node.id}>{node.change === 'removed' ? node.name : <a href={href(node)}>{node.name}</a>}</li>)}
      {nodes.length > SHOWN && <li class="quiet">{words.more(nodes.length - SHOWN)}</li>}
    </ul>
  );
}

/** What the chosen colours say, in words. */
const told = (node: Node, lens: Lens) => caption(nodeBox(node), lens);

export function NodeTable({ nodes, state }: { nodes: Node[]; state: State }) {
  const t = words.graph.table;
  const sorted = nodes.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
  const byLens = state.lens !== 'layer' && state.lens !== 'own';
  const head = [t.node, t.kind, t.layer, ...(state.group ? [words.graph.groups[state.group]] : []), ...(byLens ? [words.graph.lenses[state.lens]] : []), t.parents, t.children, t.tests];
  return (
    <PagedTable
      label={words.lineage}
      head={head}
      rows={sorted}
      row={node => (
        <tr key={node.id}>
          <th scope="row">{node.change === 'removed' ? <span class="node-link"><Glyph kind={node.kind} layer={node.layer} /><span>{titleOf(node)}</span></span> : <a class="node-link" href={href(node)}><Glyph kind={node.kind} layer={node.layer} /><span>{titleOf(node)}</span></a>}</th>
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

/** The edges between columns. */
export function EdgeTable({ edges }: { edges: ColumnEdge[] }) {
  const t = words.column.table;
  const end = (node: Node, column: string) => <><a href={href(node)}>{titleOf(node)}</a>.<a href={columnAddress(node, column)}><code>{column}</code></a></>;
  return (
    <PagedTable
      label={words.column.steps}
      class="steps"
      head={[t.from, t.kind, t.expression, t.to]}
      rows={edges}
      row={edge => (
        <tr key={`${edge.from.key} ${edge.fromColumn} ${edge.kind} ${edge.to.key} ${edge.toColumn}`}>
          <td>{end(edge.from.node!, edge.from.columns![edge.fromColumn].name)}</td>
          <td>{kindOf(edge.kind)}</td>
          <td><code>{edge.expression ?? edge.to.columns![edge.toColumn].expression}</code></td>
          <td>{end(edge.to.node!, edge.to.columns![edge.toColumn].name)}</td>
        </tr>
      )}
    />
  );
}

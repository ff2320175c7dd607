// What is told beside the graph: of the node that is picked, or of the column that is followed.

import { detailOf, href, project, reach, titleOf, type Node } from '../data/nodes';
import type { Trace } from '../data/columns';
import { duration } from '../data/values';
import { Glyph } from '../parts/glyph';
import { useAsync } from '../parts/hooks';
import { Prose } from '../parts/prose';
import { StatusChip, TallyChips } from '../parts/status';
import { Computation } from '../pages/computation';
import { change } from '../router';
import { CHANGES, KINDS, LAYERS, number, words } from '../strings';
import { phiCaption } from './lens';
import { columnAddress, type State } from './state';

const g = words.graph;

interface NodePanelProps {
  node: Node;
  state: State;
  onClose(): void;
  onPath(): void;
  onFocus(): void;
  onColumns(): void;
}

export function NodePanel({ node, state, onClose, onPath, onFocus, onColumns }: NodePanelProps) {
  const detail = useAsync(() => detailOf(node), [node]);
  const up = reach([node], 'parents').size;
  const down = reach([node], 'children').size;
  const open = state.open.has(node.id);
  return (
    <aside class="panel" aria-label={titleOf(node)} onKeyDown={event => event.key === 'Escape' && onClose()}>
      <header>
        <h2><Glyph kind={node.kind} layer={node.layer} /> <a href={href(node)}>{titleOf(node)}</a></h2>
        <button type="button" class="close" aria-label={g.close} onClick={onClose}>×</button>
      </header>
      <p class="chips">
        <span class={`chip plain layer-${node.layer}`}><span class="dot" />{LAYERS[node.layer]}</span>
        {LAYERS[node.layer] !== KINDS[node.kind][0] && <span class="chip plain">{KINDS[node.kind][0]}</span>}
        {node.materialized && <span class="chip plain">{node.materialized}</span>}
        {node.change && <span class={`chip plain change-${node.change}`}>{CHANGES[node.change]}</span>}
      </p>
      {detail?.description && <Prose html={detail.description} class="short" />}
      <dl>
        <div><dt>{words.lineage}</dt><dd>{g.upstream(up)} · {g.downstream(down)}</dd></div>
        {node.columns && <div><dt>{words.node.columns}</dt><dd>{number(node.columns[0])}</dd></div>}
        {detail?.rows !== undefined && <div><dt>{words.node.rows}</dt><dd>{number(detail.rows)}</dd></div>}
        <div><dt>{words.node.tests}</dt><dd><TallyChips tests={node.tests} /></dd></div>
        {node.status && <div><dt>{words.node.lastResult}</dt><dd><StatusChip status={node.status} /> {node.seconds !== undefined && <span class="quiet">{duration(node.seconds)}</span>}</dd></div>}
        {node.phi && <div><dt>{words.node.phi}</dt><dd>{phiCaption(node)}</dd></div>}
      </dl>
      <div class="panel-actions">
        <a class="button primary" href={href(node)}>{g.open}</a>
        <button type="button" class="button" onClick={onFocus}>{g.focus}</button>
        {!!node.columns?.[0] && <button type="button" class="button" onClick={onColumns}>{open ? g.closeColumns : g.openColumns}</button>}
        <button type="button" class="button" onClick={onPath}>{g.pathFrom}</button>
      </div>
      {project.lineage && !!detail?.columns?.length && (
        <details class="follow">
          <summary>{words.column.follow} …</summary>
          <ul>{detail.columns.map(column => <li key={column.name}><a href={columnAddress(node, column.name)} aria-label={words.column.followLabel(column.name)}><code>{column.name}</code></a></li>)}</ul>
        </details>
      )}
    </aside>
  );
}

export function ColumnPanel({ node, column, trace }: { node: Node; column: string; trace?: Trace }) {
  const close = () => {
    change({ column: undefined, at: undefined });
    document.querySelector<HTMLElement>('canvas.graph')?.focus();
  };
  return (
    <aside class="panel wide" aria-label={words.column.how} onKeyDown={event => event.key === 'Escape' && close()}>
      <header>
        <h2>{words.column.how}</h2>
        <button type="button" class="close" aria-label={words.column.stop} onClick={close}>×</button>
      </header>
      {trace && <Computation node={node} column={column} trace={trace} />}
    </aside>
  );
}

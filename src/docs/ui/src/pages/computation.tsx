// How a number is computed: from the sources down, with the SQL of each step.

import { codeOf, href, titleOf, type Node } from '../data/nodes';
import { columnKey, type ColumnStep, type Lineage, type Trace } from '../data/columns';
import { CodeBlock } from '../parts/code';
import { Glyph } from '../parts/glyph';
import { useAsync } from '../parts/hooks';
import { columnAddress } from '../graph/state';
import { rank } from '../graph/scene';
import { words } from '../strings';

interface Stop { node: Node; columns: { name: string; steps: ColumnStep[] }[] }

/** The nodes that a column's value passes, the sources first and the column's own node last. */
function stops(node: Node, column: string, trace: Trace): Stop[] {
  const into = new Map<string, ColumnStep[]>();
  for (const step of trace.steps) {
    const key = columnKey(step.to.node, step.to.column);
    if (!into.has(key)) into.set(key, []);
    into.get(key)!.push(step);
  }
  const found = new Map<Node, Map<string, ColumnStep[]>>();
  const queue = [{ node, column }];
  for (const at of queue) {
    const own = found.get(at.node) ?? new Map<string, ColumnStep[]>();
    found.set(at.node, own);
    const name = at.column.toLowerCase();
    if (own.has(name)) continue;
    const steps = into.get(columnKey(at.node, at.column)) ?? [];
    own.set(name, steps);
    for (const step of steps) queue.push(step.from);
  }
  return [...found]
    .map(([one, columns]) => ({ node: one, columns: [...columns].map(([name, steps]) => ({ name: steps[0]?.to.column ?? name, steps })) }))
    .sort((a, b) => rank(a.node) - rank(b.node) || a.node.i - b.node.i);
}

export function Computation({ node, column, trace }: { node: Node; column: string; trace: Trace }) {
  const list = stops(node, column, trace);
  return (
    <ol class="computation">
      {list.map(stop => <StopItem key={stop.node.i} stop={stop} lineage={trace.lineage} last={stop.node === node} />)}
    </ol>
  );
}

function StopItem({ stop, lineage, last }: { stop: Stop; lineage: Lineage; last: boolean }) {
  const { node, columns } = stop;
  const code = useAsync(() => codeOf(node), [node]);
  const text = code?.compiled || code?.raw || '';
  const rows = lineage.rowsOf(node);
  return (
    <li class={last ? 'stop last' : 'stop'}>
      <h3><Glyph kind={node.kind} layer={node.layer} /> <a href={href(node)}>{titleOf(node)}</a></h3>
      {isOutside(node) && <p class="quiet small">{node.kind === 'seed' ? words.column.seed : words.column.source}</p>}
      <ul class={isOutside(node) ? 'inline' : 'stop-columns'}>
        {columns.map(({ name, steps }) => (
          <li key={name}>
            <a class="column-name" href={columnAddress(node, name)}><code>{name}</code></a>
            {steps.length > 0 && <Made steps={steps} />}
            {!steps.length && !isOutside(node) && <p class="quiet small">{lineage.gapOf(node, name) ?? words.column.unknown}</p>}
          </li>
        ))}
      </ul>
      {rows.length > 0 && (
        <p class="small rows-by"><span class="quiet">{words.column.rows}:</span> {rows.map((row, i) => (
          <span key={i}>{i > 0 && ', '}<code>{row.node.name}.{row.column}</code> <span class="quiet">({words.column.kinds[row.kind] ?? row.kind})</span></span>
        ))}</p>
      )}
      {text && <CodeBlock text={text} language={code?.language} near={node.parents} marks={marksIn(text, stop)} excerpt />}
    </li>
  );
}

const isOutside = (node: Node) => node.kind === 'source' || node.kind === 'seed';

function Made({ steps }: { steps: ColumnStep[] }) {
  const expression = steps[0].expression;
  const values = steps.filter(step => !isControl(step.kind));
  const control = steps.filter(step => isControl(step.kind));
  const names = (list: ColumnStep[]) => list.map((step, i) => (
    <span key={i}>{i > 0 && ', '}<code>{step.from.node.name}.{step.from.column}</code> <span class="quiet">({words.column.kinds[step.kind] ?? step.kind})</span></span>
  ));
  return (
    <div class="made">
      {expression && <code class="expression">{expression}</code>}
      {values.length > 0 && <p class="small"><span class="quiet">{words.column.from}</span> {names(values)}</p>}
      {control.length > 0 && <p class="small">{names(control)}</p>}
    </div>
  );
}

const isControl = (kind: string) => ['filter', 'join_key', 'group_key', 'order', 'window'].includes(kind);

/** The lines that a step's columns are computed on: those told, or those that name them. */
function marksIn(text: string, { columns }: Stop): Set<number> {
  const marks = new Set<number>();
  const lines = text.split('\n');
  for (const { name, steps } of columns) {
    const told = steps.flatMap(step => step.lines ?? []);
    if (told.length) {
      for (const line of told) marks.add(line);
      continue;
    }
    const word = new RegExp(`(?<![\\w$])${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w$])`, 'i');
    lines.forEach((line, i) => word.test(line) && marks.add(i + 1));
  }
  return marks;
}

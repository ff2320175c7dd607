// How a number is computed: from the sources down, with the SQL of each step.

import { useMemo } from 'preact/hooks';
import { codeOf, href, titleOf, type Node } from '../data/nodes';
import { columnKey, DECIDES, type ColumnStep, type Lineage, type RowInput, type Trace } from '../data/columns';
import { definitionOf, type Defined } from '../data/definition';
import { CodeBlock, hasWord } from '../parts/code';
import { Glyph } from '../parts/glyph';
import { useAsync } from '../parts/hooks';
import { kindOf } from '../graph/labels';
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
  const isSql = !!text && code?.language !== 'python';
  const defined = useMemo(() => new Map(isSql ? columns.map(({ name }) => [name, definitionOf(text, name)]) : []), [text, isSql, columns]);
  return (
    <li class={last ? 'stop last' : 'stop'}>
      <h3><Glyph kind={node.kind} layer={node.layer} /> <a href={href(node)}>{titleOf(node)}</a></h3>
      {isOutside(node) && <p class="quiet small">{node.kind === 'seed' ? words.column.seed : words.column.source}</p>}
      <ul class={isOutside(node) ? 'inline' : 'stop-columns'}>
        {columns.map(({ name, steps }) => (
          <li key={name}>
            <a class="column-name" href={columnAddress(node, name)}><code>{name}</code></a>
            {steps.length > 0 && <Made steps={steps} defined={defined.get(name)} />}
            {!steps.length && !isOutside(node) && <p class="quiet small">{lineage.gapOf(node, name) ?? words.column.unknown}</p>}
          </li>
        ))}
      </ul>
      {rows.length > 0 && (
        <div class="small rows-by"><span class="quiet">{words.column.rows}:</span><Deciding inputs={rows} /></div>
      )}
      {text && <CodeBlock text={text} language={code?.language} near={node.parents} marks={marksIn(text, stop, defined)} excerpt />}
    </li>
  );
}

const isOutside = (node: Node) => node.kind === 'source' || node.kind === 'seed';

function Made({ steps, defined }: { steps: ColumnStep[]; defined?: Defined }) {
  const values = steps.filter(step => !DECIDES.has(step.kind));
  const expression = defined?.expression ?? values[0]?.expression;
  const control = steps.filter(step => DECIDES.has(step.kind)).map(({ from, kind, expression }) => ({ ...from, kind, expression }));
  return (
    <div class="made">
      {expression && <code class="expression">{expression}</code>}
      {values.length > 0 && <p class="small"><span class="quiet">{words.column.from}</span> {values.map((step, i) => (
        <span key={i}>{i > 0 && ', '}<code>{step.from.node.name}.{step.from.column}</code> <span class="quiet">({kindOf(step.kind)})</span></span>
      ))}</p>}
      {control.length > 0 && <div class="small"><Deciding inputs={control} /></div>}
    </div>
  );
}

/** What decides, by how and by which expression it does. */
function Deciding({ inputs }: { inputs: RowInput[] }) {
  const groups = new Map<string, RowInput[]>();
  for (const input of inputs) {
    const key = `${input.kind} ${input.expression ?? ''}`;
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key)!.push(input);
  }
  return (
    <ul class="deciding">
      {[...groups].map(([key, list]) => (
        <li key={key}>
          <span class="quiet">{kindOf(list[0].kind)}</span> {[...new Set(list.map(({ node, column }) => `${node.name}.${column}`))].map((name, i) => <span key={name}>{i > 0 && ', '}<code>{name}</code></span>)}
          {list[0].expression && list[0].expression.toLowerCase() !== list[0].column.toLowerCase() && <code class="expression">{list[0].expression}</code>}
        </li>
      ))}
    </ul>
  );
}

/** The lines that a step's columns are computed on: those told, or those that name them. */
function marksIn(text: string, { columns }: Stop, defined: Map<string, Defined>): Set<number> {
  const marks = new Set<number>();
  const lines = text.split('\n');
  for (const { name, steps } of columns) {
    const told = [...steps.flatMap(step => step.lines ?? []), ...(defined.get(name)?.lines ?? [])];
    if (told.length) {
      for (const line of told) marks.add(line);
      continue;
    }
    const names = hasWord(name, true);
    lines.forEach((line, i) => names(line) && marks.add(i + 1));
  }
  return marks;
}

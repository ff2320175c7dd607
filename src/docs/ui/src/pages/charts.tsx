// An exposure's charts, from data that was aggregated when the page was made.

import { download } from '../graph/save';
import { columnAddress } from '../graph/state';
import { detailOf, href, nodes, project, type Node } from '../data/nodes';
import { CodeBlock, hasWord } from '../parts/code';
import { useAsync } from '../parts/hooks';
import type { Chart } from '../payload';
import { words } from '../strings';
import { useState } from 'preact/hooks';
import { BarChart, LineChart } from '../parts/plots';
import { formatOf, written } from '../data/values';

const w = words.dashboard;

export function Charts({ charts }: { charts: Chart[] }) {
  const isStat = (chart: Chart) => chart.type === 'stat';
  const cards = (list: Chart[]) => list.map((chart, i) => <ChartCard key={i} chart={chart} />);
  return (
    <section class="charts" aria-label={w.title}>
      <h2>{w.title}</h2>
      {charts.some(isStat) && <div class="stat-row">{cards(charts.filter(isStat))}</div>}
      <div class="chart-grid">{cards(charts.filter(chart => !isStat(chart)))}</div>
    </section>
  );
}

function ChartCard({ chart }: { chart: Chart }) {
  const of = nodes[chart.of];
  return (
    <figure class={`card chart chart-${chart.type}${chart.type === 'table' && chart.columns.length > 4 ? ' wide' : ''}`}>
      <figcaption>
        <h3>{chart.title}</h3>
        {chart.description && <p class="quiet small">{chart.description}</p>}
      </figcaption>
      {chart.failed ? <p class="quiet">{w.failed}</p> : chart.rows.length ? <Plot chart={chart} /> : <p class="quiet">{chart.suppressed ? w.allSmall : w.empty}</p>}
      <p class="chart-foot quiet small">
        {of && !chart.failed && <span>{w.of} <a href={href(of)}>{of.name}</a></span>}
        {!!chart.suppressed && <span>{w.suppressed(chart.suppressed, chart.smallest ?? 11)}</span>}
        {!chart.failed && chart.rows.length > 0 && <button type="button" class="link" onClick={() => download(`${fileName(chart.title)}.csv`, new Blob([csvOf(chart)], { type: 'text/csv' }))}>{words.download}</button>}
      </p>
      {of && chart.sql && <How of={of} sql={chart.sql} />}
    </figure>
  );
}

/** The query that a chart was made with, and the columns to follow from there. */
function How({ of, sql }: { of: Node; sql: string }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="how" open={open} onToggle={event => setOpen(event.currentTarget.open)}>
      <summary class="small">{w.how}</summary>
      {open && <MadeOf of={of} sql={sql} />}
    </details>
  );
}

function MadeOf({ of, sql }: { of: Node; sql: string }) {
  const detail = useAsync(() => detailOf(of), [of]);
  const read = (detail?.columns ?? []).filter(({ name }) => sql.split('\n').some(hasWord(name, true)));
  return (
    <>
      {read.length > 0 && (
        <p class="small"><span class="quiet">{w.madeOf}</span> {read.map(({ name }, i) => (
          <span key={name}>{i > 0 && ', '}{project.lineage ? <a href={columnAddress(of, name)} title={words.column.followLabel(name)}><code>{name}</code></a> : <code>{name}</code>}</span>
        ))}</p>
      )}
      <CodeBlock text={sql} near={[of]} />
    </>
  );
}

function Plot({ chart }: { chart: Chart }) {
  switch (chart.type) {
    case 'stat': {
      const row = chart.rows[0];
      return <p class="stat-value">{written(row[row.length - 1], formatOf(chart, row.length - 1))}</p>;
    }
    case 'bar':
      return <BarChart chart={chart} />;
    case 'line':
      return <LineChart chart={chart} />;
    case 'table':
      return (
        <div class="table-scroll" tabIndex={0} role="group" aria-label={chart.title}>
          <table class="compact">
            <thead><tr>{chart.columns.map((column, i) => <th key={column} scope="col" class={typeof chart.rows[0][i] === 'number' ? 'num' : undefined}>{column}</th>)}</tr></thead>
            <tbody>{chart.rows.map((row, r) => <tr key={r}>{row.map((value, i) => <td key={i} class={typeof value === 'number' ? 'num' : undefined}>{written(value, typeof value === 'number' ? formatOf(chart, i) : undefined)}</td>)}</tr>)}</tbody>
          </table>
        </div>
      );
  }
}

const fileName = (title: string) => title.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '') || 'chart';

/** As CSV; a text that a spreadsheet would take for a formula is quoted by a leading apostrophe. */
function csvOf(chart: Chart): string {
  const cell = (value: string | number | null) => {
    if (value === null) return '';
    if (typeof value === 'number') return String(value);
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return [chart.columns, ...chart.rows].map(row => row.map(cell).join(',')).join('\r\n');
}

// Bars and lines of a chart, as SVG with their values in reach of the mouse and of readers.

import { brief, formatOf, written } from '../data/values';
import type { Chart } from '../payload';

type Row = (string | number | null)[];
const amount = (value: Row[number]) => (typeof value === 'number' ? value : 0);
const text = (value: Row[number]) => (value === null ? '–' : String(value));
const COLORS = 6;

/** Round steps that cover the values. */
function ticks(least: number, most: number, wanted = 4): number[] {
  const span = most - least || Math.abs(most) || 1;
  const rough = span / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map(factor => factor * power).find(size => size >= rough) ?? rough;
  const first = Math.floor(least / step) * step;
  const found = [];
  for (let at = first; at < most + step * 0.999; at += step) found.push(Number(at.toPrecision(12)));
  return found;
}

function clipped(value: string, most: number): string {
  const letters = [...value];
  return letters.length > most ? `${letters.slice(0, most - 1).join('')}…` : value;
}

/** Bars that lie, so that names can be read; each row has a name and one value or more. */
export function BarChart({ chart }: { chart: Chart }) {
  const series = chart.columns.slice(1);
  const [w, label, value, bar] = [480, 156, 82, series.length > 1 ? 14 : 20];
  const row = bar * series.length + 10;
  const values = chart.rows.flatMap(one => one.slice(1).map(amount));
  const most = Math.max(...values, 0) || 1;
  const scale = (w - label - value) / most;
  return (
    <>
      <svg class="plot" viewBox={`0 0 ${w} ${chart.rows.length * row + 4}`} role="img" aria-label={summary(chart)}>
        {chart.rows.map((one, i) => (
          <g key={i} transform={`translate(0 ${i * row + 5})`}>
            <text class="axis" x={label - 10} y={(row - 10) / 2} text-anchor="end" dominant-baseline="central">{clipped(text(one[0]), 23)}<title>{text(one[0])}</title></text>
            {series.map((_, s) => {
              const shown = amount(one[s + 1]);
              const width = Math.max(1, shown * scale);
              return (
                <g key={s}>
                  <rect class={`series-${s % COLORS}`} x={label} y={s * bar} width={width} height={bar - 2} rx="3" />
                  <text class="axis value" x={label + width + 6} y={s * bar + (bar - 2) / 2} dominant-baseline="central">{written(one[s + 1], formatOf(chart, s + 1))}</text>
                </g>
              );
            })}
          </g>
        ))}
      </svg>
      {series.length > 1 && <SeriesLegend names={series} />}
    </>
  );
}

/** Lines over the first column. */
export function LineChart({ chart }: { chart: Chart }) {
  const series = chart.columns.slice(1);
  const [w, h, left, right, top, bottom] = [480, 220, 54, 22, 12, 28];
  const values = chart.rows.flatMap(row => row.slice(1).filter((value): value is number => typeof value === 'number'));
  const steps = ticks(Math.min(0, ...values), Math.max(...values, 0));
  const [least, most] = [steps[0], steps[steps.length - 1]];
  const x = (i: number) => left + (i * (w - left - right)) / Math.max(1, chart.rows.length - 1);
  const y = (value: number) => h - bottom - ((value - least) / (most - least || 1)) * (h - top - bottom);
  const every = Math.ceil(chart.rows.length / 6);
  return (
    <>
      <svg class="plot" viewBox={`0 0 ${w} ${h}`} role="img" aria-label={summary(chart)}>
        {steps.map(step => (
          <g key={step}>
            <path class="grid" d={`M${left} ${y(step)}H${w - right}`} />
            <text class="axis" x={left - 8} y={y(step)} text-anchor="end" dominant-baseline="central">{brief(step, chart.format)}</text>
          </g>
        ))}
        {chart.rows.map((row, i) => i % every === 0 && <text key={i} class="axis" x={x(i)} y={h - 10} text-anchor="middle">{clipped(text(row[0]), 11)}</text>)}
        {series.map((name, s) => {
          let pen = 'M';
          let data = '';
          chart.rows.forEach((row, i) => {
            const value = row[s + 1];
            if (typeof value !== 'number') pen = 'M';
            else {
              data += `${pen}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
              pen = 'L';
            }
          });
          return (
            <g key={name}>
              <path class={`line series-${s % COLORS}`} d={data} />
              {chart.rows.map((row, i) => typeof row[s + 1] === 'number' && (
                <circle key={i} class={`dot series-${s % COLORS}`} cx={x(i)} cy={y(row[s + 1] as number)} r="3">
                  <title>{`${text(row[0])} · ${name}: ${written(row[s + 1], formatOf(chart, s + 1))}`}</title>
                </circle>
              ))}
            </g>
          );
        })}
      </svg>
      {series.length > 1 && <SeriesLegend names={series} />}
    </>
  );
}

function SeriesLegend({ names }: { names: string[] }) {
  return <ul class="series-legend">{names.map((name, i) => <li key={name}><span class={`swatch series-${i % COLORS}`} />{name}</li>)}</ul>;
}

/** The values in words, for who does not see them. */
function summary(chart: Chart): string {
  const rows = chart.rows.slice(0, 30).map(row => `${text(row[0])}: ${row.slice(1).map((value, i) => written(value, formatOf(chart, i + 1))).join(', ')}`);
  return `${chart.title}. ${rows.join('; ')}`;
}

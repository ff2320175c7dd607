// Bars and lines of a chart, as SVG with their values in reach of the mouse and of readers.

import type { Ref } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { brief, formatOf, written } from '../data/values';
import type { Chart } from '../payload';
import { printing } from '../theme';

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

/** About the width of a plot on paper, where two stand side by side; it cannot be measured before. */
const ON_PAPER = 320;

/** How wide a plot is: drawn as large as it is shown, its words can be read on a telephone. */
function useWidth(): [Ref<HTMLDivElement>, number] {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(480);
  useLayoutEffect(() => {
    const measure = () => ref.current!.clientWidth && setWidth(Math.max(240, ref.current!.clientWidth));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(ref.current!);
    return () => observer.disconnect();
  }, []);
  return [ref, printing.value ? ON_PAPER : width];
}

/** About as wide as a letter of a plot. */
const LETTER = 7.2;

/** Bars that lie, so that names can be read; each row has a name and one value or more. */
export function BarChart({ chart }: { chart: Chart }) {
  const [ref, w] = useWidth();
  const series = chart.columns.slice(1);
  const [label, value, bar] = [Math.min(180, w * 0.34), 84, series.length > 1 ? 14 : 20];
  const row = bar * series.length + 10;
  const values = chart.rows.flatMap(one => one.slice(1).map(amount));
  const [least, most] = [Math.min(...values, 0), Math.max(...values, 0)];
  // What is below zero has its value at its left.
  const left = label + (least < 0 ? value : 0);
  const scale = (w - left - value) / (most - least || 1);
  const zero = left - least * scale;
  return (
    <div ref={ref}>
      <svg class="plot" viewBox={`0 0 ${w} ${chart.rows.length * row + 4}`} role="img" aria-label={summary(chart)}>
        {chart.rows.map((one, i) => (
          <g key={i} transform={`translate(0 ${i * row + 5})`}>
            <text class="axis" x={label - 10} y={(row - 10) / 2} text-anchor="end" dominant-baseline="central">{clipped(text(one[0]), Math.floor((label - 10) / LETTER))}<title>{text(one[0])}</title></text>
            {series.map((_, s) => {
              const shown = amount(one[s + 1]);
              const width = Math.max(1, Math.abs(shown) * scale);
              const below = shown < 0;
              return (
                <g key={s}>
                  <rect class={`series-${s % COLORS}`} x={below ? zero - width : zero} y={s * bar} width={width} height={bar - 2} rx="3" />
                  <text class="axis value" x={below ? zero - width - 6 : zero + width + 6} y={s * bar + (bar - 2) / 2} text-anchor={below ? 'end' : 'start'} dominant-baseline="central">{written(one[s + 1], formatOf(chart, s + 1))}</text>
                </g>
              );
            })}
          </g>
        ))}
        {least < 0 && <path class="grid" d={`M${zero} 0V${chart.rows.length * row}`} />}
      </svg>
      {series.length > 1 && <SeriesLegend names={series} />}
    </div>
  );
}

/** Lines over the first column. */
export function LineChart({ chart }: { chart: Chart }) {
  const [ref, w] = useWidth();
  const series = chart.columns.slice(1);
  const [h, left, right, top, bottom] = [220, 54, 22, 12, 28];
  const values = chart.rows.flatMap(row => row.slice(1).filter((value): value is number => typeof value === 'number'));
  const steps = ticks(Math.min(0, ...values), Math.max(...values, 0));
  const [least, most] = [steps[0], steps[steps.length - 1]];
  const x = (i: number) => left + (i * (w - left - right)) / Math.max(1, chart.rows.length - 1);
  const y = (value: number) => h - bottom - ((value - least) / (most - least || 1)) * (h - top - bottom);
  const every = Math.ceil(chart.rows.length / Math.max(2, Math.floor((w - left - right) / 76)));
  return (
    <div ref={ref}>
      <svg class="plot" viewBox={`0 0 ${w} ${h}`} role="img" aria-label={summary(chart)}>
        {steps.map(step => (
          <g key={step}>
            <path class="grid" d={`M${left} ${y(step)}H${w - right}`} />
            <text class="axis" x={left - 8} y={y(step)} text-anchor="end" dominant-baseline="central">{brief(step, formatOf(chart, 1))}</text>
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
            <g key={s}>
              <path class={`line series-${s % COLORS}`} d={data} />
              {chart.rows.map((row, i) => typeof row[s + 1] === 'number' && (
                <circle key={i} class={`dot series-${s % COLORS}`} cx={x(i)} cy={y(row[s + 1] as number)} r={chart.rows.length > 60 ? 2 : 3}>
                  <title>{`${text(row[0])} · ${name}: ${written(row[s + 1], formatOf(chart, s + 1))}`}</title>
                </circle>
              ))}
            </g>
          );
        })}
      </svg>
      {series.length > 1 && <SeriesLegend names={series} />}
    </div>
  );
}

function SeriesLegend({ names }: { names: string[] }) {
  return <ul class="series-legend">{names.map((name, i) => <li key={i}><span class={`swatch series-${i % COLORS}`} />{name}</li>)}</ul>;
}

/** The values in words, for who does not see them. */
function summary(chart: Chart): string {
  const rows = chart.rows.slice(0, 30).map(row => `${text(row[0])}: ${row.slice(1).map((value, i) => written(value, formatOf(chart, i + 1))).join(', ')}`);
  return `${chart.title}. ${rows.join('; ')}`;
}

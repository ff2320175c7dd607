// How values are written.

import type { Chart } from '../payload';

export function duration(seconds: number): string {
  if (seconds < 0.001) return '< 1 ms';
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 90) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

export const age = (seconds: number) => (seconds < 60 ? '< 1 min' : duration(seconds));

export function bytes(amount: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let unit = 0;
  while (amount >= 1000 && unit < units.length - 1) {
    amount /= 1000;
    unit++;
  }
  return `${amount < 10 && unit ? amount.toFixed(1) : Math.round(amount)} ${units[unit]}`;
}

export function moment(text: string): string {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return text;
  return date.toLocaleString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });
}

export const lower = (word: string) => word.charAt(0).toLowerCase() + word.slice(1);
/** The text of sanitised HTML. */
export const plain = (html: string) => html.replace(/<[^>]*>/g, ' ').replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&quot;/g, '"').replace(/&#39;/g, "'").replace(/&amp;/g, '&').replace(/\s+/g, ' ').trim();

const dollars = (value: number, amount: string) => `${value < 0 ? '-' : ''}$${amount}`;

/** A value of a chart: `percent`, `money` or a plain number. */
export function written(value: string | number | null, format?: string): string {
  if (value === null) return '–';
  if (typeof value === 'string') return value;
  if (format === 'percent') return `${(100 * value).toFixed(1)} %`;
  if (format === 'money') return dollars(value, Math.abs(value).toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 1000 ? 2 : 0 }));
  return value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 100 ? 2 : 0 });
}

/** How a column of a chart is written. */
export const formatOf = (chart: Chart, column: number) => chart.formats?.[column] ?? chart.format;

/** A value on an axis, in few letters. */
export function brief(value: number, format?: string): string {
  if (format === 'percent') return `${Number((100 * value).toFixed(1))}%`;
  const compact = (amount: number) => amount.toLocaleString('en', { notation: 'compact', maximumFractionDigits: 1 });
  return format === 'money' ? dollars(value, compact(Math.abs(value))) : compact(value);
}

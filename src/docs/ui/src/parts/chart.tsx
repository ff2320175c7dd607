// Small charts as SVG.

import { number } from '../strings';

interface Point { x: string; y: number; tone?: string }

/** A line of values over time, small enough to stand in a row. */
export function Spark({ points, label, write }: { points: Point[]; label: string; write(value: number): string }) {
  if (points.length < 2) return null;
  const [w, h, pad] = [320, 72, 8];
  const values = points.map(point => point.y);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const span = most - least || 1;
  const x = (i: number) => pad + (i * (w - 2 * pad)) / (points.length - 1);
  const y = (value: number) => h - pad - ((value - least) / span) * (h - 2 * pad);
  const line = points.map((point, i) => `${i ? 'L' : 'M'}${x(i).toFixed(1)} ${y(point.y).toFixed(1)}`).join('');
  const last = points[points.length - 1];
  return (
    <figure class="spark">
      <figcaption><span>{label}</span> <strong>{write(last.y)}</strong></figcaption>
      <svg viewBox={`0 0 ${w} ${h}`} role="img" aria-label={`${label}: ${write(points[0].y)} → ${write(last.y)}`}>
        <path class="spark-area" d={`${line}L${x(points.length - 1)} ${h - pad}L${x(0)} ${h - pad}Z`} />
        <path class="spark-line" d={line} />
        {points.map((point, i) => (
          <circle key={i} class={`spark-dot ${point.tone ? `tone-${point.tone}` : ''}`} cx={x(i)} cy={y(point.y)} r={points.length > 40 ? 1.5 : 3}>
            <title>{`${point.x}: ${write(point.y)}`}</title>
          </circle>
        ))}
      </svg>
      <div class="spark-range quiet"><span>{write(least)}</span><span>{write(most)}</span></div>
    </figure>
  );
}

/** A column's distribution. */
export function Histogram({ bars, label }: { bars: (number | null)[]; label: string }) {
  const most = Math.max(1, ...bars.map(bar => bar ?? 0));
  const width = 120 / bars.length;
  return (
    <svg class="histogram" viewBox="0 0 120 28" width="120" height="28" role="img" aria-label={label}>
      {bars.map((bar, i) =>
        bar === null ? (
          <rect key={i} class="withheld" x={i * width + 0.5} y={25} width={width - 1} height={3} />
        ) : (
          <rect key={i} x={i * width + 0.5} y={28 - Math.max(bar ? 1.5 : 0, (bar / most) * 27)} width={width - 1} height={Math.max(bar ? 1.5 : 0, (bar / most) * 27)}>
            <title>{number(bar)}</title>
          </rect>
        ),
      )}
    </svg>
  );
}

/** How much of something is done. */
export function Meter({ part, of, label }: { part: number; of: number; label: string }) {
  const share = of ? part / of : 0;
  return (
    <div class="meter">
      <svg viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">
        <rect class="meter-all" width="100" height="6" />
        <rect class="meter-part" width={100 * share} height="6" />
      </svg>
      <span>{label}</span>
    </div>
  );
}


// The outline of each kind of node, as a path for both canvas and SVG.

import type { Kind } from '../payload';

export function outline(kind: Kind | 'group', w: number, h: number): string {
  const r = Math.min(8, h / 4);
  const half = h / 2;
  switch (kind) {
    case 'source': {
      // A drum lying on its side.
      const e = Math.min(9, h / 4);
      return `M${e} 0H${w - e}A${e} ${half} 0 0 1 ${w - e} ${h}H${e}A${e} ${half} 0 0 1 ${e} 0Z`;
    }
    case 'seed': {
      // A sheet with a folded corner.
      const f = Math.min(12, h / 3);
      return `M0 0H${w - f}L${w} ${f}V${h}H0ZM${w - f} 0V${f}H${w}`;
    }
    case 'snapshot':
    case 'group': {
      // A stack of two; the one behind is drawn there and back, so that it has no inside.
      const o = Math.min(4, h / 6);
      return `M${r} 0H${w - o - r}a${r} ${r} 0 0 1 ${r} ${r}V${h - o - r}a${r} ${r} 0 0 1 -${r} ${r}H${r}a${r} ${r} 0 0 1 -${r} -${r}V${r}a${r} ${r} 0 0 1 ${r} -${r}ZM${o + r} ${h}H${w - r}a${r} ${r} 0 0 0 ${r} -${r}V${o + r}V${h - r}a${r} ${r} 0 0 1 -${r} ${r}H${o + r}`;
    }
    case 'exposure':
      return h > 60 ? rounded(w, h, 16) : rounded(w, h, half);
    case 'metric':
    case 'semantic_model':
    case 'saved_query': {
      const c = Math.min(12, h / 3);
      return `M${c} 0H${w - c}L${w} ${half}L${w - c} ${h}H${c}L0 ${half}Z`;
    }
    case 'analysis':
    case 'function':
    case 'macro':
      return `M0 0H${w}V${h}H0Z`;
    default:
      return rounded(w, h, r);
  }
}

function rounded(w: number, h: number, r: number): string {
  return `M${r} 0H${w - r}a${r} ${r} 0 0 1 ${r} ${r}V${h - r}a${r} ${r} 0 0 1 -${r} ${r}H${r}a${r} ${r} 0 0 1 -${r} -${r}V${r}a${r} ${r} 0 0 1 ${r} -${r}Z`;
}

/** How far a shape's text keeps from its left edge. */
export const inset = (kind: Kind | 'group') => (kind === 'source' || kind === 'exposure' || kind === 'metric' ? 18 : 14);

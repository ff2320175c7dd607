import { outline } from '../graph/shapes';
import type { Kind, Layer } from '../payload';

/** A kind's shape, small, for lists. */
export function Glyph({ kind, layer = 'other' }: { kind: Kind; layer?: Layer }) {
  return (
    <svg class={`glyph layer-${layer}`} viewBox="-1 -1 20 14" width="20" height="14" aria-hidden="true">
      <path d={outline(kind, 18, 12)} />
    </svg>
  );
}

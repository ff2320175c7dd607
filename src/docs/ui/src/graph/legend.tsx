import { KINDS, words } from '../strings';
import type { Kind } from '../payload';
import { Glyph } from '../parts/glyph';
import { legend, type Lens } from './lens';
import type { Scene } from './scene';

export function Legend({ lens, scene }: { lens: Lens; scene: Scene }) {
  const colors = legend(lens, scene.boxes);
  const present = new Set(scene.boxes.map(box => box.kind));
  const kinds = (Object.keys(KINDS) as Kind[]).filter(kind => present.has(kind));
  const edges = [...new Set(scene.columnEdges.map(edge => edge.kind))].sort();
  return (
    <div class="legend">
      {colors.length > 0 && (
        <ul aria-label={words.graph.legend}>
          {colors.map(([paint, word]) => <li key={paint}><span class={`swatch ${paint}`} />{word}</li>)}
        </ul>
      )}
      {kinds.length > 1 && (
        <ul aria-label={words.graph.legendShapes}>
          {kinds.map(kind => <li key={kind}><Glyph kind={kind} />{KINDS[kind][0]}</li>)}
        </ul>
      )}
      {edges.length > 0 && (
        <ul aria-label={words.column.legend}>
          {edges.map(kind => <li key={kind}><span class={`edge-sample edge-${kind}`} />{words.column.kinds[kind] ?? kind}</li>)}
        </ul>
      )}
    </div>
  );
}

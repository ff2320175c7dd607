// What is written at the edges between columns: the kinds where they leave, and the expression
// where they arrive. Edges that share an end share what is written there.

import { words } from '../strings';
import { columnY, type Box, type ColumnEdge } from './scene';

export interface EdgeLabel { x: number; y: number; room: number; text: string; /** It stands before an edge's end. */ end: boolean }

/** Between a label and the box, and above its edge. */
const [BESIDE, ABOVE] = [9, 4];
const ROOM = 108;
const ROOM_OF_KINDS = 84;

export const kindOf = (kind: string) => words.column.kinds[kind] ?? kind;

export function edgeLabels(edges: ColumnEdge[]): EdgeLabel[] {
  const starts = new Map<string, { box: Box; column: number; kinds: Set<string> }>();
  const ends = new Map<string, { box: Box; column: number; expression: string }>();
  for (const { from, fromColumn, to, toColumn, kind, expression } of edges) {
    const start = `${fromColumn} ${from.key}`;
    if (!starts.has(start)) starts.set(start, { box: from, column: fromColumn, kinds: new Set() });
    starts.get(start)!.kinds.add(kindOf(kind));
    const made = to.columns![toColumn].expression ?? expression;
    if (made) ends.set(`${toColumn} ${to.key}`, { box: to, column: toColumn, expression: made });
  }
  return [
    ...[...starts.values()].map(({ box, column, kinds }) => ({ x: box.x + box.w + BESIDE, y: columnY(box, column) - ABOVE, room: ROOM_OF_KINDS, text: [...kinds].join(', '), end: false })),
    ...[...ends.values()].map(({ box, column, expression }) => ({ x: box.x - BESIDE, y: columnY(box, column) - ABOVE, room: ROOM, text: expression.replace(/\s+/g, ' '), end: true })),
  ];
}

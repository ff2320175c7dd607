// What is drawn: boxes with places, and the ways of the edges between them.

import { drawn, nodeOf, trunks, type Node } from '../data/nodes';
import { index } from '../data/parts';
import type { Form, Kind } from '../payload';
import { words } from '../strings';

export const SIZE = { width: 224, height: index.node_height, gap: 64, row: 14, line: 6, column: 22, head: 46, foot: 8 };
/** A box shows no more columns than this. */
export const MOST_COLUMNS = 40;

/** A column shown in an opened box. */
export interface BoxColumn {
  name: string;
  type?: string;
  /** The worst form in which it tells of patients. */
  phi?: Form;
  mark?: boolean;
  /** How its query makes it. */
  expression?: string;
}

export interface Box {
  key: string;
  /** None for a group that is collapsed. */
  node?: Node;
  members?: Node[];
  kind: Kind | 'group';
  label: string;
  /** The left and the top edge. */
  x: number;
  y: number;
  w: number;
  h: number;
  /** The column of the layout. */
  column: number;
  /** The heights at which its long edges pass through the columns to its right. */
  trunk: number[];
  out: Box[];
  in: Box[];
  columns?: BoxColumn[];
  /** How many columns were left out. */
  more?: number;
}

/** A band that holds the nodes of one group. */
export interface Lane { name: string; y: number; h: number; size: number; closed: boolean }

/** An edge between two columns of opened boxes. */
export interface ColumnEdge { from: Box; fromColumn: number; to: Box; toColumn: number; kind: string; expression?: string }

/** The columns at both ends of an edge. */
export const endsOf = ({ from, fromColumn, to, toColumn }: ColumnEdge) => [`${from.label}.${from.columns![fromColumn].name}`, `${to.label}.${to.columns![toColumn].name}`] as const;

export interface Scene {
  boxes: Box[];
  byKey: Map<string, Box>;
  edges: number;
  /** From column to column, and what is free between boxes. */
  step: number;
  gap: number;
  lanes: Lane[];
  columnEdges: ColumnEdge[];
  bounds: { left: number; top: number; right: number; bottom: number };
}

export const boxOf = (scene: Scene, node: Node) => scene.byKey.get(node.id);

/** Makes a box for a node, without a place. */
export function nodeBox(node: Node, columns?: BoxColumn[]): Box {
  const shown = columns?.slice(0, MOST_COLUMNS);
  const more = columns ? columns.length - shown!.length : 0;
  const rows = shown ? shown.length + (more ? 1 : 0) : 0;
  return {
    key: node.id,
    node,
    kind: node.kind,
    label: node.label || node.name,
    x: 0,
    y: 0,
    w: SIZE.width,
    h: rows ? SIZE.head + rows * SIZE.column + SIZE.foot : SIZE.height,
    column: 0,
    trunk: [],
    out: [],
    in: [],
    columns: shown,
    more,
  };
}

export function groupBox(name: string, members: Node[]): Box {
  return { ...nodeBox(members[0]), key: `group:${name}`, node: undefined, members, kind: 'group', label: name || words.graph.ungrouped };
}

/** Connects boxes as their nodes are connected; each pair once. */
export function connect(boxes: Box[]): Map<string, Box> {
  const byKey = new Map(boxes.map(box => [box.key, box]));
  const owner = new Map<Node, Box>();
  for (const box of boxes) for (const node of box.members ?? [box.node!]) owner.set(node, box);
  for (const [node, box] of owner) {
    for (const child of node.children) link(box, owner.get(child));
    // What is there does not know of what is gone.
    if (node.change === 'removed') for (const parent of node.parents) if (parent.change !== 'removed') link(owner.get(parent), box);
  }
  return byKey;
}

/** Draws an edge between boxes that are there, once where one of them stands for several nodes. */
function link(from: Box | undefined, to: Box | undefined): void {
  if (!from || !to || to === from || ((from.members || to.members) && from.out.includes(to))) return;
  from.out.push(to);
  to.in.push(from);
}

/** Gives boxes their x from their columns, at least so far apart, and closes the scene. */
export function finish(boxes: Box[], byKey: Map<string, Box>, lanes: Lane[] = [], least = SIZE.gap): Scene {
  let [columns, top, bottom, edges] = [1, Infinity, -Infinity, 0];
  for (const box of boxes) {
    columns = Math.max(columns, box.column + 1);
    top = Math.min(top, box.y);
    bottom = Math.max(bottom, box.y + box.h);
    edges += box.out.length;
  }
  for (const lane of lanes) {
    top = Math.min(top, lane.y);
    bottom = Math.max(bottom, lane.y + lane.h);
  }
  if (!boxes.length) [top, bottom] = [0, 1];
  // The more rows, the farther the columns are apart: edges that climb past hundreds of nodes
  // need room to be told apart.
  const gap = Math.max(least, Math.min(2400, (bottom - top) / columns - SIZE.width));
  const step = SIZE.width + gap;
  for (const box of boxes) box.x = box.column * step;
  const left = lanes.length ? -24 : 0;
  return { boxes, byKey, edges, step, gap, lanes, columnEdges: [], bounds: { left, top, right: columns * step - gap, bottom } };
}

/** The whole graph, placed as it was shipped; nodes that are gone stand below it. */
export function wholeScene(gone: Node[] = []): Scene {
  const boxes = drawn.map(node => {
    const box = nodeBox(node);
    box.column = index.column[node.i];
    box.y = index.y[node.i] - SIZE.height / 2;
    box.trunk = trunks.get(node.i) ?? [];
    return box;
  });
  // Faster than `connect`: nodes and boxes have the same numbers.
  for (const node of drawn) {
    for (const child of node.children) {
      boxes[node.i].out.push(boxes[child.i]);
      boxes[child.i].in.push(boxes[node.i]);
    }
  }
  const byKey = new Map(boxes.map(box => [box.key, box]));
  const bottom = gone.length ? boxes.reduce((most, box) => Math.max(most, box.y + box.h), 0) : 0;
  const stacked: number[] = [];
  for (const node of gone) {
    const box = nodeBox(node);
    box.column = Math.max(0, Math.ceil(node.place![0]));
    const above = stacked[box.column] ?? 0;
    box.y = bottom + SIZE.gap + above * (SIZE.height + SIZE.row);
    stacked[box.column] = above + 1;
    boxes.push(box);
    byKey.set(box.key, box);
  }
  for (const node of gone) {
    const box = byKey.get(node.id)!;
    for (const parent of node.parents) if (parent.change !== 'removed') link(byKey.get(parent.id), box);
    for (const child of node.children) link(box, byKey.get(child.id));
  }
  return finish(boxes, byKey);
}

export const middle = (box: Box) => box.y + box.h / 2;
/** Where edges that mean the whole box arrive: at its head. */
export const anchor = (box: Box) => (box.columns?.length ? box.y + SIZE.head / 2 : middle(box));
export const columnY = (box: Box, column: number) => box.y + SIZE.head + (column + 0.5) * SIZE.column;

/** Where a node stands in the whole graph's drawing, as a first guess for others. */
export const order = (node: Node) => node.place?.[1] ?? index.y[node.i] ?? 0;
export const rank = (node: Node) => node.place?.[0] ?? index.column[node.i] ?? 0;

export { nodeOf };

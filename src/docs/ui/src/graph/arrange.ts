// Places a part of the graph. The order from top to bottom starts as that of the whole
// graph, which was computed when the page was generated; here the gaps that the other
// nodes leave are closed.

import { connect, finish, order, rank, SIZE, type Box, type Scene } from './scene';

/** A box, or the line of a box's long edges passing through a column. */
interface Slot {
  box?: Box;
  size: number;
  order: number;
  left: Slot[];
  right: Slot[];
  y: number;
  offset: number;
  place: number;
}

const slot = (size: number, order: number, box?: Box): Slot => ({ box, size, order, left: [], right: [], y: 0, offset: 0, place: 0 });

/** Beyond this many slots, sorting by neighbours takes longer than a reader waits. */
const MOST_SORTED = 3000;

/** Places boxes, their columns so far apart; they are connected as their nodes are unless they were connected before. */
export function arrange(boxes: Box[], byKey = connect(boxes), gap = SIZE.gap): Scene {
  assignColumns(boxes);

  const columns: Slot[][] = [];
  const place = (one: Slot, column: number) => (columns[column] ??= []).push(one);
  const slots = new Map<Box, Slot>();
  for (const box of boxes) {
    const one = slot(box.h, order(box.node ?? box.members![0]), box);
    slots.set(box, one);
    place(one, box.column);
  }
  const lines = new Map<Box, Slot[]>();
  for (const box of boxes) {
    const own: Slot[] = [];
    let before = slots.get(box)!;
    const far = box.out.reduce((most, child) => Math.max(most, child.column), 0);
    for (let column = box.column + 1; column < far; column++) {
      const beyond = box.out.filter(child => child.column > column);
      const mean = beyond.reduce((sum, child) => sum + slots.get(child)!.order, slots.get(box)!.order) / (beyond.length + 1);
      const line = slot(SIZE.line, mean);
      link(before, line);
      place(line, column);
      own.push(line);
      before = line;
    }
    lines.set(box, own);
    for (const child of box.out) link(own[child.column - box.column - 2] ?? slots.get(box)!, slots.get(child)!);
  }
  for (let c = 0; c < columns.length; c++) (columns[c] ??= []).sort((a, b) => a.order - b.order);
  untangle(columns);
  straighten(columns);

  for (const [box, one] of slots) {
    box.y = Math.round(one.y - box.h / 2);
    box.trunk = lines.get(box)!.map(line => Math.round(line.y));
  }
  return finish(boxes, byKey, [], gap);
}

function link(from: Slot, to: Slot): void {
  from.right.push(to);
  to.left.push(from);
}

/** The column of each box when only these are drawn: the longest path to it. */
export function assignColumns(boxes: Box[]): void {
  const rankOf = (box: Box) => rank(box.node ?? box.members![0]);
  for (const box of [...boxes].sort((a, b) => rankOf(a) - rankOf(b))) {
    box.column = box.in.reduce((most, parent) => Math.max(most, parent.column), -1) + 1;
  }
  // What starts here for want of its own parents stands beside its first user; sources stay at
  // the left, where the data comes from.
  for (const box of boxes) {
    if (box.kind !== 'source' && !box.in.length && box.out.length) {
      box.column = Math.max(0, box.out.reduce((least, child) => Math.min(least, child.column), Infinity) - 1);
    }
  }
}

/** Sorts columns by what their slots are connected with, as long as fewer edges cross. */
function untangle(columns: Slot[][]): void {
  if (columns.reduce((sum, column) => sum + column.length, 0) > MOST_SORTED) return;
  const note = (column: Slot[]) => column.forEach((one, i) => (one.place = i));
  columns.forEach(note);
  let best = columns.map(column => [...column]);
  let fewest = crossings(columns);
  for (let sweep = 0; sweep < 8 && fewest; sweep++) {
    const side = sweep % 2 ? 'right' : 'left';
    for (const column of sweep % 2 ? [...columns].reverse() : columns) {
      const mean = (one: Slot) => (one[side].length ? one[side].reduce((sum, other) => sum + other.place, 0) / one[side].length : one.place);
      const key = new Map(column.map(one => [one, mean(one)]));
      column.sort((a, b) => key.get(a)! - key.get(b)!);
      note(column);
    }
    const now = crossings(columns);
    if (now >= fewest) continue;
    fewest = now;
    best = columns.map(column => [...column]);
  }
  columns.forEach((column, c) => column.splice(0, column.length, ...best[c]));
}

/** Counts crossing edges, with a binary indexed tree over the ends. */
function crossings(columns: Slot[][]): number {
  let total = 0;
  for (let c = 0; c + 1 < columns.length; c++) {
    const tree = new Int32Array(columns[c + 1].length + 1);
    let seen = 0;
    for (const one of columns[c]) {
      const ends = one.right.map(other => other.place).sort((a, b) => a - b);
      for (const end of ends) {
        let atMost = 0;
        for (let i = end + 1; i > 0; i &= i - 1) atMost += tree[i];
        total += seen - atMost;
        seen++;
        for (let i = end + 1; i < tree.length; i += i & -i) tree[i]++;
      }
    }
  }
  return total;
}

const apart = (above: Slot, below: Slot) => (above.size + below.size) / 2 + SIZE.row;

function straighten(columns: Slot[][]): void {
  for (const column of columns) {
    let y = 0;
    column.forEach((one, i) => {
      if (i) y += apart(column[i - 1], one);
      one.y = y;
    });
    for (const one of column) one.y -= y / 2;
  }
  for (let sweep = 0; sweep < 6; sweep++) {
    for (let c = 1; c < columns.length; c++) settle(columns[c], ['left']);
    for (let c = columns.length - 2; c >= 0; c--) settle(columns[c], ['right']);
  }
  for (let c = columns.length - 1; c >= 0; c--) settle(columns[c], ['left', 'right']);
  for (const column of columns) settle(column, ['left', 'right']);
}

/**
 * Moves a column's slots towards what they are connected with, keeping their order and
 * distance: slots that want to pass each other share their average.
 */
function settle(column: Slot[], sides: ('left' | 'right')[]): void {
  const runs: { wish: number; weight: number; slots: Slot[] }[] = [];
  let offset = 0;
  column.forEach((one, i) => {
    if (i) offset += apart(column[i - 1], one);
    one.offset = offset;
    let weight = 0.01;
    let sum = one.y * weight;
    for (const side of sides) {
      for (const other of one[side]) {
        const pull = one.box && other.box ? 1 : one.box || other.box ? 2 : 8;
        sum += pull * other.y;
        weight += pull;
      }
    }
    runs.push({ wish: sum / weight - offset, weight, slots: [one] });
    while (runs.length > 1) {
      const below = runs[runs.length - 1];
      const above = runs[runs.length - 2];
      if (above.wish <= below.wish) break;
      const total = above.weight + below.weight;
      above.wish = (above.wish * above.weight + below.wish * below.weight) / total;
      above.weight = total;
      for (const moved of below.slots) above.slots.push(moved);
      runs.pop();
    }
  });
  for (const run of runs) for (const one of run.slots) one.y = run.wish + one.offset;
}

// Draws a scene on a canvas. Large scenes are drawn in slices, so that no frame takes long.

import { DECIDES } from '../data/columns';
import type { Node } from '../data/nodes';
import { words } from '../strings';
import { boxPaint, caption, type Lens } from './lens';
import { inset, outline } from './shapes';
import { edgeLabels } from './labels';
import { anchor, columnY, SIZE, type Box, type ColumnEdge, type Scene } from './scene';
import type { Colors } from './colors';

export interface View { x: number; y: number; k: number }
export interface Area { x0: number; y0: number; x1: number; y1: number }

export interface Look {
  lens: Lens;
  colors: Colors;
  focus?: Node;
}

const FONT = 'Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
/** Below this zoom boxes have no text, and below the second no shape. */
const FAR = 0.32;
const FARTHER = 0.14;
/** So many boxes or edges are drawn between two looks at the clock. */
const SLICE = 400;

/** Where a box and its edges are, to leave out what is out of sight. */
function edgeArea(scene: Scene, box: Box): Area {
  let [x1, y0, y1] = [box.x, anchor(box), anchor(box)];
  for (const y of box.trunk) [y0, y1] = [Math.min(y0, y), Math.max(y1, y)];
  for (const child of box.out) {
    x1 = Math.max(x1, child.x);
    const y = anchor(child);
    [y0, y1] = [Math.min(y0, y), Math.max(y1, y)];
  }
  return { x0: Math.min(box.x + box.w, x1), y0, x1: Math.max(x1, box.x + box.w), y1: Math.max(y1, scene.bounds.top) };
}

const areas = new WeakMap<Scene, Area[]>();
function areasOf(scene: Scene): Area[] {
  let found = areas.get(scene);
  if (!found) {
    found = scene.boxes.map(box => edgeArea(scene, box));
    areas.set(scene, found);
  }
  return found;
}

const meet = (a: Area, b: Area) => a.x0 <= b.x1 && a.x1 >= b.x0 && a.y0 <= b.y1 && a.y1 >= b.y0;
export const boxArea = (box: Box): Area => ({ x0: box.x, y0: box.y, x1: box.x + box.w, y1: box.y + box.h });

type Pen = Pick<CanvasRenderingContext2D, 'moveTo' | 'lineTo' | 'bezierCurveTo'>;

/** One step of an edge, from column to column. */
export function bend(pen: Pen, x0: number, y0: number, x1: number, y1: number, straight: boolean): void {
  if (straight || Math.abs(y0 - y1) < 0.5) pen.lineTo(x1, y1);
  else pen.bezierCurveTo((x0 + x1) / 2, y0, (x0 + x1) / 2, y1, x1, y1);
}

/** All edges that leave a box; what they share is drawn once. */
export function traceEdges(pen: Pen, scene: Scene, box: Box, straight: boolean): void {
  const startX = box.x + box.w;
  const startY = anchor(box);
  box.trunk.forEach((y, i) => {
    const left = (box.column + 1 + i) * scene.step;
    const [x0, y0] = i ? [left - scene.gap, box.trunk[i - 1]] : [startX, startY];
    pen.moveTo(x0, y0);
    bend(pen, x0, y0, left, y, straight);
    pen.lineTo(left + SIZE.width, y);
  });
  for (const child of box.out) {
    const steps = child.column - box.column - 1;
    const on = steps > 0 && box.trunk.length >= steps;
    const x0 = on ? (box.column + 1 + steps) * scene.step - scene.gap : startX;
    const y0 = on ? box.trunk[steps - 1] : startY;
    pen.moveTo(x0, y0);
    bend(pen, x0, y0, child.x, anchor(child), straight);
  }
}

/** One edge from end to end. */
export function traceEdge(pen: Pen, scene: Scene, from: Box, to: Box): void {
  let x = from.x + from.w;
  let y = anchor(from);
  pen.moveTo(x, y);
  const steps = to.column - from.column - 1;
  for (let i = 0; i < steps && i < from.trunk.length; i++) {
    const left = (from.column + 1 + i) * scene.step;
    bend(pen, x, y, left, from.trunk[i], false);
    pen.lineTo(left + SIZE.width, from.trunk[i]);
    x = left + SIZE.width;
    y = from.trunk[i];
  }
  bend(pen, x, y, to.x, anchor(to), false);
}

export function traceColumnEdge(pen: Pen, edge: ColumnEdge): void {
  const x0 = edge.from.x + edge.from.w;
  const y0 = columnY(edge.from, edge.fromColumn);
  const y1 = columnY(edge.to, edge.toColumn);
  pen.moveTo(x0, y0);
  bend(pen, x0, y0, edge.to.x, y1, false);
}

/** Draws what lies in an area, and comes back to let the clock be looked at. */
export function* paint(pen: CanvasRenderingContext2D, scene: Scene, view: View, area: Area, look: Look): Generator<void> {
  const { colors } = look;
  pen.setTransform(view.k, 0, 0, view.k, view.x, view.y);
  for (const lane of scene.lanes) paintLane(pen, scene, lane, view, colors);
  let drawn = 0;
  const far = view.k < FAR;
  const edgeAreas = areasOf(scene);
  pen.lineWidth = far ? Math.max(1.1, 0.7 / view.k) : 1.3;
  pen.strokeStyle = far ? colors.farEdge : colors.edge;
  pen.beginPath();
  for (let i = 0; i < scene.boxes.length; i++) {
    const box = scene.boxes[i];
    if (!box.out.length || !meet(edgeAreas[i], area)) continue;
    // An edge shorter than a pixel or so is not seen.
    traceEdges(pen, scene, box, view.k < FARTHER);
    drawn += box.out.length + box.trunk.length;
    if (drawn < SLICE) continue;
    drawn = 0;
    pen.stroke();
    yield;
    pen.beginPath();
  }
  pen.stroke();
  drawn = 0;
  for (const box of scene.boxes) {
    if (!meet(boxArea(box), area)) continue;
    paintBox(pen, box, view, look);
    if (++drawn < SLICE) continue;
    drawn = 0;
    yield;
  }
  if (scene.columnEdges.length) paintColumnEdges(pen, scene.columnEdges, view, colors);
}

/** Below this zoom what edges say cannot be read. */
const LABELLED = 0.5;
const MONO = 'ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace';

export function paintColumnEdges(pen: CanvasRenderingContext2D, edges: ColumnEdge[], view: View, colors: Colors): void {
  for (const edge of edges) {
    pen.beginPath();
    pen.lineWidth = 1.6;
    pen.strokeStyle = colors.of(`edge-${edge.kind}`) ?? colors.accent;
    pen.setLineDash(DECIDES.has(edge.kind) ? [4, 4] : []);
    traceColumnEdge(pen, edge);
    pen.stroke();
  }
  pen.setLineDash([]);
  if (view.k < LABELLED) return;
  pen.textBaseline = 'alphabetic';
  for (const { x, y, room, text, end } of edgeLabels(edges)) {
    const shown = fitted(pen, text, room, 10.5, 400, end ? MONO : FONT);
    const width = pen.measureText(shown).width;
    const left = end ? x - width : x;
    pen.fillStyle = colors.ground;
    pen.globalAlpha = 0.8;
    pen.fillRect(left - 2, y - 10, width + 4, 13);
    pen.globalAlpha = 1;
    pen.fillStyle = end ? colors.ink : colors.muted;
    pen.fillText(shown, left, y);
  }
}

/** Larger names would lie upon the boxes of their band. */
const MOST_LANE_NAME = 26;
/** The most room that names beside bands take, in pixels. */
export const BESIDE = 150;

function paintLane(pen: CanvasRenderingContext2D, scene: Scene, lane: Scene['lanes'][0], view: View, colors: Colors): void {
  const { left, right } = scene.bounds;
  pen.beginPath();
  pen.roundRect(left, lane.y, right - left + 24, lane.h, 10);
  pen.fillStyle = colors.lane;
  pen.fill();
  const name = `${lane.closed ? '▸' : '▾'} ${lane.name || words.graph.ungrouped}`;
  const size = Math.max(12, 10 / view.k);
  pen.fillStyle = colors.muted;
  pen.textBaseline = 'middle';
  if (size <= MOST_LANE_NAME) {
    pen.font = `600 ${size}px ${FONT}`;
    pen.fillText(name, left + 14, lane.y + 16);
  } else if (lane.h * view.k > 12) {
    // From far, names have no room above boxes, and stand beside their band.
    const room = Math.max(BESIDE / 2, Math.min(BESIDE, left * view.k + view.x)) - 12;
    const shown = fitted(pen, name, room / view.k, 11.5 / view.k, 600);
    pen.textAlign = 'right';
    pen.fillText(shown, left - 8 / view.k, lane.y + lane.h / 2);
    pen.textAlign = 'left';
  }
}

const paths = new Map<string, Path2D>();
function shape(kind: Box['kind'], w: number, h: number): Path2D {
  const key = `${kind} ${w} ${h}`;
  let path = paths.get(key);
  if (!path) {
    path = new Path2D(outline(kind, w, h));
    paths.set(key, path);
  }
  return path;
}

/** What is in no database is dashed: an ephemeral model, a node that is gone. */
export const isDashed = ({ node }: Box) => node?.materialized === 'ephemeral' || node?.change === 'removed';

export function paintBox(pen: CanvasRenderingContext2D, box: Box, view: View, look: Look): void {
  const { colors } = look;
  const paint = boxPaint(box, look.lens);
  const color = colors.of(paint) ?? paint;
  const focused = look.focus && box.node === look.focus;
  if (view.k < FARTHER) {
    pen.fillStyle = color;
    const h = Math.max(box.h, 2 / view.k);
    pen.fillRect(box.x, box.y, box.w, h);
    return;
  }
  const path = shape(box.kind, box.w, box.h);
  pen.save();
  pen.translate(box.x, box.y);
  pen.fillStyle = view.k < FAR ? colors.mixed(color, 0.5) : colors.mixed(color, 0.14);
  pen.fill(path);
  pen.lineWidth = focused ? 2.6 : 1.2;
  pen.strokeStyle = color;
  pen.setLineDash(isDashed(box) ? [4, 3] : []);
  pen.stroke(path);
  pen.setLineDash([]);
  if (view.k >= FAR) paintText(pen, box, view, look, color);
  pen.restore();
}

function paintText(pen: CanvasRenderingContext2D, box: Box, view: View, look: Look, color: string): void {
  const { colors } = look;
  const left = inset(box.kind);
  const tone = box.node ? badge(box.node, look.lens) : undefined;
  const room = box.w - left - (tone ? 30 : 12);
  const size = Math.min(18, Math.max(13, 9.5 / view.k));
  const second = view.k >= 0.62;
  const headHeight = box.columns?.length ? SIZE.head : box.h;
  pen.textBaseline = 'middle';
  pen.textAlign = 'left';
  pen.fillStyle = colors.ink;
  pen.fillText(fitted(pen, box.label, room, size, 550), left, headHeight / 2 - (second ? 7.5 : 0));
  if (second) {
    pen.fillStyle = colors.muted;
    pen.fillText(fitted(pen, caption(box, look.lens), room, 11, 400), left, headHeight / 2 + 9.5);
  }
  if (tone) paintBadge(pen, badgeAt(box), headHeight / 2, tone, colors);
  if (box.columns?.length) paintColumns(pen, box, colors, color);
}

function paintColumns(pen: CanvasRenderingContext2D, box: Box, colors: Colors, color: string): void {
  pen.beginPath();
  pen.moveTo(0, SIZE.head);
  pen.lineTo(box.w, SIZE.head);
  pen.lineWidth = 1;
  pen.strokeStyle = colors.mixed(color, 0.5);
  pen.stroke();
  box.columns!.forEach((column, i) => {
    const y = SIZE.head + (i + 0.5) * SIZE.column + 1;
    if (column.mark) {
      pen.fillStyle = colors.mixed(colors.accent, 0.2);
      pen.fillRect(1.5, y - SIZE.column / 2, box.w - 3, SIZE.column);
    }
    const type = column.type ? fitted(pen, column.type.toLowerCase(), 70, 10, 400) : '';
    const typeWidth = type ? pen.measureText(type).width : 0;
    pen.fillStyle = colors.muted;
    if (type) pen.fillText(type, box.w - 12 - typeWidth, y);
    pen.fillStyle = column.phi ? colors.of(`phi-${column.phi}`)! : colors.ink;
    pen.fillText(fitted(pen, column.name, box.w - 34 - typeWidth, 12, column.mark ? 600 : 400), 14, y);
  });
  if (box.more) {
    pen.fillStyle = colors.muted;
    pen.fillText(fitted(pen, words.graph.moreColumns(box.more), box.w - 28, 11, 400), 14, SIZE.head + (box.columns!.length + 0.5) * SIZE.column);
  }
}

type Badge = 'fail' | 'warn' | 'pass';

/** A failing or warning node is told by a sign, not by colour alone; so is a promise. */
export function badge(node: Node, lens: Lens): Badge | undefined {
  if (lens === 'phi') return node.phi?.kept === undefined ? undefined : node.phi.kept ? 'pass' : 'fail';
  if (node.tests.fail || node.status === 'error' || node.freshness === 'error') return 'fail';
  if (node.tests.warn || node.freshness === 'warn') return 'warn';
  return undefined;
}

/** The signs within badges, around their middle. */
export const BADGES: Record<Badge, string> = {
  fail: 'M-3 -3L3 3M3 -3L-3 3',
  warn: 'M0 -4V1M0 3V4',
  pass: 'M-3.4 0.2L-0.8 2.8L3.6 -2.8',
};
export const badgeAt = (box: Box) => box.w - (box.kind === 'source' || box.kind === 'exposure' ? 22 : 17);

function paintBadge(pen: CanvasRenderingContext2D, x: number, y: number, tone: Badge, colors: Colors): void {
  pen.save();
  pen.translate(x, y);
  pen.beginPath();
  pen.arc(0, 0, 8, 0, 2 * Math.PI);
  pen.fillStyle = colors.of(`tone-${tone}`)!;
  pen.fill();
  pen.strokeStyle = colors.surface;
  pen.lineWidth = 1.8;
  pen.stroke(new Path2D(BADGES[tone]));
  pen.restore();
}

const fits = new Map<string, string>();
/** Cuts a text to a width and sets the font that it was measured in. */
function fitted(pen: CanvasRenderingContext2D, text: string, width: number, size: number, weight: number, family = FONT): string {
  const rounded = Math.round(size * 2) / 2;
  pen.font = `${weight} ${rounded}px ${family}`;
  const key = `${family[0]} ${weight} ${rounded} ${Math.round(width)} ${text}`;
  let found = fits.get(key);
  if (found === undefined) {
    found = cut(pen, text, width);
    if (fits.size > 60_000) fits.clear();
    fits.set(key, found);
  }
  return found;
}

/** Leaves out the middle: long names often begin alike, and end in what tells them apart. */
function cut(pen: CanvasRenderingContext2D, text: string, width: number): string {
  if (pen.measureText(text).width <= width) return text;
  const letters = [...text];
  let [low, high] = [0, letters.length];
  while (low < high) {
    const half = (low + high + 1) >> 1;
    if (pen.measureText(withoutMiddle(letters, half)).width <= width) low = half;
    else high = half - 1;
  }
  return withoutMiddle(letters, low);
}

/** The first and the last of some letters, `kept` in all. */
export function withoutMiddle(letters: string[], kept: number): string {
  const end = Math.floor(kept * 0.55);
  return `${letters.slice(0, kept - end).join('')}…${end ? letters.slice(-end).join('') : ''}`;
}

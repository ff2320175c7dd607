// The canvas that shows a scene: pan, zoom, pick, highlight.
//
// What was drawn is kept on a canvas that is larger than what is seen, so that moving is
// copying; a large scene is redrawn behind it, a slice a frame, and then takes its place.

import { BESIDE, paint, paintBox, paintColumnEdges, traceEdge, type Area, type Look, type View } from './paint';
import { columnY, SIZE, type Box, type ColumnEdge, type Lane, type Scene } from './scene';

export interface Highlight {
  boxes: Set<Box>;
  edges: [Box, Box][];
}

export interface StageEvents {
  hover(box: Box | undefined, edges: ColumnEdge[], x: number, y: number): void;
  pick(box: Box | undefined, event: { shift: boolean }): void;
  open(box: Box): void;
  lane(lane: Lane): void;
  column(box: Box, column: number): void;
  moved(view: View): void;
}

/** Scenes with fewer boxes and edges are drawn anew each frame. */
const SMALL = 1200;
/** How long drawing may take a frame, in milliseconds. */
const BUDGET = 6;
/** How much more than what is seen is drawn, on each side. */
const MARGIN = 0.35;
const MOST_HIGHLIGHTED = 3000;
/** What is free beside a scene that is moved to its end. */
const EDGE = 28;

/** So near to an edge it is meant, in pixels. */
const NEAR = 5;

/** The height of an edge's curve at a part of its width; its bends are in the middle. */
function heightAt(part: number, y0: number, y1: number): number {
  let [low, high] = [0, 1];
  for (let i = 0; i < 20; i++) {
    const t = (low + high) / 2;
    // The curve's ends leave level, with their handles at half the width.
    const x = 1.5 * t * (1 - t) + t ** 3;
    if (x < part) low = t;
    else high = t;
  }
  return y0 + (y1 - y0) * (3 * low ** 2 - 2 * low ** 3);
}

interface Kept { canvas: HTMLCanvasElement; view: View; area: Area }

export class Stage {
  view: View = { x: 0, y: 0, k: 1 };
  private scene?: Scene;
  private look?: Look;
  private highlight?: Highlight;
  private kept?: Kept;
  private drawing?: { kept: Kept; steps: Generator<void> };
  private frame = 0;
  private width = 0;
  private height = 0;
  private ratio = 1;
  private stale = true;
  private readonly pen: CanvasRenderingContext2D;
  private readonly pointers = new Map<number, { x: number; y: number }>();
  private pressed?: { x: number; y: number; moved: boolean };
  private pinch?: { distance: number; k: number };
  private settled = 0;
  private readonly observer: ResizeObserver;
  private readonly ended = new AbortController();
  private waitingForSize?: () => void;

  constructor(readonly canvas: HTMLCanvasElement, private readonly events: StageEvents) {
    this.pen = canvas.getContext('2d')!;
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(canvas);
    this.listen();
  }

  dispose(): void {
    this.observer.disconnect();
    this.ended.abort();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.settled);
  }

  set(scene: Scene, look: Look): void {
    this.scene = scene;
    this.look = look;
    this.stale = true;
    this.drawing = undefined;
    this.changed();
  }

  setHighlight(highlight: Highlight | undefined): void {
    this.highlight = highlight;
    this.changed();
  }

  /** Does something once the canvas has a size. */
  whenSized(then: () => void): void {
    if (this.width) then();
    else this.waitingForSize = then;
  }

  fit(): void {
    if (!this.scene || !this.width) return;
    const { left, top, right, bottom } = this.scene.bounds;
    const k = Math.max(0.01, Math.min(1.1, this.smallest()));
    this.view = { k, x: (this.width + this.beside() - (left + right) * k) / 2, y: (this.height - this.foot() - (top + bottom) * k) / 2 };
    this.moved();
  }

  private smallest(): number {
    const { left, top, right, bottom } = this.scene!.bounds;
    return Math.min((this.width - this.beside() - 56) / (right - left), (this.height - this.foot() - 48) / (bottom - top), 1);
  }

  /** What is left free for the names of bands, which from far stand beside them. */
  private beside(): number {
    return this.scene!.lanes.length ? Math.min(BESIDE, this.width * 0.3) : 0;
  }

  /** What is left free at the foot, for the legend and the map of the whole graph. */
  private foot(): number {
    if (this.height <= 480) return 0;
    return this.width > 700 && this.scene!.boxes.length > 12 ? 124 : 84;
  }

  zoom(factor: number, x = this.width / 2, y = this.height / 2): void {
    if (!this.scene) return;
    const k = Math.min(2.5, Math.max(Math.min(0.04, this.smallest()), this.view.k * factor));
    this.view = { x: x - ((x - this.view.x) * k) / this.view.k, y: y - ((y - this.view.y) * k) / this.view.k, k };
    this.moved();
  }

  /** Brings a box into sight; `closely` zooms in until it can be read. */
  show(box: Box, closely = false): void {
    const k = closely ? Math.max(this.view.k, 0.75) : this.view.k;
    const [x, y] = [(box.x + box.w / 2) * k + this.view.x, (box.y + box.h / 2) * k + this.view.y];
    const inside = x > 120 && x < this.width - 120 && y > 60 && y < this.height - 60;
    if (inside && k === this.view.k) return;
    const middle = { x: this.width / 2 - (box.x + box.w / 2) * k, y: this.height / 2 - (box.y + box.h / 2) * k };
    this.view = { k, x: this.filled(middle.x, k), y: middle.y };
    this.moved();
  }

  /** Leaves no room beside the scene as long as there is more of it at the other side. */
  private filled(x: number, k: number): number {
    const { left, right } = this.scene!.bounds;
    const [most, least] = [EDGE - left * k, this.width - EDGE - right * k];
    return most < least ? x : Math.max(least, Math.min(most, x));
  }

  moveTo(view: View): void {
    this.view = view;
    this.changed();
  }

  /** Puts a point of the scene into the middle. */
  center(x: number, y: number): void {
    this.view = { ...this.view, x: this.width / 2 - x * this.view.k, y: this.height / 2 - y * this.view.k };
    this.moved();
  }

  /** What is seen, in the scene's units. */
  area(margin = 0): Area {
    const { x, y, k } = this.view;
    const [mx, my] = [this.width * margin, this.height * margin];
    return { x0: (-x - mx) / k, y0: (-y - my) / k, x1: (this.width - x + mx) / k, y1: (this.height - y + my) / k };
  }

  /** Where a box is on the screen. */
  place(box: Box): { x: number; y: number } {
    return { x: box.x * this.view.k + this.view.x, y: box.y * this.view.k + this.view.y };
  }

  private moved(): void {
    this.changed();
    this.events.hover(undefined, [], -1, -1);
    clearTimeout(this.settled);
    this.settled = window.setTimeout(() => this.events.moved(this.view), 250);
  }

  private changed(): void {
    this.frame ||= requestAnimationFrame(() => this.draw());
  }

  private resize(): void {
    const { width, height } = this.canvas.getBoundingClientRect();
    if (!width || !height) return;
    this.ratio = Math.min(2, window.devicePixelRatio || 1);
    this.width = width;
    this.height = height;
    this.canvas.width = Math.round(width * this.ratio);
    this.canvas.height = Math.round(height * this.ratio);
    this.stale = true;
    this.drawing = undefined;
    this.waitingForSize?.();
    this.waitingForSize = undefined;
    this.changed();
  }

  private draw(): void {
    this.frame = 0;
    const { scene, look, pen } = this;
    if (!scene || !look || !this.width) return;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, this.canvas.width, this.canvas.height);
    if (scene.boxes.length + scene.edges <= SMALL) {
      for (const _ of paint(pen, scene, this.scaled(), this.area(), look));
    } else {
      this.drawKept(scene, look);
    }
    if (this.highlight) this.drawHighlight(scene, look, this.highlight);
    // When the graph could first be used, for whoever measures.
    if (!this.drawing) this.canvas.dataset.ready ??= String(Math.round(performance.now()));
  }

  private scaled(): View {
    const { ratio } = this;
    return { x: this.view.x * ratio, y: this.view.y * ratio, k: this.view.k * ratio };
  }

  private drawKept(scene: Scene, look: Look): void {
    if (!this.drawing && this.needsDrawing()) this.startDrawing(scene, look);
    if (this.drawing) {
      const until = performance.now() + (this.kept ? BUDGET : 3 * BUDGET);
      let done: boolean | undefined;
      do done = this.drawing.steps.next().done;
      while (!done && performance.now() < until);
      if (done) {
        this.kept = this.drawing.kept;
        this.drawing = undefined;
      }
      this.changed();
    }
    const shown = this.kept ?? this.drawing?.kept;
    if (!shown) return;
    const scale = this.view.k / shown.view.k;
    const x = (this.view.x - shown.view.x * scale) * this.ratio;
    const y = (this.view.y - shown.view.y * scale) * this.ratio;
    this.pen.drawImage(shown.canvas, x, y, shown.canvas.width * scale, shown.canvas.height * scale);
  }

  private needsDrawing(): boolean {
    const { kept } = this;
    if (this.stale || !kept || kept.view.k !== this.view.k) return true;
    const seen = this.area();
    return seen.x0 < kept.area.x0 || seen.y0 < kept.area.y0 || seen.x1 > kept.area.x1 || seen.y1 > kept.area.y1;
  }

  private startDrawing(scene: Scene, look: Look): void {
    const canvas = document.createElement('canvas');
    const [mx, my] = [Math.round(this.width * MARGIN), Math.round(this.height * MARGIN)];
    canvas.width = Math.round((this.width + 2 * mx) * this.ratio);
    canvas.height = Math.round((this.height + 2 * my) * this.ratio);
    const view = { x: this.view.x + mx, y: this.view.y + my, k: this.view.k };
    const scaled = { x: view.x * this.ratio, y: view.y * this.ratio, k: view.k * this.ratio };
    const area = this.area(MARGIN);
    if (this.stale) this.kept = undefined;
    this.stale = false;
    this.drawing = { kept: { canvas, view, area }, steps: paint(canvas.getContext('2d')!, scene, scaled, area, look) };
  }

  /** Veils everything and draws what stands out above it. */
  private drawHighlight(scene: Scene, look: Look, { boxes, edges }: Highlight): void {
    const { pen, ratio } = this;
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.globalAlpha = 0.72;
    pen.fillStyle = look.colors.ground;
    pen.fillRect(0, 0, this.width, this.height);
    pen.globalAlpha = 1;
    const view = this.scaled();
    pen.setTransform(view.k, 0, 0, view.k, view.x, view.y);
    pen.lineWidth = Math.max(1.8, 1 / this.view.k);
    pen.strokeStyle = look.colors.accent;
    pen.beginPath();
    for (const [from, to] of edges.slice(0, MOST_HIGHLIGHTED)) traceEdge(pen, scene, from, to);
    pen.stroke();
    const seen = this.area();
    let drawn = 0;
    for (const box of boxes) {
      if (box.x > seen.x1 || box.x + box.w < seen.x0 || box.y > seen.y1 || box.y + box.h < seen.y0) continue;
      if (++drawn > MOST_HIGHLIGHTED) break;
      paintBox(pen, box, view, look);
    }
    const shown = scene.columnEdges.filter(edge => boxes.has(edge.from) && boxes.has(edge.to));
    if (shown.length) paintColumnEdges(pen, shown, view, look.colors);
  }

  /** The box at a point of the canvas. */
  at(x: number, y: number): Box | undefined {
    const [sx, sy] = [(x - this.view.x) / this.view.k, (y - this.view.y) / this.view.k];
    return this.scene?.boxes.find(box => sx >= box.x && sx <= box.x + box.w && sy >= box.y && sy <= box.y + box.h);
  }

  /** The edges between columns that pass a point of the canvas. */
  private edgesAt(x: number, y: number): ColumnEdge[] {
    const [sx, sy] = [(x - this.view.x) / this.view.k, (y - this.view.y) / this.view.k];
    const near = Math.max(4, NEAR / this.view.k);
    return (this.scene?.columnEdges ?? []).filter(({ from, fromColumn, to, toColumn }) => {
      const [x0, x1] = [from.x + from.w, to.x];
      if (sx < Math.min(x0, x1) || sx > Math.max(x0, x1) || x0 === x1) return false;
      const [y0, y1] = [columnY(from, fromColumn), columnY(to, toColumn)];
      return Math.abs(heightAt((sx - x0) / (x1 - x0), y0, y1) - sy) < near;
    });
  }

  private laneAt(x: number, y: number): Lane | undefined {
    const [sx, sy] = [(x - this.view.x) / this.view.k, (y - this.view.y) / this.view.k];
    const { left = 0, right = 0 } = this.scene?.bounds ?? {};
    return this.scene?.lanes.find(lane => sy >= lane.y && sy <= lane.y + Math.min(32, lane.h) && sx >= left && sx <= right);
  }

  private listen(): void {
    const { canvas } = this;
    const on = <K extends keyof HTMLElementEventMap>(type: K, handle: (event: HTMLElementEventMap[K]) => void, passive = true) =>
      canvas.addEventListener(type, handle, { passive, signal: this.ended.signal });
    const point = (event: PointerEvent | MouseEvent) => {
      const { left, top } = canvas.getBoundingClientRect();
      return { x: event.clientX - left, y: event.clientY - top };
    };
    on('wheel', event => {
      event.preventDefault();
      const { x, y } = point(event);
      if (event.shiftKey) this.pan(-event.deltaY - event.deltaX, 0);
      else this.zoom(Math.exp(-Math.max(-60, Math.min(60, event.deltaY)) * (event.ctrlKey ? 0.012 : 0.004)), x, y);
    }, false);
    on('pointerdown', event => {
      canvas.setPointerCapture(event.pointerId);
      this.pointers.set(event.pointerId, point(event));
      if (this.pointers.size === 1) this.pressed = { ...point(event), moved: false };
      if (this.pointers.size === 2) this.pinch = { distance: this.spread(), k: this.view.k };
    });
    on('pointermove', event => {
      const now = point(event);
      const before = this.pointers.get(event.pointerId);
      if (!before) {
        const box = this.at(now.x, now.y);
        canvas.style.cursor = box || this.laneAt(now.x, now.y) ? 'pointer' : 'grab';
        this.events.hover(box, box ? [] : this.edgesAt(now.x, now.y), now.x, now.y);
        return;
      }
      this.pointers.set(event.pointerId, now);
      if (this.pinch && this.pointers.size === 2) {
        const [a, b] = [...this.pointers.values()];
        this.zoom((this.pinch.k * this.spread()) / this.pinch.distance / this.view.k, (a.x + b.x) / 2, (a.y + b.y) / 2);
        return;
      }
      if (this.pressed && !this.pressed.moved && Math.hypot(now.x - this.pressed.x, now.y - this.pressed.y) < 4) return;
      if (this.pressed) this.pressed.moved = true;
      canvas.style.cursor = 'grabbing';
      this.pan(now.x - before.x, now.y - before.y);
    });
    const release = (event: PointerEvent) => {
      this.pointers.delete(event.pointerId);
      if (this.pointers.size < 2) this.pinch = undefined;
      if (this.pressed && !this.pressed.moved && event.type === 'pointerup') this.click(point(event), event.shiftKey);
      if (!this.pointers.size) this.pressed = undefined;
    };
    on('pointerup', release);
    on('pointercancel', release);
    on('pointerleave', () => this.events.hover(undefined, [], -1, -1));
    on('dblclick', event => {
      const { x, y } = point(event);
      const box = this.at(x, y);
      if (box) this.events.open(box);
    });
  }

  private click({ x, y }: { x: number; y: number }, shift: boolean): void {
    const box = this.at(x, y);
    const column = box && this.columnAt(box, y);
    if (box && column !== undefined) return this.events.column(box, column);
    const lane = box ? undefined : this.laneAt(x, y);
    if (lane) this.events.lane(lane);
    else this.events.pick(box, { shift });
  }

  private columnAt(box: Box, y: number): number | undefined {
    if (!box.columns?.length) return undefined;
    const inside = ((y - this.view.y) / this.view.k - box.y - SIZE.head) / SIZE.column;
    return inside >= 0 && inside < box.columns.length ? Math.floor(inside) : undefined;
  }

  private spread(): number {
    const [a, b] = [...this.pointers.values()];
    return Math.max(1, Math.hypot(a.x - b.x, a.y - b.y));
  }

  pan(dx: number, dy: number): void {
    this.view = { ...this.view, x: this.view.x + dx, y: this.view.y + dy };
    this.moved();
  }
}

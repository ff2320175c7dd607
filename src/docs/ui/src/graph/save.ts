// Saving what is shown as a picture.

import { DECIDES } from '../data/columns';
import { boxPaint, caption, type Lens } from './lens';
import { edgeLabels, kindOf } from './labels';
import { badge, badgeAt, BADGES, isDashed, paint, traceColumnEdge, traceEdges, withoutMiddle, type Look } from './paint';
import { columnY, endsOf, SIZE, type Box, type Scene } from './scene';
import { inset, outline } from './shapes';

const PADDING = 24;
/** Browsers refuse larger canvases. */
const MOST_PIXELS = 12_000;

export function download(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export async function savePng(scene: Scene, look: Look): Promise<void> {
  const { left, top, right, bottom } = scene.bounds;
  const [w, h] = [right - left + 2 * PADDING, bottom - top + 2 * PADDING];
  const k = Math.min(2, MOST_PIXELS / w, MOST_PIXELS / h);
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(w * k);
  canvas.height = Math.ceil(h * k);
  const pen = canvas.getContext('2d')!;
  pen.fillStyle = look.colors.surface;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  const view = { x: (PADDING - left) * k, y: (PADDING - top) * k, k };
  for (const _ of paint(pen, scene, view, { x0: -Infinity, y0: -Infinity, x1: Infinity, y1: Infinity }, look));
  const blob = await new Promise<Blob | null>(done => canvas.toBlob(done));
  if (blob) download('lineage.png', blob);
}

/** XML has no place for control characters. */
const escaped = (text: string) => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '').replace(/[&<>"]/g, sign => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign]!);
const round = (value: number) => Math.round(value * 10) / 10;

/** A pen that writes path data. */
class PathPen {
  data = '';
  moveTo(x: number, y: number) {
    this.data += `M${round(x)} ${round(y)}`;
  }
  lineTo(x: number, y: number) {
    this.data += `L${round(x)} ${round(y)}`;
  }
  bezierCurveTo(ax: number, ay: number, bx: number, by: number, x: number, y: number) {
    this.data += `C${round(ax)} ${round(ay)} ${round(bx)} ${round(by)} ${round(x)} ${round(y)}`;
  }
}

export function saveSvg(scene: Scene, look: Look): void {
  download('lineage.svg', new Blob([svgOf(scene, look)], { type: 'image/svg+xml' }));
}

export function svgOf(scene: Scene, { lens, colors }: Look): string {
  const { left, top, right, bottom } = scene.bounds;
  const [w, h] = [right - left + 2 * PADDING, bottom - top + 2 * PADDING];
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${left - PADDING} ${top - PADDING} ${w} ${h}" width="${w}" height="${h}" font-family="Inter, system-ui, sans-serif">`,
    `<rect x="${left - PADDING}" y="${top - PADDING}" width="${w}" height="${h}" fill="${colors.surface}"/>`,
  ];
  for (const lane of scene.lanes) {
    parts.push(`<rect x="${left}" y="${lane.y}" width="${right - left + 24}" height="${lane.h}" rx="10" fill="${colors.lane}"/>`);
    parts.push(`<text x="${left + 14}" y="${lane.y + 20}" font-size="12" font-weight="600" fill="${colors.muted}">${escaped(lane.name)}</text>`);
  }
  const edges = new PathPen();
  for (const box of scene.boxes) traceEdges(edges, scene, box, false);
  parts.push(`<path d="${edges.data}" fill="none" stroke="${colors.edge}" stroke-width="1.3"/>`);
  for (const box of scene.boxes) parts.push(svgBox(box, lens, colors));
  for (const edge of scene.columnEdges) {
    const pen = new PathPen();
    traceColumnEdge(pen, edge);
    parts.push(`<path d="${pen.data}" fill="none" stroke="${colors.of(`edge-${edge.kind}`) ?? colors.accent}" stroke-width="1.6"${DECIDES.has(edge.kind) ? ' stroke-dasharray="4 4"' : ''}><title>${escaped(`${endsOf(edge).join(' → ')}: ${kindOf(edge.kind)}${edge.expression ? `\n${edge.expression}` : ''}`)}</title></path>`);
  }
  for (const { x, y, room, text, end } of edgeLabels(scene.columnEdges)) {
    const look = end ? `fill="${colors.ink}" text-anchor="end" font-family="ui-monospace, Menlo, Consolas, monospace"` : `fill="${colors.muted}"`;
    parts.push(`<text x="${x}" y="${y}" font-size="10.5" ${look}>${escaped(cutTo(text, Math.floor(room / (end ? 6.4 : 5.8))))}</text>`);
  }
  parts.push('</svg>');
  return parts.join('\n');
}

const cutTo = (text: string, room: number) => ([...text].length > room ? withoutMiddle([...text], room - 1) : text);

function svgBox(box: Box, lens: Lens, colors: Look['colors']): string {
  const paint = boxPaint(box, lens);
  const color = colors.of(paint) ?? paint;
  const headHeight = box.columns?.length ? SIZE.head : box.h;
  const left = inset(box.kind);
  const badged = !!box.node && !!badge(box.node, lens);
  const text = (x: number, y: number, size: number, fill: string, words: string) => {
    const room = Math.floor((box.w - x - (badged ? 30 : 12)) / (size * 0.56));
    return `<text x="${x}" y="${y}" font-size="${size}" fill="${fill}">${escaped(cutTo(words, room))}</text>`;
  };
  const tone = box.node && badge(box.node, lens);
  const sign = tone ? `<g transform="translate(${badgeAt(box)} ${headHeight / 2})"><circle r="8" fill="${colors.of(`tone-${tone}`)}"/><path d="${BADGES[tone]}" fill="none" stroke="${colors.surface}" stroke-width="1.8"/></g>` : '';
  const rows = (box.columns ?? []).map((column, i) => text(14, columnY(box, i) - box.y + 4, 12, colors.ink, column.name));
  return [
    `<g transform="translate(${box.x} ${box.y})"><title>${escaped(box.label)}</title>`,
    `<path d="${outline(box.kind, box.w, box.h)}" fill="${colors.mixed(color, 0.14)}" stroke="${escaped(color)}" stroke-width="1.2"${isDashed(box) ? ' stroke-dasharray="4 3"' : ''}/>`,
    text(left, headHeight / 2 - 3, 13, colors.ink, box.label),
    text(left, headHeight / 2 + 13, 11, colors.muted, caption(box, lens)),
    ...rows,
    sign,
    '</g>',
  ].join('');
}

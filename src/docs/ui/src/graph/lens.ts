// What colours mean: by layer, by results, by run time and so on.

import { drawn, removed, verdict, type Node } from '../data/nodes';
import { duration, lower } from '../data/values';
import { CHANGES, FRESHNESS, LAYERS, PHI_FORMS, VERDICTS, words, type Tone } from '../strings';
import type { Form, Layer } from '../payload';
import type { Box } from './scene';

export type Lens = 'layer' | 'status' | 'freshness' | 'time' | 'phi' | 'change' | 'own';
export const LENSES: Lens[] = ['layer', 'status', 'freshness', 'time', 'phi', 'change', 'own'];

/** The lenses that show something in this project. */
export function usefulLenses(): Lens[] {
  const some = (holds: (node: Node) => unknown) => drawn.some(holds);
  const useful: Record<Lens, boolean> = {
    layer: true,
    status: some(node => verdict(node) !== 'none'),
    freshness: some(node => node.freshness),
    time: some(node => node.seconds !== undefined),
    phi: some(node => node.phi),
    change: some(node => node.change) || removed.length > 0,
    own: some(node => node.color),
  };
  return LENSES.filter(lens => useful[lens]);
}

const LAYER_ORDER = Object.keys(LAYERS) as Layer[];
const FORMS = Object.keys(PHI_FORMS) as Form[];
const TONES: Tone[] = ['pass', 'warn', 'fail', 'skipped', 'none'];

/** A colour by its name among the page's, or one of the project's own. */
export type Paint = string;

const slowest = Math.max(0.001, ...drawn.map(node => node.seconds ?? 0));
/** 0 to 4: each step is about three times as long as the one before. */
const heat = (seconds: number) => Math.max(0, Math.min(4, Math.floor(5 + Math.log(seconds / slowest) / Math.log(3))));

export function paintOf(node: Node, lens: Lens): Paint {
  switch (lens) {
    case 'layer':
      return `layer-${node.layer}`;
    case 'status':
      return `tone-${verdict(node)}`;
    case 'freshness':
      return node.freshness ? `tone-${node.freshness === 'error' ? 'fail' : node.freshness}` : 'tone-none';
    case 'time':
      return node.seconds === undefined ? 'tone-none' : `heat-${heat(node.seconds)}`;
    case 'phi':
      return phiPaint(node);
    case 'change':
      return node.change ? `change-${node.change}` : 'tone-none';
    case 'own':
      return node.color ?? 'tone-none';
  }
}

function phiPaint({ phi }: Node): Paint {
  if (phi?.kept === false) return 'phi-plain';
  if (phi?.form) return `phi-${phi.form}`;
  return phi?.kept ? 'phi-kept' : 'tone-none';
}

/** The colour of a box; a collapsed group has that of its most telling member. */
export function boxPaint(box: Box, lens: Lens): Paint {
  if (box.node) return paintOf(box.node, lens);
  const paints = new Set(box.members!.map(node => paintOf(node, lens)));
  const telling = ['phi-plain', 'phi-made', 'phi-picked', 'phi-shifted', 'phi-hashed', 'phi-touched', 'phi-kept', 'tone-fail', 'tone-warn', 'change-removed', 'change-added', 'change-modified', 'change-impacted', 'heat-4', 'heat-3', 'heat-2', 'tone-pass'];
  return telling.find(paint => paints.has(paint)) ?? [...paints][0];
}

/** The second line of a box. */
export function caption(box: Box, lens: Lens): string {
  const node = box.node;
  if (!node) return words.graph.members(box.members!.length);
  switch (lens) {
    case 'status':
      return testsSaid(node) || VERDICTS[verdict(node)];
    case 'freshness':
      return node.freshness ? (FRESHNESS[node.freshness] ?? '') : words.graph.noFreshness;
    case 'time':
      return node.seconds === undefined ? words.graph.notRun : duration(node.seconds);
    case 'phi':
      return phiCaption(node);
    case 'change':
      return CHANGES[node.change ?? 'same'];
    default: {
      const own = node.kind === 'source' ? node.folder : (node.materialized ?? node.kind.replace('_', ' '));
      const fresh = node.freshness && lower(FRESHNESS[node.freshness] ?? '');
      return [own, fresh, testsSaid(node)].filter(Boolean).join(' · ');
    }
  }
}

/** How a node's tests ended, where any was run. */
function testsSaid({ tests: { pass, warn, fail, open } }: Node): string {
  if (!(pass || warn || fail)) return '';
  const parts = [fail && `${fail} ${words.node.failing}`, warn && `${warn} ${words.node.warning}`, pass && `${pass}/${pass + warn + fail + open} ${words.node.passing}`];
  return parts.filter(Boolean).join(' · ');
}

/** What a node tells about patients, in words. */
export function phiCaption({ phi }: Node): string {
  const g = words.graph;
  const told = phi?.form ? g.phi(phi.columns, phi.kinds.join(', ')) : '';
  if (phi?.kept === undefined) return told || g.noPhi;
  if (!phi.kept) return `${g.brokenSo} · ${told}`;
  return told ? `${g.keptSo} · ${told}` : g.kept;
}

export function legend(lens: Lens, boxes: Box[]): [Paint, string][] {
  const present = new Set(boxes.map(box => boxPaint(box, lens)));
  const only = (entries: [Paint, string][]) => entries.filter(([paint]) => present.has(paint));
  switch (lens) {
    case 'layer':
      return only(LAYER_ORDER.map(layer => [`layer-${layer}`, LAYERS[layer]]));
    case 'status':
      return only(TONES.map(tone => [`tone-${tone}`, VERDICTS[tone]]));
    case 'freshness':
      return only([['tone-pass', FRESHNESS.pass!], ['tone-warn', FRESHNESS.warn!], ['tone-fail', FRESHNESS.error!], ['tone-none', words.graph.noFreshness]]);
    case 'time':
      return [...only([0, 1, 2, 3, 4].map(step => [`heat-${step}`, `≤ ${duration(slowest / 3 ** (4 - step))}`])), ...only([['tone-none', words.graph.notRun]])];
    case 'phi':
      return only([...FORMS.map((form): [Paint, string] => [`phi-${form}`, PHI_FORMS[form][1]]), ['phi-kept', words.graph.kept], ['tone-none', words.graph.noPhi]]);
    case 'change':
      return only([['change-added', CHANGES.added], ['change-modified', CHANGES.modified], ['change-removed', CHANGES.removed], ['change-impacted', CHANGES.impacted], ['tone-none', CHANGES.same]]);
    case 'own':
      return [];
  }
}

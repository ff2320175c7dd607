// dbt's selector syntax, for the box above the graph. What stands in quotes is taken as it is.

import { packageOf, reach, verdict, type Node } from './nodes';
import type { Settings } from './settings';

export class SelectorError extends Error {
  constructor(readonly what: 'bad' | 'unknown', text: string) {
    super(text);
  }
}

/** Signs that have a meaning, unless they are quoted; then they are letters of a private range. */
const SIGNS = /[\s,+@*?[\]]/g;
const PRIVATE = 0xe000;
const hide = (text: string) => text.replace(SIGNS, sign => String.fromCharCode(PRIVATE + sign.charCodeAt(0)));
const bare = (text: string) => text.replace(/[\ue000-\ue07f]/g, sign => String.fromCharCode(sign.charCodeAt(0) - PRIVATE));

/** A value as a selector takes it literally. */
export const quoted = (value: string) => (/[\s,+@*?[\]"']/.test(value) ? (value.includes('"') ? `'${value}'` : `"${value}"`) : value);

/** Whether a selection asks for what is not known of nodes when the page opens. */
export const needsSettings = (text: string) => /(^|[\s,])@|(^|[\s,@+])(config\.|version:)/.test(text);

/** The nodes that a selection means: `+mart tag:x,path:y --exclude z`. */
export function select(text: string, all: Node[], settings?: Settings): Set<Node> {
  const chosen = new Set<Node>();
  const excluded = new Set<Node>();
  let into = chosen;
  let given = false;
  const unquoted = text.replace(/"([^"]*)"|'([^']*)'/g, (_, double?: string, single?: string) => hide(double ?? single ?? ''));
  for (const word of unquoted.trim().split(/\s+/)) {
    if (word === '--select' || word === '-s') into = chosen;
    else if (word === '--exclude') into = excluded;
    else if (word) {
      given ||= into === chosen;
      for (const node of intersection(word, all, settings)) into.add(node);
    }
  }
  const base = given ? chosen : new Set(all);
  for (const node of excluded) base.delete(node);
  return base;
}

function intersection(word: string, all: Node[], settings?: Settings): Set<Node> {
  const sets = word.split(',').filter(Boolean).map(part => one(part, all, settings));
  if (!sets.length) throw new SelectorError('bad', bare(word));
  return sets.reduce((found, next) => new Set([...found].filter(node => next.has(node))));
}

const SPEC = /^(@)?(?:(\d*)(\+))?((?:[a-z_.0-9]+:)?[^+@]+?)(?:(\+)(\d*))?$/is;

function one(part: string, all: Node[], settings?: Settings): Set<Node> {
  const match = SPEC.exec(part);
  if (!match) throw new SelectorError('bad', bare(part));
  const [, at, upDepth, up, body, down, downDepth] = match;
  if (at && up) throw new SelectorError('bad', bare(part));
  const colon = body.indexOf(':');
  const method = colon < 0 ? '' : body.slice(0, colon);
  const value = colon < 0 ? body : body.slice(colon + 1);
  const matches = matcher(method, value, settings);
  const found = new Set(all.filter(matches));
  const result = new Set(found);
  const add = (nodes: Iterable<Node>) => {
    for (const node of nodes) result.add(node);
  };
  const within = new Set(all);
  if (at) {
    // The descendants, and everything that they need.
    const below = new Set([...found, ...reach(found, 'children')]);
    add(below);
    // Tests are descendants, too.
    const tested = (settings?.tested ?? []).filter(list => list.some(node => below.has(node))).flat();
    add(tested);
    add(reach([...below, ...tested], 'parents'));
  }
  if (up) add(reach(found, 'parents', upDepth ? Number(upDepth) : Infinity));
  if (down) add(reach(found, 'children', downDepth ? Number(downDepth) : Infinity));
  return new Set([...result].filter(node => within.has(node)));
}

/** Makes a test of `*`, `?` and `[…]` patterns. */
function glob(pattern: string): (text: string) => boolean {
  if (!/[*?[]/.test(pattern)) {
    const literal = bare(pattern);
    return text => text === literal;
  }
  const source = pattern.replace(/[.+^${}()|\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.').replace(/\[!/g, '[^').replace(/[\ue000-\ue07f]/g, sign => `\\u{${(sign.charCodeAt(0) - PRIVATE).toString(16)}}`);
  try {
    const compiled = new RegExp(`^${source}$`, 'su');
    return text => compiled.test(text);
  } catch {
    throw new SelectorError('bad', bare(pattern));
  }
}

const nameWithoutVersion = (node: Node) => (node.kind === 'model' ? node.name.replace(/\.v[^.]+$/, '') : node.name);

/** The parts of a node's place, as dbt's fqn has them. */
const fqn = (node: Node) => [packageOf(node), ...node.folder.split('/').filter(Boolean), node.name];

function byName(value: string): (node: Node) => boolean {
  const matches = glob(value);
  const parts = value.split('.').map(glob);
  return node => {
    // Sources have a method of their own.
    if (node.kind === 'source') return false;
    if (matches(node.name) || matches(nameWithoutVersion(node))) return true;
    const place = fqn(node);
    const starts = (offset: number) => parts.length <= place.length - offset && parts.every((part, i) => part(place[i + offset]));
    return starts(0) || starts(1);
  };
}

/** dbt compares settings of folders and property files: a list has a value, an object a key. */
function bySetting(path: string, value: string, settings: Settings | undefined): (node: Node) => boolean {
  if (!settings) return () => false;
  const matches = glob(value);
  const wanted = bare(value).toLowerCase();
  return node => settings.of(node, path).some(one => matches(one) || (/^(true|false)$/.test(wanted) && one === (wanted === 'true' ? 'yes' : 'no')));
}

function matcher(method: string, value: string, settings?: Settings): (node: Node) => boolean {
  const matches = glob(value);
  const text = bare(value);
  switch (method) {
    case '':
      if (/[\\/]/.test(value) || /\.(sql|py|csv|ya?ml)$/.test(value)) return matcher('path', value);
      return byName(value);
    case 'fqn':
      return byName(value);
    case 'tag':
      return node => node.tags.some(matches);
    case 'path': {
      const prefix = value.replace(/^\.\//, '').replace(/\/$/, '');
      const [itself, within] = [glob(prefix), glob(`${prefix}/*`)];
      return node => !!node.path && (itself(node.path) || within(node.path));
    }
    case 'file':
      return node => {
        const file = node.path?.split('/').pop() ?? '';
        return matches(file) || matches(file.replace(/\.[^.]+$/, ''));
      };
    case 'source': {
      const [source, table] = value.split('.').map(glob);
      return node => node.kind === 'source' && source(node.folder) && (!table || table(node.name));
    }
    case 'exposure':
    case 'metric':
    case 'semantic_model':
    case 'saved_query':
    case 'function':
      return node => node.kind === method && matches(node.name);
    case 'resource_type':
      return node => node.kind === text || text === 'all';
    case 'package':
      return node => matches(packageOf(node)) || (text === 'this' && !node.package);
    case 'group':
      return node => !!node.group && matches(node.group);
    case 'access':
      return node => node.access === text;
    case 'version':
      return byVersion(text, settings);
    case 'state':
      if (text === 'new') return node => node.change === 'added';
      if (text === 'modified') return node => node.change === 'added' || node.change === 'modified';
      if (text === 'old') return node => node.change !== 'added';
      if (text === 'unmodified') return node => node.change !== 'added' && node.change !== 'modified';
      throw new SelectorError('bad', `state:${text}`);
    case 'result':
      return node => node.status === text || verdict(node) === text;
    case 'source_status':
      return node => node.kind === 'source' && node.freshness === (text === 'fresher' ? 'pass' : text);
    default:
      if (method.startsWith('config.')) return bySetting(method.slice('config.'.length), value, settings);
      throw new SelectorError('unknown', method);
  }
}

/** Versions are told from the latest by their numbers, or else by their names. */
function byVersion(which: string, settings: Settings | undefined): (node: Node) => boolean {
  if (!['latest', 'prerelease', 'old', 'none'].includes(which)) throw new SelectorError('bad', `version:${which}`);
  const first = (node: Node, key: string) => settings?.of(node, key)[0];
  return node => {
    if (node.kind !== 'model') return false;
    const [own, latest] = [first(node, 'version'), first(node, 'latest_version')];
    if (own === undefined || latest === undefined) return which === 'none';
    if (own === latest) return which === 'latest';
    const [a, b] = [Number(own), Number(latest)];
    const isOld = Number.isNaN(a) || Number.isNaN(b) ? own < latest : a < b;
    return which === (isOld ? 'old' : 'prerelease');
  };
}

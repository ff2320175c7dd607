// dbt's selector syntax, for the box above the graph.

import { packageOf, reach, verdict, type Node } from './nodes';

export class SelectorError extends Error {
  constructor(readonly what: 'bad' | 'unknown', text: string) {
    super(text);
  }
}

/** The nodes that a selection means: `+mart tag:x,path:y --exclude z`. */
export function select(text: string, all: Node[]): Set<Node> {
  const chosen = new Set<Node>();
  const excluded = new Set<Node>();
  let into = chosen;
  let given = false;
  for (const word of text.trim().split(/\s+/)) {
    if (word === '--select' || word === '-s') into = chosen;
    else if (word === '--exclude') into = excluded;
    else if (word) {
      given ||= into === chosen;
      for (const node of intersection(word, all)) into.add(node);
    }
  }
  const base = given ? chosen : new Set(all);
  for (const node of excluded) base.delete(node);
  return base;
}

function intersection(word: string, all: Node[]): Set<Node> {
  const sets = word.split(',').filter(Boolean).map(part => one(part, all));
  if (!sets.length) throw new SelectorError('bad', word);
  return sets.reduce((found, next) => new Set([...found].filter(node => next.has(node))));
}

const SPEC = /^(@)?(?:(\d*)(\+))?((?:[a-z_.0-9]+:)?[^+@]+?)(?:(\+)(\d*))?$/i;

function one(part: string, all: Node[]): Set<Node> {
  const match = SPEC.exec(part);
  if (!match) throw new SelectorError('bad', part);
  const [, at, upDepth, up, body, down, downDepth] = match;
  const colon = body.indexOf(':');
  const method = colon < 0 ? '' : body.slice(0, colon);
  const value = colon < 0 ? body : body.slice(colon + 1);
  const matches = matcher(method, value);
  const found = new Set(all.filter(matches));
  const result = new Set(found);
  const add = (nodes: Iterable<Node>) => {
    for (const node of nodes) result.add(node);
  };
  const within = new Set(all);
  if (at) {
    // The descendants, and everything that they need.
    const below = reach(found, 'children');
    add(below);
    add(reach([...found, ...below], 'parents'));
  }
  if (up) add(reach(found, 'parents', upDepth ? Number(upDepth) : Infinity));
  if (down) add(reach(found, 'children', downDepth ? Number(downDepth) : Infinity));
  return new Set([...result].filter(node => within.has(node)));
}

/** Makes a test of `*`, `?` and `[…]` patterns. */
function glob(pattern: string): (text: string) => boolean {
  if (!/[*?[]/.test(pattern)) return text => text === pattern;
  const source = pattern.replace(/[.+^${}()|\\]/g, '\\$&').replace(/\*/g, '.*').replace(/\?/g, '.').replace(/\[!/g, '[^');
  try {
    const compiled = new RegExp(`^${source}$`, 's');
    return text => compiled.test(text);
  } catch {
    throw new SelectorError('bad', pattern);
  }
}

const nameWithoutVersion = (node: Node) => node.name.replace(/\.v[^.]+$/, '');

/** The parts of a node's place, as dbt's fqn has them. */
const fqn = (node: Node) => [packageOf(node), ...node.folder.split('/').filter(Boolean), node.name];

function byName(value: string): (node: Node) => boolean {
  const matches = glob(value);
  const parts = value.split('.').map(glob);
  return node => {
    if (matches(node.name) || matches(nameWithoutVersion(node))) return true;
    const place = fqn(node);
    const starts = (offset: number) => parts.length <= place.length - offset && parts.every((part, i) => part(place[i + offset]));
    return starts(0) || starts(1);
  };
}

function matcher(method: string, value: string): (node: Node) => boolean {
  const matches = glob(value);
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
      const within = glob(`${prefix}/*`);
      return node => !!node.path && (glob(prefix)(node.path) || within(node.path));
    }
    case 'file':
      return node => {
        const file = node.path?.split('/').pop() ?? '';
        return matches(file) || matches(file.replace(/\.[^.]+$/, ''));
      };
    case 'source': {
      const [source, table] = value.split('.');
      return node => node.kind === 'source' && (value === '*' || (glob(source)(node.folder) && (!table || glob(table)(node.name))));
    }
    case 'exposure':
    case 'metric':
    case 'semantic_model':
    case 'saved_query':
    case 'function':
      return node => node.kind === method && (matches(node.name) || value === '*');
    case 'resource_type':
      return node => node.kind === value;
    case 'package':
      return node => matches(packageOf(node)) || (value === 'this' && !node.package);
    case 'group':
      return node => !!node.group && matches(node.group);
    case 'access':
      return node => node.access === value;
    case 'config.materialized':
      return node => !!node.materialized && matches(node.materialized);
    case 'config.tags':
      return node => node.tags.some(matches);
    case 'config.group':
      return node => !!node.group && matches(node.group);
    case 'state':
      if (value === 'new') return node => node.change === 'added';
      if (value === 'modified') return node => node.change === 'added' || node.change === 'modified';
      if (value === 'old') return node => node.change !== 'added';
      if (value === 'unmodified') return node => node.change !== 'added' && node.change !== 'modified';
      throw new SelectorError('bad', `state:${value}`);
    case 'result':
      return node => node.status === value || verdict(node) === value;
    case 'source_status':
      return node => node.kind === 'source' && node.freshness === (value === 'fresher' ? 'pass' : value);
    default:
      throw new SelectorError('unknown', method);
  }
}

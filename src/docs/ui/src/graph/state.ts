// The state of the lineage page, as its address has it, and the nodes that it shows.

import { between, drawn, nodeOf, reach, removed, type Node } from '../data/nodes';
import { select, SelectorError } from '../data/select';
import type { Settings } from '../data/settings';
import { change, divided, joined, type Route } from '../router';
import { words } from '../strings';
import type { Grouping } from './lanes';
import { LENSES, type Lens } from './lens';
import type { View } from './paint';

export interface State {
  select: string;
  focus?: Node;
  up: number;
  down: number;
  path?: [Node, Node];
  lens: Lens;
  group: Grouping;
  /** The groups that are collapsed; `*` for all but those in `expanded`. */
  closed: Set<string>;
  expanded: Set<string>;
  table: boolean;
  /** The key of the box that is picked. */
  pick: string;
  /** The nodes that are opened into their columns. */
  open: Set<string>;
  /** The column that is followed. */
  column?: { node: Node; name: string };
  view?: View;
}

/** With more nodes than this, groups start collapsed. */
const MANY = 400;
const GROUPINGS: Grouping[] = ['', 'folder', 'tag', 'layer', 'package', 'group'];

export function stateOf({ query }: Route): State {
  const depth = (key: string) => {
    const text = query.get(key);
    return text === 'all' ? Infinity : Math.max(0, Number.parseInt(text ?? '2', 10) || 0);
  };
  const names = (key: string) => new Set(divided(query.get(key)));
  const [path] = cuts(query.get('path') ?? '', '..').flatMap(([a, b]): [Node, Node][] => {
    const [from, to] = [nodeOf(a), nodeOf(b)];
    return from && to ? [[from, to]] : [];
  });
  const [column] = cuts(query.get('column') ?? '', '::').flatMap(([id, name]) => {
    const node = nodeOf(id);
    return node ? [{ node, name }] : [];
  });
  const view = query.get('at')?.split(',').map(Number);
  const group = GROUPINGS.find(one => one === query.get('group')) ?? '';
  return {
    select: query.get('select') ?? '',
    focus: nodeOf(query.get('focus')),
    up: depth('up'),
    down: depth('down'),
    path,
    lens: LENSES.find(lens => lens === query.get('color')) ?? 'layer',
    group,
    closed: query.has('closed') ? names('closed') : new Set(group && drawn.length > MANY ? [ALL] : []),
    expanded: names('expanded'),
    table: query.get('view') === 'table',
    pick: query.get('pick') ?? '',
    open: names('open'),
    column,
    view: view?.length === 3 && view.every(Number.isFinite) ? { x: view[0], y: view[1], k: Math.max(0.01, Math.min(2.5, view[2])) } : undefined,
  };
}

/** Every way to cut a text in two at a mark: names may have it in them. */
function cuts(text: string, mark: string): [string, string][] {
  const found: [string, string][] = [];
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + 1)) found.push([text.slice(0, at), text.slice(at + mark.length)]);
  return found;
}

/** All groups, and none; a group's own name is told from them by a sign before it. */
export const [ALL, NONE] = ['*', '-'];
const keyOf = (group: string) => `.${group}`;

export const isClosed = (state: State, name: string) => (state.closed.has(ALL) ? !state.expanded.has(keyOf(name)) : state.closed.has(keyOf(name)));

/** Collapses or expands a group. */
export function toggleLane(state: State, name: string): void {
  const flip = (set: Set<string>) => {
    const next = new Set(set);
    next.delete(NONE);
    if (!next.delete(keyOf(name))) next.add(keyOf(name));
    return joined(next);
  };
  if (state.closed.has(ALL)) change({ closed: ALL, expanded: flip(state.expanded), at: undefined });
  else change({ closed: flip(state.closed) || NONE, expanded: undefined, at: undefined });
}

export interface Shown { nodes: Set<Node>; said: string; problem?: string }

/** The nodes that a state shows, and what is said of them. */
export function shown(state: State, settings?: Settings): Shown {
  const found = present(state, settings);
  if (state.lens !== 'change' || state.path) return found;
  // What is gone stands beside what it was connected with.
  const nodes = new Set(found.nodes);
  for (let before = -1; before < nodes.size; ) {
    before = nodes.size;
    for (const gone of removed) {
      if (found.nodes.size === drawn.length || [...gone.parents, ...gone.children].some(other => nodes.has(other))) nodes.add(gone);
    }
  }
  const more = nodes.size - found.nodes.size;
  return more ? { ...found, nodes, said: `${found.said}, ${words.graph.removed(more)}` } : found;
}

function present(state: State, settings?: Settings): Shown {
  const g = words.graph;
  const all = drawn.length;
  const some = (nodes: Set<Node>, said = g.some(nodes.size, all)): Shown => ({ nodes, said });
  if (state.path) {
    const [from, to] = state.path;
    let nodes = between(from, to);
    if (!nodes.size) nodes = between(to, from);
    if (!nodes.size) return { nodes: new Set([from, to]), said: g.noPath(from.name, to.name) };
    return some(nodes, `${g.pathOf(from.name, to.name)} · ${g.some(nodes.size, all)}`);
  }
  let nodes = new Set(drawn);
  let problem: string | undefined;
  if (state.select) {
    try {
      nodes = select(state.select, drawn, settings);
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      problem = error.what === 'bad' ? g.selectorBad(error.message) : g.selectorUnknown(error.message);
    }
  }
  if (state.focus) {
    const around = new Set([state.focus, ...reach([state.focus], 'parents', state.up), ...reach([state.focus], 'children', state.down)]);
    nodes = state.select && !problem ? new Set([...around].filter(node => nodes.has(node) || node === state.focus)) : around;
    return { ...some(nodes, `${g.focusOn(state.focus.name)} · ${g.some(nodes.size, all)}`), problem };
  }
  return { nodes, said: nodes.size === all ? g.everything(all) : g.some(nodes.size, all), problem };
}

/** The address of a node's lineage: all of it as long as that is easy to read. */
export function lineageOf(node: Node): string {
  const around = reach([node], 'parents').size + reach([node], 'children').size;
  const depth = around <= 60 ? 'all' : '2';
  return `#/lineage?focus=${encodeURIComponent(node.id)}&up=${depth}&down=${depth}`;
}

export const columnAddress = (node: Node, column: string) => `#/lineage?column=${encodeURIComponent(`${node.id}::${column}`)}`;

// The nodes as objects that know their neighbours.

import type { Code, Detail, Entry, Tally, Test } from '../payload';
import type { Tone } from '../strings';
import { all, index, item } from './parts';

export interface Node extends Entry {
  i: number;
  parents: Node[];
  children: Node[];
  folder: string;
  tags: string[];
  tests: Tally;
  /** Where it would stand, for a node that is gone: its column and its height. */
  place?: [column: number, y: number];
}

export const project = index.project;

export const nodes: Node[] = index.nodes.map((entry, i) => ({
  ...entry,
  i,
  parents: [],
  children: [],
  folder: entry.folder ?? '',
  tags: entry.tags ?? [],
  tests: entry.tests ?? { pass: 0, warn: 0, fail: 0, open: 0 },
}));

for (let e = 0; e < index.edges.length; e += 2) {
  const from = nodes[index.edges[e]];
  const to = nodes[index.edges[e + 1]];
  from.children.push(to);
  to.parents.push(from);
}

/** The nodes of the graph. */
export const drawn = nodes.slice(0, index.drawn);
export const macros = nodes.slice(index.drawn);
/** What has a page of its own and is listed. */
export const listed = nodes.filter(node => !node.hidden);
export const trunks = new Map(index.trunks);
export const blocks = index.blocks ?? [];
export const groups = index.groups ?? [];

const byId = new Map(nodes.map(node => [node.id, node]));
export const nodeOf = (id: string | null | undefined) => (id ? byId.get(id) : undefined);

export const detailOf = async (node: Node): Promise<Detail> => (await item<Detail>('detail', node.i)) ?? {};
export const codeOf = async (node: Node): Promise<Code> => (await item<Code>('code', node.i)) ?? {};

let tests: Promise<Test[]> | undefined;
export const allTests = () => (tests ??= all<Test>('tests'));

let testsByNode: Promise<Map<number, Test[]>> | undefined;
/** The tests about a node, not those that merely read it. */
export async function testsOf(node: Node): Promise<Test[]> {
  testsByNode ??= allTests().then(list => {
    const found = new Map<number, Test[]>();
    for (const test of list) {
      const about = !test.question && test.kind === 'test' ? (test.checks ?? []) : (test.checks ?? []).slice(0, 1);
      for (const i of about) {
        if (!found.has(i)) found.set(i, []);
        found.get(i)!.push(test);
      }
    }
    return found;
  });
  return (await testsByNode).get(node.i) ?? [];
}

export const titleOf = (node: Node) => node.label || node.name;
export const packageOf = (node: Node) => node.package ?? project.name;
export const href = (node: Node) => `#/node/${encodeURIComponent(node.id)}`;

/** The nodes that an earlier state had, beside those that they were connected with. */
export const removed: Node[] = (index.removed ?? []).map(one => ({
  ...one,
  i: -1,
  parents: [],
  children: [],
  folder: '',
  tags: [],
  tests: { pass: 0, warn: 0, fail: 0, open: 0 },
  change: 'removed' as const,
}));
const removedById = new Map(removed.map(node => [node.id, node]));
(index.removed ?? []).forEach((one, r) => {
  const nodesOf = (ids: string[] = []) => ids.flatMap(id => removedById.get(id) ?? byId.get(id) ?? []);
  const node = removed[r];
  node.parents = nodesOf(one.parents);
  node.children = nodesOf(one.children);
  const at = (list: Node[], of: number[]) => list.flatMap(other => of[other.i] ?? []);
  const [before, after] = [at(node.parents, index.column), at(node.children, index.column)];
  const ys = [...at(node.parents, index.y), ...at(node.children, index.y)];
  // Between what it was made of and what was made of it.
  const column = after.length ? Math.min(...after) - 0.5 : Math.max(-0.5, ...before) + 0.5;
  node.place = [column, ys.reduce((sum, y) => sum + y, 0) / Math.max(1, ys.length)];
});

/** What a node's runs and tests say in one word. */
export function verdict(node: Node): Tone {
  const { pass, warn, fail } = node.tests;
  if (fail || node.status === 'error' || node.freshness === 'error') return 'fail';
  if (warn || node.freshness === 'warn') return 'warn';
  if (node.status === 'skipped') return 'skipped';
  if (pass || node.freshness === 'pass' || node.status === 'success') return 'pass';
  return 'none';
}

/** The nodes up to `depth` steps away, without the node itself. */
export function reach(from: Iterable<Node>, side: 'parents' | 'children', depth = Infinity): Set<Node> {
  const found = new Set<Node>(from);
  let edge = [...found];
  const start = new Set(edge);
  for (let step = 0; step < depth && edge.length; step++) {
    const next: Node[] = [];
    for (const node of edge) {
      for (const other of node[side]) {
        if (found.has(other)) continue;
        found.add(other);
        next.push(other);
      }
    }
    edge = next;
  }
  for (const node of start) found.delete(node);
  return found;
}

/** All nodes on the paths from one node to another. */
export function between(from: Node, to: Node): Set<Node> {
  const down = reach([from], 'children').add(from);
  const up = reach([to], 'parents').add(to);
  return new Set([...down].filter(node => up.has(node)));
}

// Where columns come from and where they go.

import type { NodeLineage } from '../payload';
import { nodes, type Node } from './nodes';
import { all } from './parts';

export interface ColumnAt { node: Node; column: string }
export interface ColumnStep { from: ColumnAt; to: ColumnAt; kind: string; expression?: string; lines?: number[] }

/** Kinds of edges that decide about rows and are no value. */
export const DECIDES = new Set(['filter', 'join_key', 'group_key', 'order', 'window']);

export const columnKey = (node: Node, column: string) => `${node.i} ${column.toLowerCase()}`;

export interface Lineage {
  /** What a column is made of. */
  into(node: Node, column: string): ColumnStep[];
  /** What is made of a column. */
  outOf(node: Node, column: string): ColumnStep[];
  /** What decides about a node's rows, and so goes into every column. */
  rowsOf(node: Node): RowInput[];
  /** Why it is not wholly known where a column comes from. */
  gapOf(node: Node, column: string): string | undefined;
}

/** A column that rows are kept, joined, grouped or ordered by. */
export interface RowInput { node: Node; column: string; kind: string; expression?: string; lines?: number[] }

let read: Promise<Lineage> | undefined;
export function lineage(): Promise<Lineage> {
  read ??= all<NodeLineage | null>('lineage').then(index);
  return read;
}

function index(found: (NodeLineage | null)[]): Lineage {
  const into = new Map<string, ColumnStep[]>();
  const outOf = new Map<string, ColumnStep[]>();
  const gaps = new Map<string, string>();
  const push = (map: Map<string, ColumnStep[]>, key: string, step: ColumnStep) => {
    const list = map.get(key);
    if (list) list.push(step);
    else map.set(key, [step]);
  };
  found.forEach((one, i) => {
    for (const { column, expression, from, gap } of one?.lineage ?? []) {
      const to = { node: nodes[i], column: one!.columns[column] };
      if (gap) gaps.set(columnKey(to.node, to.column), gap);
      for (const input of from) {
        const step: ColumnStep = { from: { node: nodes[input.node], column: input.column }, to, kind: input.kind, expression: input.expression ?? (DECIDES.has(input.kind) ? undefined : expression), lines: input.lines };
        push(into, columnKey(to.node, to.column), step);
        push(outOf, columnKey(step.from.node, input.column), step);
      }
    }
  });
  return {
    into: (node, column) => into.get(columnKey(node, column)) ?? [],
    outOf: (node, column) => outOf.get(columnKey(node, column)) ?? [],
    rowsOf: node => (found[node.i]?.rows ?? []).map(input => ({ ...input, node: nodes[input.node] })),
    gapOf: (node, column) => gaps.get(columnKey(node, column)),
  };
}

export interface Trace {
  lineage: Lineage;
  /** The columns on the way, by node, in the order found. */
  columns: Map<Node, string[]>;
  steps: ColumnStep[];
  up: number;
  down: number;
}

/** Follows a column to its sources and to its uses. */
export function trace(lineage: Lineage, node: Node, column: string): Trace {
  const columns = new Map<Node, string[]>();
  const seen = new Set<string>();
  const steps: ColumnStep[] = [];
  const note = (at: ColumnAt): boolean => {
    const key = columnKey(at.node, at.column);
    if (seen.has(key)) return false;
    seen.add(key);
    const list = columns.get(at.node);
    if (list) list.push(at.column);
    else columns.set(at.node, [at.column]);
    return true;
  };
  const start = { node, column };
  note(start);
  const walk = (next: (at: ColumnAt) => ColumnStep[], end: 'from' | 'to'): number => {
    let edge = [start];
    let found = 0;
    // The start is gone through once for each way, whatever was seen before.
    while (edge.length) {
      const further: ColumnAt[] = [];
      for (const at of edge) {
        for (const step of next(at)) {
          steps.push(step);
          if (!note(step[end])) continue;
          found++;
          further.push(step[end]);
        }
      }
      edge = further;
    }
    return found;
  };
  const up = walk(at => lineage.into(at.node, at.column), 'from');
  const down = walk(at => lineage.outOf(at.node, at.column), 'to');
  // An exposure reads a node as a whole: what ends there ends with the reader.
  for (const [end] of [...columns]) {
    for (const child of end.children) {
      if (child.kind === 'exposure' && !columns.has(child)) columns.set(child, []);
    }
  }
  return { lineage, columns, steps, up, down };
}

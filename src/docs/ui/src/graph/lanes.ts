// Places nodes in bands, one for each folder, tag or the like. A band that is collapsed
// holds one box in place of its nodes.

import { packageOf, type Node } from '../data/nodes';
import { LAYERS } from '../strings';
import { connect, finish, groupBox, nodeBox, order, rank, SIZE, type Box, type BoxColumn, type Lane, type Scene } from './scene';

export type Grouping = '' | 'folder' | 'tag' | 'layer' | 'package' | 'group';

/** The group that a node belongs to; an empty name where it has none. */
export function groupOf(node: Node, by: Grouping): string {
  switch (by) {
    case 'folder':
      return node.folder;
    case 'tag':
      return node.tags[0] ?? '';
    case 'layer':
      return LAYERS[node.layer];
    case 'package':
      return packageOf(node);
    case 'group':
      return node.group ?? '';
    default:
      return '';
  }
}

const PADDING = 14;

export function laneScene(nodes: Node[], by: Grouping, closed: (name: string) => boolean, columnsOf: (node: Node) => BoxColumn[] | undefined): Scene {
  const groups = new Map<string, Node[]>();
  for (const node of nodes) {
    const name = groupOf(node, by);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name)!.push(node);
  }
  // Bands follow each other as the data flows.
  const mean = (list: Node[]) => list.reduce((sum, node) => sum + rank(node), 0) / list.length;
  const sorted = [...groups].sort((a, b) => mean(a[1]) - mean(b[1]) || (a[0] < b[0] ? -1 : 1));

  // Columns without a node in sight are skipped.
  const used = [...new Set(nodes.map(rank))].sort((a, b) => a - b);
  const columnOf = new Map(used.map((column, i) => [column, i]));

  const boxes: Box[] = [];
  const lanes: Lane[] = [];
  let y = 0;
  for (const [name, members] of sorted) {
    const isClosed = closed(name);
    const own = isClosed ? [groupBox(name, members)] : members.map(node => nodeBox(node, columnsOf(node)));
    const heights: number[] = [];
    const top = y + PADDING + 18;
    own.sort((a, b) => order(a.node ?? members[0]) - order(b.node ?? members[0]));
    for (const box of own) {
      const node = box.node ?? members.reduce((first, other) => (rank(other) < rank(first) ? other : first));
      box.column = columnOf.get(rank(node))!;
      box.y = top + (heights[box.column] ?? 0);
      heights[box.column] = (heights[box.column] ?? 0) + box.h + SIZE.row;
      boxes.push(box);
    }
    const height = Math.max(...heights.filter(Boolean)) - SIZE.row + 2 * PADDING + 18;
    lanes.push({ name, y, h: height, size: members.length, closed: isClosed });
    y += height + 10;
  }
  return finish(boxes, connect(boxes), lanes);
}

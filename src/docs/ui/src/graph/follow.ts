// Scenes in which columns are seen.

import { definitionOf } from '../data/definition';
import { codeOf, detailOf, type Node } from '../data/nodes';
import { columnKey, lineage, trace, type Lineage, type Trace } from '../data/columns';
import { arrange } from './arrange';
import { nodeBox, type BoxColumn, type Scene } from './scene';

/** Between boxes, for what edges say. */
const ROOM = 196;

/** Of more nodes the SQL is not read for their expressions. */
const MOST_READ = 100;

/** The scene of one column: the nodes that it passes, opened to what takes part. */
export async function followed(node: Node, column: string): Promise<{ scene: Scene; trace: Trace }> {
  const found = trace(await lineage(), node, column);
  const boxes = [];
  for (const [one, names] of found.columns) {
    const detail = await detailOf(one);
    const code = found.columns.size <= MOST_READ ? await codeOf(one) : undefined;
    const sql = code?.language === 'python' ? '' : (code?.compiled ?? '');
    const known = new Map((detail.columns ?? []).map(c => [c.name.toLowerCase(), c]));
    const columns = names.map((name): BoxColumn => {
      const about = known.get(name.toLowerCase());
      const expression = sql ? definitionOf(sql, name).expression : undefined;
      return { name: about?.name ?? name, expression, type: about?.type, phi: about?.phi?.[0].form, mark: one === node && name.toLowerCase() === column.toLowerCase() };
    });
    boxes.push(nodeBox(one, columns));
  }
  const scene = arrange(boxes, undefined, ROOM);
  for (const step of found.steps) addEdge(scene, step.from.node, step.from.column, step.to.node, step.to.column, step.kind, step.expression);
  return { scene, trace: found };
}

function addEdge(scene: Scene, from: Node, fromName: string, to: Node, toName: string, kind: string, expression?: string): void {
  const [a, b] = [scene.byKey.get(from.id), scene.byKey.get(to.id)];
  if (!a || !b) return;
  const at = (columns: BoxColumn[] | undefined, name: string) => columns?.findIndex(column => column.name.toLowerCase() === name.toLowerCase()) ?? -1;
  const [fromColumn, toColumn] = [at(a.columns, fromName), at(b.columns, toName)];
  if (fromColumn < 0 || toColumn < 0) return;
  scene.columnEdges.push({ from: a, fromColumn, to: b, toColumn, kind, expression });
}

/** The columns of opened nodes, by node. */
export async function columnsOf(opened: Node[]): Promise<Map<Node, BoxColumn[]>> {
  const found = new Map<Node, BoxColumn[]>();
  for (const node of opened) {
    const detail = await detailOf(node);
    found.set(node, (detail.columns ?? []).map(column => ({ name: column.name, type: column.type, phi: column.phi?.[0].form })));
  }
  return found;
}

/** Draws the edges between the columns of opened boxes. */
export function connectColumns(scene: Scene, lineage: Lineage): void {
  const seen = new Set<string>();
  for (const box of scene.boxes) {
    for (const column of box.columns ?? []) {
      for (const step of lineage.into(box.node!, column.name)) {
        const key = `${columnKey(step.from.node, step.from.column)} ${columnKey(box.node!, column.name)}`;
        if (seen.has(key)) continue;
        seen.add(key);
        addEdge(scene, step.from.node, step.from.column, box.node!, column.name, step.kind, step.expression);
      }
    }
  }
}

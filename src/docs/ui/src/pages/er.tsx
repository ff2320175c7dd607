// The tables and how they refer to each other, as the relationships tests say.

import { useMemo } from 'preact/hooks';
import { allTests, href, nodes, titleOf, type Node } from '../data/nodes';
import { arrange } from '../graph/arrange';
import { columnY, nodeBox, rank, SIZE, type Box, type Scene } from '../graph/scene';
import { useAsync } from '../parts/hooks';
import { PagedTable } from '../parts/table';
import type { Test } from '../payload';
import { change, route } from '../router';
import { count, words } from '../strings';

const w = words.er;
/** More tables than this are too many to look at: one of them is chosen first. */
const MOST = 60;

interface Relation { from: Node; column: string; to: Node; toColumn: string; test: Test }

function relationsIn(tests: Test[]): Relation[] {
  const seen = new Set<string>();
  return tests.flatMap(test => {
    const [from, to] = [nodes[test.checks?.[0] ?? -1], nodes[test.refers?.[0] ?? -1]];
    if (!from || !to || !test.column) return [];
    const relation = { from, column: test.column, to, toColumn: test.refers![1], test };
    const key = `${from.i} ${test.column} ${to.i} ${relation.toColumn}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [relation];
  });
}

/** The tables with the columns that relate them, the ones referred to at the left. */
function sceneOf(relations: Relation[]): Scene {
  const columns = new Map<Node, Set<string>>();
  const note = (node: Node, column: string) => {
    if (!columns.has(node)) columns.set(node, new Set());
    columns.get(node)!.add(column);
  };
  for (const { from, column, to, toColumn } of relations) {
    note(to, toColumn);
    note(from, column);
  }
  const boxes = [...columns].map(([node, names]) => nodeBox(node, [...names].map(name => ({ name }))));
  const byKey = new Map(boxes.map(box => [box.key, box]));
  for (const { from, to } of relations) {
    const [a, b] = [byKey.get(to.id)!, byKey.get(from.id)!];
    // Edges of the layout lead one way, whatever refers to what; a table may refer to itself.
    const [left, right] = rank(to) < rank(from) || (rank(to) === rank(from) && to.i < from.i) ? [a, b] : [b, a];
    if (left === right || left.out.includes(right)) continue;
    left.out.push(right);
    right.in.push(left);
  }
  return arrange(boxes, byKey);
}

export function RelationsPage() {
  const tests = useAsync(allTests, []);
  const around = route.value.query.get('around') ?? '';
  const all = useMemo(() => (tests ? relationsIn(tests) : []), [tests]);
  const tables = useMemo(() => [...new Set(all.flatMap(one => [one.from, one.to]))].sort((a, b) => (a.name < b.name ? -1 : 1)), [all]);
  const chosen = around || (tables.length > MOST ? tables[0]?.id : '');
  const shown = chosen ? all.filter(one => one.from.id === chosen || one.to.id === chosen) : all;
  if (!tests) return <p class="quiet loading">{words.loading}</p>;
  return (
    <div class="page wide">
      <h1 tabIndex={-1}>{w.title}</h1>
      <p class="lead">{all.length ? w.lead : w.empty}</p>
      {all.length > 0 && (
        <>
          <div class="filters">
            <label class="control">
              <span>{w.around}</span>
              <select value={chosen} onChange={event => change({ around: event.currentTarget.value })}>
                {tables.length <= MOST && <option value="">{w.all}</option>}
                {tables.map(table => <option key={table.i} value={table.id}>{table.name}</option>)}
              </select>
            </label>
            <span class="quiet">{count(tables.length, 'table')}, {count(all.length, 'relation')}</span>
          </div>
          <Diagram relations={shown} />
          <PagedTable
            label={w.title}
            head={[w.table.from, w.table.column, w.table.to, w.table.toColumn]}
            rows={shown}
            row={one => (
              <tr key={one.test.id}>
                <th scope="row"><a href={href(one.from)}>{titleOf(one.from)}</a></th>
                <td><code>{one.column}</code></td>
                <td><a href={href(one.to)}>{titleOf(one.to)}</a></td>
                <td><code>{one.toColumn}</code></td>
              </tr>
            )}
          />
        </>
      )}
    </div>
  );
}

function Diagram({ relations }: { relations: Relation[] }) {
  const scene = useMemo(() => sceneOf(relations), [relations]);
  const { left, top, right, bottom } = scene.bounds;
  const pad = 40;
  const at = (box: Box, name: string) => columnY(box, Math.max(0, box.columns!.findIndex(column => column.name === name)));
  return (
    <div class="diagram" tabIndex={0} role="group" aria-label={w.label}>
      <svg viewBox={`${left - pad} ${top - pad} ${right - left + 2 * pad} ${bottom - top + 2 * pad}`} width={right - left + 2 * pad}>
        {relations.map(one => {
          const [a, b] = [scene.byKey.get(one.to.id)!, scene.byKey.get(one.from.id)!];
          return <Line key={one.test.id} scene={scene} one={a} many={b} y0={at(a, one.toColumn)} y1={at(b, one.column)} />;
        })}
        {scene.boxes.map(box => <Table key={box.key} box={box} />)}
      </svg>
    </div>
  );
}

/** From the one side, with a bar, to the many side, with a fork. */
function Line({ scene, one, many, y0, y1 }: { scene: Scene; one: Box; many: Box; y0: number; y1: number }) {
  const same = one.column === many.column;
  const forward = one.column < many.column;
  const x0 = forward || same ? one.x + one.w : one.x;
  const x1 = forward ? many.x : many.x + many.w;
  const d0 = forward || same ? 1 : -1;
  const d1 = forward ? -1 : 1;
  const way = same
    ? `M${x0} ${y0}C${x0 + 40} ${y0} ${x1 + 40} ${y1} ${x1} ${y1}`
    : forward ? between(scene, one, y0, many, y1) : between(scene, many, y1, one, y0);
  return (
    <g class="relation">
      <path d={way} />
      <path d={`M${x0 + d0 * 7} ${y0 - 5}V${y0 + 5}`} />
      <path d={`M${x1} ${y1 - 6}L${x1 + d1 * 11} ${y1}L${x1} ${y1 + 6}`} />
    </g>
  );
}

/** The way from a table to one at its right, beside those that stand between them. */
function between(scene: Scene, from: Box, y0: number, to: Box, y1: number): string {
  let [x, y] = [from.x + from.w, y0];
  let way = `M${x} ${y}`;
  const bend = (toX: number, toY: number) => {
    way += `C${(x + toX) / 2} ${y} ${(x + toX) / 2} ${toY} ${toX} ${toY}`;
    [x, y] = [toX, toY];
  };
  from.trunk.slice(0, to.column - from.column - 1).forEach((height, i) => {
    bend((from.column + 1 + i) * scene.step, height);
    x += SIZE.width;
    way += `H${x}`;
  });
  bend(to.x, y1);
  return way;
}

function Table({ box }: { box: Box }) {
  const clip = (text: string, most: number) => (text.length > most ? `${[...text].slice(0, most - 1).join('')}…` : text);
  return (
    <a href={href(box.node!)} class={`table-box layer-${box.node!.layer}`}>
      <g transform={`translate(${box.x} ${box.y})`}>
        <rect class="table-frame" width={box.w} height={box.h} rx="8" />
        <path class="table-head" d={`M8 0H${box.w - 8}a8 8 0 0 1 8 8V${SIZE.head - 12}H0V8a8 8 0 0 1 8 -8Z`} />
        <text class="table-name" x="14" y={(SIZE.head - 12) / 2} dominant-baseline="central">{clip(box.label, 28)}</text>
        {box.columns!.map((column, i) => <text key={column.name} x="14" y={columnY(box, i) - box.y} dominant-baseline="central">{clip(column.name, 30)}</text>)}
      </g>
    </a>
  );
}

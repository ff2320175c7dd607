// The lineage page: the graph with its controls, or the same as a table.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { drawn, href, nodeOf, project, reach, removed, titleOf, type Node } from '../data/nodes';
import { lineage } from '../data/columns';
import { needsSettings } from '../data/select';
import { settings } from '../data/settings';
import { useAsync } from '../parts/hooks';
import { change, go, joined, route } from '../router';
import { CHANGES, words } from '../strings';
import { repaint } from '../theme';
import { arrange } from './arrange';
import { colorsNow } from './colors';
import { columnsOf, connectColumns, followed } from './follow';
import { groupOf, laneScene } from './lanes';
import { Legend } from './legend';
import { Minimap } from './minimap';
import type { Look } from './paint';
import { ColumnPanel, NodePanel } from './panel';
import { kindOf } from './labels';
import { boxOf, endsOf, nodeBox, wholeScene, type Box, type BoxColumn, type ColumnEdge, type Scene } from './scene';
import { Stage, type Highlight } from './stage';
import { columnAddress, isClosed, shown, stateOf, toggleLane, type State } from './state';
import { EdgeTable, NodeTable } from './table';
import { Toolbar } from './toolbar';

const g = words.graph;
/** Below this zoom names cannot be read. */
const LEGIBLE = 0.32;
const READABLE = 0.6;
/** With more nodes than this, the graph is shown as it was shipped whenever that is possible. */
const MANY = 2000;
/** How far an arrow key with Shift moves the picture, in pixels. */
const STEP = 80;

const isGone = (node: Node) => node.change === 'removed';
const groupName = (box: Box) => box.key.slice('group:'.length);

export function LineagePage() {
  const state = stateOf(route.value);
  const wanting = needsSettings(state.select);
  const known = useAsync(async () => (wanting ? settings() : undefined), [wanting]);
  const reading = wanting && !known;
  const changes = state.lens === 'change';
  const { nodes, said, problem } = useMemo(() => shown(state, known), [state.select, known, state.focus, state.up, state.down, state.path?.[0], state.path?.[1], changes]);
  const follow = useAsync(async () => (state.column ? followed(state.column.node, state.column.name) : undefined), [state.column?.node, state.column?.name]);
  const openKey = joined([...state.open].sort());
  const opened = useAsync(async () => {
    const list = [...state.open].map(nodeOf).filter(node => !!node);
    return { columns: await columnsOf(list), lineage: project.lineage && list.length > 1 ? await lineage() : undefined };
  }, [openKey]);

  const closedKey = `${joined(state.closed)} ${joined(state.expanded)}`;
  const scene = useMemo(() => {
    if (state.column) return follow?.scene;
    if (!opened || reading) return undefined;
    return sceneOf(state, nodes, opened.columns, scene => opened.lineage && connectColumns(scene, opened.lineage));
  }, [nodes, reading, opened, follow, state.group, closedKey]);

  const title = state.column ? words.column.title(state.column.node.name, state.column.name) : state.focus ? `${words.lineage}: ${titleOf(state.focus)}` : words.lineage;
  const status = state.column ? (follow ? words.column.path(follow.trace.up, follow.trace.down) : words.loading) : reading ? words.loading : said;
  const list = state.column ? new Set(follow?.trace.columns.keys() ?? []) : nodes;
  return (
    <div class="lineage">
      <div class="lineage-head">
        <div class="lineage-title">
          <h1 tabIndex={-1}>{title}</h1>
          <p class="quiet" role="status">{problem ? <span class="problem">{problem}</span> : status}</p>
        </div>
        <Toolbar state={state} scene={scene} look={lookNow(state)} />
      </div>
      {state.table ? (
        <div class="lineage-tables">
          {!!scene?.columnEdges.length && <EdgeTable edges={scene.columnEdges} />}
          <NodeTable nodes={[...list]} state={state} />
        </div>
      ) : (
        scene && <Graph state={state} scene={scene} title={title} said={status} trace={follow?.trace} />
      )}
    </div>
  );
}

const lookNow = (state: State): Look => ({ lens: state.lens, colors: colorsNow(), focus: state.focus });

function sceneOf(state: State, nodes: Set<Node>, columns: Map<Node, BoxColumn[]>, connectTheirColumns: (scene: Scene) => void): Scene {
  const gone = removed.filter(node => nodes.has(node));
  const all = nodes.size - gone.length === drawn.length;
  const members = all && !gone.length ? drawn : [...drawn.filter(node => nodes.has(node)), ...gone];
  if (state.group) return laneScene(members, state.group, name => isClosed(state, name), node => columns.get(node));
  // Placing thousands anew takes longer than a reader waits.
  if (all && (!gone.length || drawn.length > MANY) && !members.some(node => columns.has(node))) return wholeScene(gone);
  const scene = arrange(members.map(node => nodeBox(node, columns.get(node))));
  connectTheirColumns(scene);
  return scene;
}

interface GraphProps {
  state: State;
  scene: Scene;
  title: string;
  said: string;
  trace?: import('../data/columns').Trace;
}

function Graph({ state, scene, title, said, trace }: GraphProps) {
  const ref = useRef<HTMLCanvasElement>(null);
  const [stage, setStage] = useState<Stage>();
  const [tip, setTip] = useState<{ box?: Box; edges: ColumnEdge[]; x: number; y: number }>();
  const [hovered, setHovered] = useState<Box>();
  const [pathFrom, setPathFrom] = useState<Node>();
  const latest = useRef({ state, scene, pathFrom });
  latest.current = { state, scene, pathFrom };
  const paints = repaint.value;
  const look = useMemo(() => lookNow(state), [state.lens, state.focus, paints]);

  useEffect(() => {
    const now = () => latest.current;
    const pick = (box: Box | undefined, shift: boolean) => {
      const { state, pathFrom } = now();
      if (!box) return change({ pick: undefined }, true);
      if (!box.node) return toggleLane(state, groupName(box));
      if (isGone(box.node)) return change({ pick: box.key }, true);
      if (pathFrom) {
        setPathFrom(undefined);
        return showPath(pathFrom, box.node);
      }
      if (shift) return focusOn(box.node, state);
      change({ pick: box.key }, true);
    };
    const made = new Stage(ref.current!, {
      hover(box, edges, x, y) {
        setTip(before => (box || edges.length ? { box, edges, x, y } : before && undefined));
        setHovered(box);
      },
      pick: (box, { shift }) => pick(box, shift),
      open: box => box.node && !isGone(box.node) && go(href(box.node)),
      lane: lane => toggleLane(now().state, lane.name),
      column: (box, column) => project.lineage && go(columnAddress(box.node!, box.columns![column].name)),
      moved({ x, y, k }) {
        told.current = `${Math.round(x)},${Math.round(y)},${Number(k.toFixed(4))}`;
        change({ at: told.current }, true);
      },
    });
    setStage(made);
    // For whoever measures: what is on the canvas cannot be found otherwise.
    (ref.current as unknown as { stage: Stage }).stage = made;
    return () => made.dispose();
  }, []);

  useEffect(() => {
    if (!stage) return;
    stage.set(scene, look);
  }, [stage, scene, look]);

  const shownScene = useRef<Scene | undefined>(undefined);
  /** The view that the stage has put into the address; another one has come with a link. */
  const told = useRef('');
  const at = route.value.query.get('at') ?? '';
  useEffect(() => {
    if (!stage) return;
    const linked = !!state.view && at !== told.current;
    if (shownScene.current === scene && !linked) return;
    shownScene.current = scene;
    stage.whenSized(() => {
      if (linked) {
        told.current = at;
        return stage.moveTo(state.view!);
      }
      stage.fit();
      const center = state.column?.node ?? state.focus;
      const box = center && boxOf(scene, center);
      if (!box) return;
      // What was asked for is seen with its name, although not everything around it is then.
      const least = state.column ? READABLE : LEGIBLE;
      if (stage.view.k < least) {
        stage.zoom(READABLE / stage.view.k);
        stage.show(box);
      } else if (scene.boxes.length > 60) stage.show(box, true);
    });
  }, [stage, scene, at]);

  const [slow, setSlow] = useState<Box>();
  useEffect(() => {
    // Passing over a box is not yet interest in it.
    const timer = setTimeout(() => setSlow(hovered), hovered ? 140 : 60);
    return () => clearTimeout(timer);
  }, [hovered]);
  const picked = scene.byKey.get(state.pick);
  const center = slow ?? picked;
  useEffect(() => stage?.setHighlight(center && !state.column ? highlightOf(center) : undefined), [stage, scene, center]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (!stage || event.ctrlKey || event.metaKey || event.altKey) return;
    const moves: Record<string, [number, number]> = { ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    if (event.shiftKey && moves[event.key]) {
      event.preventDefault();
      const [x, y] = moves[event.key];
      return stage.pan(x * STEP, y * STEP);
    }
    const next = keyed(event.key, scene, picked);
    if (next) {
      event.preventDefault();
      change({ pick: next.key }, true);
      stage.show(next);
      return;
    }
    const acts: Record<string, () => void> = {
      '+': () => stage.zoom(1.3),
      '=': () => stage.zoom(1.3),
      '-': () => stage.zoom(1 / 1.3),
      '0': () => stage.fit(),
      Escape: () => {
        if (pathFrom) setPathFrom(undefined);
        else if (state.column) change({ column: undefined, at: undefined });
        else change({ pick: undefined }, true);
      },
      Enter: () => {
        if (picked && !picked.node) return toggleLane(state, groupName(picked));
        if (!picked?.node || isGone(picked.node)) return;
        if (!pathFrom || pathFrom === picked.node) return go(href(picked.node));
        setPathFrom(undefined);
        showPath(pathFrom, picked.node);
      },
      f: () => picked?.node && !isGone(picked.node) && focusOn(picked.node, state),
      c: () => picked?.node && !isGone(picked.node) && toggleOpen(picked.node, state),
      x: () => picked && state.group && toggleLane(state, picked.node ? groupOf(picked.node, state.group) : groupName(picked)),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  const pickPath = (from: Node) => {
    setPathFrom(from);
    // Its end may be picked with the keys as well.
    ref.current!.focus();
  };
  const release = () => {
    change({ pick: undefined }, true);
    ref.current!.focus();
  };
  const about = picked && !picked.node ? g.collapsed(picked.label, picked.members!.length) : picked?.node ? `${picked.node.change ? `${CHANGES[picked.node.change]}: ` : ''}${titleOf(picked.node)}: ${g.upstream(reach([picked.node], 'parents').size)}, ${g.downstream(reach([picked.node], 'children').size)}` : '';
  return (
    <div class="lineage-body">
      <div class="stage">
        <canvas
          ref={ref}
          class="graph"
          tabIndex={0}
          role="application"
          aria-roledescription={g.role}
          aria-label={`${title}. ${said}. ${g.keys}`}
          data-boxes={scene.boxes.length}
          data-edges={scene.edges}
          onKeyDown={onKeyDown}
        />
        <p class="sr-only" role="status">{about}</p>
        {!scene.boxes.length && <p class="empty">{g.empty}</p>}
        {pathFrom && (
          <p class="banner" role="status">
            {g.pathPick(pathFrom.name)} <button type="button" onClick={() => setPathFrom(undefined)}>{g.cancel}</button>
          </p>
        )}
        {tip && <Tip {...tip} scene={scene} within={ref.current!} />}
        {stage && (scene.boxes.length > 12 || state.column) && <Minimap scene={scene} look={look} stage={stage} />}
        <div class="zoom" role="group" aria-label={g.zoom}>
          <button type="button" aria-label={g.zoomIn} title={`${g.zoomIn} (+)`} onClick={() => stage?.zoom(1.35)}>+</button>
          <button type="button" aria-label={g.zoomOut} title={`${g.zoomOut} (−)`} onClick={() => stage?.zoom(1 / 1.35)}>−</button>
          <button type="button" class="fit" title={`${g.fit} (0)`} onClick={() => stage?.fit()}>{g.fit}</button>
        </div>
        <Legend lens={state.lens} scene={scene} />
      </div>
      {state.column ? (
        <ColumnPanel node={state.column.node} column={state.column.name} trace={trace} />
      ) : (
        picked?.node && !isGone(picked.node) && <NodePanel node={picked.node} state={state} onClose={release} onPath={() => pickPath(picked.node!)} onFocus={() => focusOn(picked.node!, state)} onColumns={() => toggleOpen(picked.node!, state)} />
      )}
    </div>
  );
}

function showPath(from: Node, to: Node): void {
  change({ path: `${from.id}..${to.id}`, focus: undefined, column: undefined, at: undefined, pick: undefined });
}

function focusOn(node: Node, state: State): void {
  const keep = state.focus ? {} : { up: '2', down: '2' };
  change({ focus: node.id, path: undefined, at: undefined, ...keep });
}

/** Shows or hides a node's columns; a large graph is narrowed to what is around the node first. */
function toggleOpen(node: Node, state: State): void {
  const open = new Set(state.open);
  if (!open.delete(node.id)) open.add(node.id);
  const narrow = drawn.length > 300 && !state.focus && !state.select && !state.path ? { focus: node.id, up: '1', down: '1' } : {};
  change({ open: joined(open), at: undefined, ...narrow });
}

/** A box with all that leads to it and all that depends on it. */
function highlightOf(center: Box): Highlight {
  const boxes = new Set([center]);
  const edges: [Box, Box][] = [];
  for (const side of ['in', 'out'] as const) {
    const seen = new Set([center]);
    const stack = [center];
    while (stack.length) {
      const box = stack.pop()!;
      for (const other of box[side]) {
        edges.push(side === 'in' ? [other, box] : [box, other]);
        if (seen.has(other)) continue;
        seen.add(other);
        boxes.add(other);
        stack.push(other);
      }
    }
  }
  return { boxes, edges };
}

/** The box that an arrow key leads to. */
function keyed(key: string, scene: Scene, from: Box | undefined): Box | undefined {
  if (!['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown'].includes(key) || !scene.boxes.length) return undefined;
  const { boxes } = scene;
  if (!from) return boxes.reduce<Box | undefined>((best, box) => (!best || box.column < best.column || (box.column === best.column && box.y < best.y) ? box : best), undefined);
  const near = (list: Box[]) => list.reduce<Box | undefined>((best, box) => (!best || Math.abs(box.y - from.y) < Math.abs(best.y - from.y) ? box : best), undefined);
  switch (key) {
    case 'ArrowLeft':
      return near(from.in) ?? from;
    case 'ArrowRight':
      return near(from.out) ?? from;
    case 'ArrowUp':
      return near(boxes.filter(box => box.column === from.column && box.y < from.y)) ?? from;
    default:
      return near(boxes.filter(box => box.column === from.column && box.y > from.y)) ?? from;
  }
}

/** So many expressions or edges are told beside the mouse. */
const TOLD = 4;

interface TipProps { box?: Box; edges: ColumnEdge[]; x: number; y: number; scene: Scene; within: HTMLElement }

function Tip({ box, edges, x, y, scene, within }: TipProps) {
  const { clientWidth: w, clientHeight: h } = within;
  // It keeps to the side that has more room.
  const side = x > w / 2 ? { right: `${w - x + 14}px` } : { left: `${x + 14}px` };
  const height = y > h / 2 ? { bottom: `${h - y + 14}px` } : { top: `${y + 14}px` };
  const made = new Map(box?.columns?.length ? scene.columnEdges.filter(edge => edge.to === box && edge.expression).map(edge => [box.columns![edge.toColumn].name, edge.expression!]) : []);
  return (
    <div class="tip" style={{ ...side, ...height }} aria-hidden="true">
      {box && <strong>{box.label}</strong>}
      {box && <span class="quiet">{box.node ? box.node.id : g.members(box.members!.length)}</span>}
      {[...made].slice(0, TOLD).map(([column, expression]) => <code key={column}>{column} = {expression}</code>)}
      {edges.slice(0, TOLD).map((edge, i) => (
        <span key={i} class="tip-edge">{endsOf(edge)[0]} → {endsOf(edge)[1]} <span class="quiet">{kindOf(edge.kind)}</span>{edge.expression && <code>{edge.expression}</code>}</span>
      ))}
      {edges.length > TOLD && <span class="quiet">{words.more(edges.length - TOLD)}</span>}
    </div>
  );
}

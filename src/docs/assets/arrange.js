// Places the nodes of a part of the graph. The order from top to bottom starts as that of
// the whole graph, which was computed when the page was generated; here the gaps that the
// other nodes leave are closed.

const NODE = { width: 224, height: index.node_height, gap: 64, row: 14, line: 6 };

/**
 * Makes a drawing of each node's column and height, and the heights at which its long
 * edges pass through further columns.
 */
function drawingOf(members, columnOf, yOf, trunkOf) {
  const drawing = { nodes: members, x: new Map(), y: new Map(), column: new Map(), trunk: new Map() };
  let [columns, top, bottom] = [1, 0, 0];
  for (const node of members) {
    columns = Math.max(columns, columnOf(node) + 1);
    top = Math.min(top, yOf(node));
    bottom = Math.max(bottom, yOf(node));
  }
  // The more rows, the farther the columns are apart: edges that climb past hundreds of
  // nodes need room to be told apart.
  const gap = Math.max(NODE.gap, Math.min(2400, (bottom - top) / columns - NODE.width));
  drawing.gap = gap;
  drawing.step = NODE.width + gap;
  for (const node of members) {
    drawing.column.set(node, columnOf(node));
    drawing.x.set(node, columnOf(node) * drawing.step);
    drawing.y.set(node, yOf(node));
    drawing.trunk.set(node, trunkOf(node));
  }
  return drawing;
}

/** The drawing of the whole graph, as it was shipped. */
const wholeGraph = () => drawingOf(graphNodes, node => index.column[node.i], node => index.y[node.i], node => trunks.get(node.i) ?? []);

/** A drawing of some nodes and the edges between them. */
function partOfGraph(set) {
  const members = graphNodes.filter(node => set.has(node));
  const columnOf = columnsOf(members, set);

  // A slot is a node, or the line of a node's long edges passing through a column.
  const columns = [];
  const slotOf = new Map();
  const trunk = new Map();
  const place = (slot, column) => (columns[column] ??= []).push(slot);
  for (const node of members) {
    slotOf.set(node, { node, size: NODE.height, order: index.y[node.i], left: [], right: [] });
    place(slotOf.get(node), columnOf.get(node));
  }
  for (const node of members) {
    const children = node.children.filter(child => set.has(child));
    const far = Math.max(0, ...children.map(child => columnOf.get(child)));
    const lines = [];
    let before = slotOf.get(node);
    for (let column = columnOf.get(node) + 1; column < far; column++) {
      const beyond = children.filter(child => columnOf.get(child) > column);
      const order = (index.y[node.i] + beyond.reduce((sum, child) => sum + index.y[child.i], 0)) / (beyond.length + 1);
      const line = { size: NODE.line, order, left: [before], right: [] };
      before.right.push(line);
      place(line, column);
      lines.push(line);
      before = line;
    }
    trunk.set(node, lines);
    for (const child of children) {
      const from = lines[columnOf.get(child) - columnOf.get(node) - 2] ?? slotOf.get(node);
      from.right.push(slotOf.get(child));
      slotOf.get(child).left.push(from);
    }
  }

  for (const column of columns) column.sort((a, b) => a.order - b.order);
  untangle(columns);
  for (const column of columns) {
    let y = 0;
    column.forEach((slot, i) => {
      if (i) y += apart(column[i - 1], slot);
      slot.y = y;
    });
    column.forEach(slot => (slot.y -= y / 2));
  }
  for (let sweep = 0; sweep < 6; sweep++) {
    for (let c = 1; c < columns.length; c++) settle(columns[c], ['left']);
    for (let c = columns.length - 2; c >= 0; c--) settle(columns[c], ['right']);
  }
  for (let c = columns.length - 1; c >= 0; c--) settle(columns[c], ['left', 'right']);
  for (let c = 0; c < columns.length; c++) settle(columns[c], ['left', 'right']);
  return drawingOf(
    members,
    node => columnOf.get(node),
    node => Math.round(slotOf.get(node).y),
    node => trunk.get(node).map(line => Math.round(line.y)),
  );
}

/** The column of each node when only these are drawn: the longest path to it. */
function columnsOf(members, set) {
  const columnOf = new Map();
  const forward = [...members].sort((a, b) => index.column[a.i] - index.column[b.i]);
  for (const node of forward) {
    columnOf.set(node, Math.max(-1, ...node.parents.filter(parent => set.has(parent)).map(parent => columnOf.get(parent))) + 1);
  }
  // What starts here for want of its own parents stands beside its first user; sources
  // stay at the left, where the data comes from.
  for (const node of members) {
    const children = node.children.filter(child => set.has(child));
    const starts = node.kind !== 'source' && !node.parents.some(parent => set.has(parent));
    if (starts && children.length) columnOf.set(node, Math.min(...children.map(child => columnOf.get(child))) - 1);
  }
  return columnOf;
}

/** Sorts columns by what their slots are connected with, as long as fewer edges cross. */
function untangle(columns) {
  const total = columns.reduce((sum, column) => sum + column.length, 0);
  if (total > 800) return;
  const note = column => column.forEach((slot, i) => (slot.place = i));
  columns.forEach(note);
  let best = columns.map(column => [...column]);
  let fewest = crossings(columns);
  for (let sweep = 0; sweep < 6 && fewest; sweep++) {
    const side = sweep % 2 ? 'right' : 'left';
    for (const column of sweep % 2 ? [...columns].reverse() : columns) {
      const key = new Map(column.map(slot => [slot, slot[side].length ? slot[side].reduce((sum, other) => sum + other.place, 0) / slot[side].length : slot.place]));
      column.sort((a, b) => key.get(a) - key.get(b));
      note(column);
    }
    const now = crossings(columns);
    if (now >= fewest) continue;
    fewest = now;
    best = columns.map(column => [...column]);
  }
  columns.forEach((column, c) => column.splice(0, column.length, ...best[c]));
}

function crossings(columns) {
  let number = 0;
  for (const column of columns) {
    const ends = column.flatMap(slot => slot.right.map(other => other.place).sort((a, b) => a - b));
    for (let i = 0; i < ends.length; i++) for (let j = i + 1; j < ends.length; j++) if (ends[i] > ends[j]) number++;
  }
  return number;
}

const apart = (above, below) => (above.size + below.size) / 2 + NODE.row;

/**
 * Moves a column's slots towards what they are connected with, keeping their order and
 * distance: slots that want to pass each other share their average.
 */
function settle(column, sides) {
  const blocks = [];
  let offset = 0;
  column.forEach((slot, i) => {
    if (i) offset += apart(column[i - 1], slot);
    slot.offset = offset;
    let weight = 0.01;
    let sum = slot.y * weight;
    for (const side of sides) {
      for (const other of slot[side]) {
        const pull = slot.node && other.node ? 1 : slot.node || other.node ? 2 : 8;
        sum += pull * other.y;
        weight += pull;
      }
    }
    blocks.push({ wish: sum / weight - offset, weight, slots: [slot] });
    while (blocks.length > 1) {
      const below = blocks[blocks.length - 1];
      const above = blocks[blocks.length - 2];
      if (above.wish <= below.wish) break;
      const total = above.weight + below.weight;
      above.wish = (above.wish * above.weight + below.wish * below.weight) / total;
      above.weight = total;
      above.slots.push(...below.slots);
      blocks.pop();
    }
  });
  for (const block of blocks) for (const slot of block.slots) slot.y = block.wish + slot.offset;
}

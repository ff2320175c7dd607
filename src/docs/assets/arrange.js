// Places the nodes of a part of the graph. The columns and the order within each are
// those of the whole graph, as computed when the page was generated; here the gaps
// that the other nodes leave are closed.

const NODE = { width: 224, height: index.node_height, gap: 96, row: 14, line: 6 };
const COLUMN = NODE.width + NODE.gap;

/** The drawing of the whole graph, as it was shipped. */
function wholeGraph() {
  const drawing = { nodes: graphNodes, x: new Map(), y: new Map(), column: new Map(), trunk: new Map() };
  for (const node of graphNodes) {
    drawing.column.set(node, index.column[node.i]);
    drawing.x.set(node, index.column[node.i] * COLUMN);
    drawing.y.set(node, index.y[node.i]);
    drawing.trunk.set(node, trunks.get(node.i) ?? []);
  }
  return drawing;
}

/** A drawing of some nodes and the edges between them. */
function partOfGraph(set) {
  const members = graphNodes.filter(node => set.has(node));
  const columns = [...new Set(members.map(node => index.column[node.i]))].sort((a, b) => a - b);
  const rank = new Map(columns.map((column, i) => [column, i]));
  const rankOf = node => rank.get(index.column[node.i]);

  // A slot is a node, or the line of a node's long edges passing through a column.
  const slots = columns.map(() => []);
  const slotOf = new Map();
  const trunk = new Map();
  for (const node of members) {
    const own = { node, size: NODE.height, y: 0, order: index.y[node.i], left: [], right: [] };
    slotOf.set(node, own);
    slots[rankOf(node)].push(own);
  }
  for (const node of members) {
    const children = node.children.filter(child => set.has(child));
    const far = Math.max(0, ...children.map(rankOf));
    const lines = [];
    let before = slotOf.get(node);
    for (let r = rankOf(node) + 1; r < far; r++) {
      const shipped = trunks.get(node.i)?.[columns[r] - index.column[node.i] - 1];
      const line = { size: NODE.line, y: 0, order: shipped ?? index.y[node.i], left: [before], right: [] };
      before.right.push(line);
      slots[r].push(line);
      lines.push(line);
      before = line;
    }
    trunk.set(node, lines);
    for (const child of children) {
      const from = lines[rankOf(child) - rankOf(node) - 2] ?? slotOf.get(node);
      from.right.push(slotOf.get(child));
      slotOf.get(child).left.push(from);
    }
  }

  for (const column of slots) {
    column.sort((a, b) => a.order - b.order);
    let y = 0;
    column.forEach((slot, i) => {
      if (i) y += apart(column[i - 1], slot);
      slot.y = y;
    });
    column.forEach(slot => (slot.y -= y / 2));
  }
  for (let sweep = 0; sweep < 6; sweep++) {
    for (let r = 1; r < slots.length; r++) settle(slots[r], ['left']);
    for (let r = slots.length - 2; r >= 0; r--) settle(slots[r], ['right']);
  }
  for (let r = slots.length - 1; r >= 0; r--) settle(slots[r], ['left', 'right']);
  for (let r = 0; r < slots.length; r++) settle(slots[r], ['left', 'right']);

  const drawing = { nodes: members, x: new Map(), y: new Map(), column: new Map(), trunk: new Map() };
  for (const node of members) {
    drawing.column.set(node, rankOf(node));
    drawing.x.set(node, rankOf(node) * COLUMN);
    drawing.y.set(node, Math.round(slotOf.get(node).y));
    drawing.trunk.set(node, trunk.get(node).map(line => Math.round(line.y)));
  }
  return drawing;
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

// The lineage graph as SVG: shapes, edges, pan and zoom, keys.

/** The outline of a node: each kind has its own shape. */
function outline(kind, w, hgt) {
  const r = Math.min(8, hgt / 4);
  const half = hgt / 2;
  switch (kind) {
    case 'source': {
      // A drum lying on its side.
      const e = Math.min(9, hgt / 4);
      return `M${e} 0H${w - e}A${e} ${half} 0 0 1 ${w - e} ${hgt}H${e}A${e} ${half} 0 0 1 ${e} 0ZM${w - e} 0A${e} ${half} 0 0 0 ${w - e} ${hgt}`;
    }
    case 'seed': {
      // A sheet with a folded corner.
      const f = Math.min(12, hgt / 3);
      return `M0 0H${w - f}L${w} ${f}V${hgt}H0ZM${w - f} 0V${f}H${w}`;
    }
    case 'snapshot': {
      // A stack of two.
      const o = Math.min(4, hgt / 6);
      return `M${r} 0H${w - o - r}a${r} ${r} 0 0 1 ${r} ${r}V${hgt - o - r}a${r} ${r} 0 0 1 -${r} ${r}H${r}a${r} ${r} 0 0 1 -${r} -${r}V${r}a${r} ${r} 0 0 1 ${r} -${r}ZM${o + r} ${hgt}H${w - r}a${r} ${r} 0 0 0 ${r} -${r}V${o + r}`;
    }
    case 'exposure':
      return `M${half} 0H${w - half}a${half} ${half} 0 0 1 0 ${hgt}H${half}a${half} ${half} 0 0 1 0 -${hgt}Z`;
    case 'metric':
    case 'semantic_model':
    case 'saved_query': {
      const c = Math.min(12, hgt / 3);
      return `M${c} 0H${w - c}L${w} ${half}L${w - c} ${hgt}H${c}L0 ${half}Z`;
    }
    case 'analysis':
    case 'function':
      return `M0 0H${w}V${hgt}H0Z`;
    default:
      return `M${r} 0H${w - r}a${r} ${r} 0 0 1 ${r} ${r}V${hgt - r}a${r} ${r} 0 0 1 -${r} ${r}H${r}a${r} ${r} 0 0 1 -${r} -${r}V${r}a${r} ${r} 0 0 1 ${r} -${r}Z`;
  }
}

/** The same shape, small, for lists. */
const glyph = (kind, layer) =>
  s(`svg.glyph.layer-${layer}`, { viewBox: '-1 -1 20 14', width: 20, height: 14, 'aria-hidden': 'true' }, s('path', { d: outline(kind, 18, 12) }));

const pen = document.createElement('canvas').getContext('2d');
const LABEL_FONT = '500 SIZEpx Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/** Cuts a name to the width of a box. */
function fitted(text, width, size) {
  pen.font = LABEL_FONT.replace('SIZE', size);
  if (pen.measureText(text).width <= width) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pen.measureText(`${text.slice(0, middle)}…`).width <= width) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low)}…`;
}

/** The line of one step from column to column. */
const bend = (x0, y0, x1, y1) => (y0 === y1 ? `H${x1}` : `C${(x0 + x1) / 2} ${y0} ${(x0 + x1) / 2} ${y1} ${x1} ${y1}`);

/** The path of one edge, along its trunk. */
function edgePath(drawing, from, to) {
  const start = drawing.column.get(from);
  let x = drawing.x.get(from) + NODE.width;
  let y = drawing.y.get(from);
  let path = `M${x} ${y}`;
  const trunk = drawing.trunk.get(from);
  const steps = drawing.column.get(to) - start - 1;
  for (let i = 0; i < steps && i < trunk.length; i++) {
    const left = (start + 1 + i) * drawing.step;
    path += `${bend(x, y, left, trunk[i])}H${left + NODE.width}`;
    x = left + NODE.width;
    y = trunk[i];
  }
  return path + bend(x, y, drawing.x.get(to), drawing.y.get(to));
}

/** All edges that leave a node, with what they share drawn once, and where they are. */
function edgesOf(drawing, from, set) {
  const children = from.children.filter(to => set.has(to));
  if (!children.length) return null;
  const start = drawing.column.get(from);
  const trunk = drawing.trunk.get(from);
  const startX = drawing.x.get(from) + NODE.width;
  let path = '';
  trunk.forEach((y, i) => {
    const left = (start + 1 + i) * drawing.step;
    const [x0, y0] = i ? [left - drawing.gap, trunk[i - 1]] : [startX, drawing.y.get(from)];
    path += `M${x0} ${y0}${bend(x0, y0, left, y)}H${left + NODE.width}`;
  });
  for (const to of children) {
    const steps = drawing.column.get(to) - start - 1;
    const on = trunk.length && steps > 0;
    const x0 = on ? (start + 1 + steps) * drawing.step - drawing.gap : startX;
    const y0 = on ? trunk[steps - 1] : drawing.y.get(from);
    path += `M${x0} ${y0}${bend(x0, y0, drawing.x.get(to), drawing.y.get(to))}`;
  }
  const heights = [drawing.y.get(from), ...trunk, ...children.map(to => drawing.y.get(to))];
  const x1 = Math.max(...children.map(to => drawing.x.get(to)));
  return { path, box: { x0: startX, x1, y0: Math.min(...heights), y1: Math.max(...heights) } };
}

/**
 * Draws and returns `{ element, fit, zoom, show }`. `options`: `focus` (a node to stand
 * out), `onfocus(node)` (the reader asks to focus on a node), `label`.
 */
function draw(drawing, options) {
  const set = new Set(drawing.nodes);
  const groups = new Map();
  const edgeLayer = s('g.edges');
  const traced = s('path.traced');
  const nodeLayer = s('g.nodes');

  const parts = [];
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const node of drawing.nodes) {
    const x = drawing.x.get(node);
    const y = drawing.y.get(node) - NODE.height / 2;
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + NODE.width);
    bottom = Math.max(bottom, y + NODE.height);
    const group = nodeShape(node, x, y, node === options.focus);
    groups.set(node, group);
    nodeLayer.append(group);
    parts.push({ element: group, x0: x, x1: x + NODE.width, y0: y, y1: y + NODE.height, out: false });
    const edges = edgesOf(drawing, node, set);
    if (!edges) continue;
    const element = s('path', { d: edges.path });
    edgeLayer.append(element);
    parts.push({ element, ...edges.box, out: false });
  }
  if (!drawing.nodes.length) [left, top, right, bottom] = [0, 0, 1, 1];

  const scene = s('g', null, edgeLayer, traced, nodeLayer);
  const svg = s('svg.graph', {
    tabindex: 0,
    role: 'application',
    'aria-roledescription': 'lineage graph',
    'aria-label': options.label,
    'data-nodes': drawing.nodes.length,
  }, scene);

  const view = { x: 0, y: 0, k: 1 };
  let frame = 0;
  const apply = () => {
    frame = 0;
    scene.setAttribute('transform', `translate(${view.x} ${view.y}) scale(${view.k})`);
    // From afar names are written larger, and from farther not at all.
    svg.classList.toggle('far', view.k < 0.7);
    svg.classList.toggle('farther', view.k < 0.3);
    if (parts.length > 300) cull();
  };
  /** Leaves out what is out of sight: browsers paint it all the same. */
  function cull() {
    const { width, height } = size();
    const [x0, y0] = [-view.x / view.k, -view.y / view.k];
    const [x1, y1] = [x0 + width / view.k, y0 + height / view.k];
    for (const part of parts) {
      const out = part.x1 < x0 || part.x0 > x1 || part.y1 < y0 || part.y0 > y1;
      if (out === part.out) continue;
      part.out = out;
      part.element.style.display = out ? 'none' : '';
    }
  }
  const changed = () => (frame ||= requestAnimationFrame(apply));
  const size = () => svg.getBoundingClientRect();

  function zoom(factor, cx, cy) {
    const { width, height } = size();
    cx ??= width / 2;
    cy ??= height / 2;
    const k = Math.min(2.5, Math.max(Math.min(0.04, smallest()), view.k * factor));
    view.x = cx - ((cx - view.x) * k) / view.k;
    view.y = cy - ((cy - view.y) * k) / view.k;
    view.k = k;
    changed();
  }
  function smallest() {
    const { width, height } = size();
    return Math.min((width - 48) / (right - left), (height - 48) / (bottom - top), 1);
  }
  function fit() {
    const { width, height } = size();
    if (!width || !height) return;
    view.k = Math.max(0.01, Math.min(1.1, smallest()));
    view.x = (width - (left + right) * view.k) / 2;
    view.y = (height - (top + bottom) * view.k) / 2;
    changed();
  }
  /** Brings a node into view, large enough to read. */
  function show(node, centre) {
    const { width, height } = size();
    if (centre) view.k = Math.max(view.k, 0.8);
    const x = (drawing.x.get(node) + NODE.width / 2) * view.k + view.x;
    const y = drawing.y.get(node) * view.k + view.y;
    const margin = 80;
    if (centre || x < margin || x > width - margin || y < margin || y > height - margin) {
      view.x += width / 2 - (centre ? (drawing.x.get(node) + NODE.width / 2) * view.k + view.x : x);
      view.y += height / 2 - (centre ? drawing.y.get(node) * view.k + view.y : y);
      changed();
    }
  }

  // What a node comes from and feeds, shown while it is pointed at.
  let tracing = null;
  function trace(node) {
    if (node === tracing) return;
    for (const element of svg.querySelectorAll('.on')) element.classList.remove('on');
    tracing = node;
    svg.classList.toggle('tracing', Boolean(node));
    if (!node) return traced.setAttribute('d', '');
    const up = new Set([node, ...reach(node, 'parents', Infinity)].filter(n => set.has(n)));
    const down = new Set([node, ...reach(node, 'children', Infinity)].filter(n => set.has(n)));
    let path = '';
    for (const member of [up, down]) {
      for (const from of member) {
        groups.get(from).classList.add('on');
        for (const to of from.children) if (member.has(to)) path += edgePath(drawing, from, to);
      }
    }
    traced.setAttribute('d', path);
  }

  const nodeAt = target => byId.get(target.closest?.('.node')?.dataset.id);
  let hover = 0;
  svg.addEventListener('pointerover', event => {
    clearTimeout(hover);
    const node = nodeAt(event.target);
    hover = setTimeout(() => trace(node ?? current), node ? 60 : 200);
  });
  svg.addEventListener('pointerleave', () => {
    clearTimeout(hover);
    trace(current);
  });

  // Dragging pans, two fingers zoom; a press that does not move is a click.
  const fingers = new Map();
  let moved = false;
  svg.addEventListener('pointerdown', event => {
    if (event.button) return;
    if (!fingers.size) moved = false;
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
  });
  svg.addEventListener('pointermove', event => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const [dx, dy] = [event.clientX - before[0], event.clientY - before[1]];
    if (!moved && Math.abs(dx) + Math.abs(dy) < 4) return;
    if (!moved) svg.setPointerCapture(event.pointerId);
    moved = true;
    svg.classList.add('dragging');
    if (fingers.size === 2) {
      const other = [...fingers].find(([id]) => id !== event.pointerId)[1];
      const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]) || 1;
      const now = [event.clientX, event.clientY];
      const box = size();
      zoom(distance(now, other) / distance(before, other), other[0] - box.left, other[1] - box.top);
    } else {
      view.x += dx;
      view.y += dy;
      changed();
    }
    fingers.set(event.pointerId, [event.clientX, event.clientY]);
  });
  const lift = event => {
    fingers.delete(event.pointerId);
    if (!fingers.size) svg.classList.remove('dragging');
  };
  svg.addEventListener('pointerup', lift);
  svg.addEventListener('pointercancel', lift);
  svg.addEventListener('dragstart', event => event.preventDefault());
  svg.addEventListener('click', event => {
    const node = nodeAt(event.target);
    if (moved || (node && event.shiftKey)) event.preventDefault();
    if (!moved && node && event.shiftKey) options.onfocus(node);
    moved = false;
  });
  svg.addEventListener('wheel', event => {
    event.preventDefault();
    const box = size();
    const step = event.deltaY * (event.deltaMode ? 30 : 1) * (event.ctrlKey ? 4 : 1);
    zoom(Math.exp(-Math.max(-240, Math.min(240, step)) * 0.0016), event.clientX - box.left, event.clientY - box.top);
  }, { passive: false });

  // One node at a time is current for the keys; the others are reached by arrows.
  let current = null;
  function select(node) {
    if (current) groups.get(current).classList.remove('current');
    current = node;
    if (node) {
      groups.get(node).classList.add('current');
      svg.setAttribute('aria-activedescendant', groups.get(node).id);
      show(node);
    } else svg.removeAttribute('aria-activedescendant');
    trace(node);
  }
  const nearest = (list, node) =>
    list.filter(other => set.has(other)).sort((a, b) => Math.abs(drawing.y.get(a) - drawing.y.get(node)) - Math.abs(drawing.y.get(b) - drawing.y.get(node)))[0];
  function beside(node, step) {
    const column = drawing.nodes.filter(other => drawing.column.get(other) === drawing.column.get(node));
    column.sort((a, b) => drawing.y.get(a) - drawing.y.get(b));
    return column[column.indexOf(node) + step];
  }
  svg.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const start = current ?? (drawing.nodes.includes(options.focus) ? options.focus : drawing.nodes[0]);
    const moves = {
      ArrowLeft: () => nearest(start.parents, start),
      ArrowRight: () => nearest(start.children, start),
      ArrowUp: () => beside(start, -1),
      ArrowDown: () => beside(start, 1),
    };
    if (moves[event.key]) select(current ? moves[event.key]() ?? current : start);
    else if (event.key === 'Enter' && current) location.hash = href(current).slice(1);
    else if (event.key === 'f' && current) options.onfocus(current);
    else if (event.key === '+' || event.key === '=') zoom(1.25);
    else if (event.key === '-') zoom(0.8);
    else if (event.key === '0') fit();
    else if (event.key === 'Escape' && current) select(null);
    else if (event.key === 'Escape' && options.focus) options.onfocus(null);
    else return;
    event.preventDefault();
  });
  svg.addEventListener('blur', () => select(null));

  return { element: svg, fit, zoom, show };
}

let shapes = 0;
function nodeShape(node, x, y, isFocus) {
  const tone = verdict(node);
  const status = node.tests.fail || node.tests.warn || tone === 'fail' || tone === 'warn' ? tone : null;
  const group = s(`a.node.layer-${node.layer}.kind-${node.kind}.verdict-${tone}`, {
    id: `shape-${++shapes}`,
    href: href(node),
    tabindex: -1,
    transform: `translate(${x} ${y})`,
    'data-id': node.id,
    'aria-label': describe(node),
  },
    s('title', null, describe(node)),
    s('path.box', { d: outline(node.kind, NODE.width, NODE.height) }),
    s('text.near', { 'aria-hidden': 'true', x: 18, y: NODE.height / 2 + 4.5 }, fitted(titleOf(node), NODE.width - (status ? 56 : 36), 13)),
    s('text.afar', { 'aria-hidden': 'true', x: 12, y: NODE.height / 2 + 7 }, fitted(titleOf(node), NODE.width - 22, 20)),
    status && s(`g.badge.${status}`, { transform: `translate(${NODE.width - 32} ${NODE.height / 2 - 8})` },
      s('circle', { cx: 8, cy: 8, r: 8 }),
      s('path', { d: MARKS[status] }),
    ),
  );
  if (node.materialized === 'ephemeral') group.classList.add('ephemeral');
  if (node.hidden) group.classList.add('hidden-node');
  if (isFocus) group.classList.add('focus');
  if (node.color) group.style.setProperty('--own', node.color);
  return group;
}

/** A node in one sentence, for tooltips and screen readers. */
function describe(node) {
  const { pass, warn, fail, open } = node.tests;
  const all = pass + warn + fail + open;
  const results = [pass && `${pass} passing`, warn && `${warn} warning`, fail && `${fail} failing`, open && `${open} not run`].filter(Boolean);
  return [
    node.label ? `${node.label} (${node.name})` : node.name,
    [LAYERS[node.layer] === kindOf(node) ? null : LAYERS[node.layer], lower(kindOf(node)), node.materialized].filter(Boolean).join(' '),
    `depends on ${node.parents.length}, used by ${node.children.length}`,
    all ? `${count(all, ['test', 'tests'])}: ${results.join(', ')}` : null,
  ].filter(Boolean).join(' · ');
}

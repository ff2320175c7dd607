// The lineage page: the graph with its controls, or the same as a table.

const STEPS = [0, 1, 2, 3, 4, 5, Infinity];

/** The state of the page, as kept in its address. */
function lineageState(query) {
  const depth = key => {
    const text = query.get(key);
    return text === 'all' ? Infinity : Math.max(0, Number.parseInt(text ?? '2', 10) || 0);
  };
  return {
    focus: byId.get(query.get('focus')),
    up: depth('up'),
    down: depth('down'),
    part: query.get('part') ?? '',
    color: ['layer', 'tests', 'own'].includes(query.get('color')) ? query.get('color') : 'layer',
    table: query.get('view') === 'table',
  };
}

function lineageHash(state) {
  const query = new URLSearchParams();
  if (state.focus) {
    query.set('focus', state.focus.id);
    for (const key of ['up', 'down']) query.set(key, state[key] === Infinity ? 'all' : state[key]);
  } else if (state.part) query.set('part', state.part);
  if (state.color !== 'layer') query.set('color', state.color);
  if (state.table) query.set('view', 'table');
  const text = query.toString();
  return text ? `#/lineage?${text}` : '#/lineage';
}

/** The address of a node's lineage: all of it as long as that is easy to read. */
function lineageOf(node) {
  const around = reach(node, 'parents', Infinity).length + reach(node, 'children', Infinity).length;
  const depth = around <= 60 ? Infinity : 2;
  return lineageHash({ focus: node, up: depth, down: depth, color: 'layer' });
}

/** The nodes that a state shows. */
function shownIn(state) {
  if (state.focus) {
    return new Set([state.focus, ...reach(state.focus, 'parents', state.up), ...reach(state.focus, 'children', state.down)]);
  }
  const [by, ...rest] = state.part.split(':');
  const value = rest.join(':');
  const picks = {
    tag: node => node.tags.includes(value),
    folder: node => node.kind !== 'source' && (node.folder === value || node.folder.startsWith(`${value}/`)),
    package: node => (node.package ?? project.name) === value,
    kind: node => node.kind === value,
    layer: node => node.layer === value,
  };
  return new Set(picks[by] ? graphNodes.filter(picks[by]) : graphNodes);
}

function lineagePage(query) {
  const state = lineageState(query);
  const go = change => {
    location.hash = lineageHash({ ...state, ...change }).slice(1);
  };
  const set = shownIn(state);
  const whole = set.size === graphNodes.length;
  const title = state.focus ? `Lineage of ${titleOf(state.focus)}` : 'Lineage';
  const said = state.focus
    ? `${count(set.size, ['node', 'nodes'])} around ${state.focus.name}`
    : query.get('focus')
    ? `There is no node ${query.get('focus')}: these are all.`
    : whole
      ? `All ${count(set.size, ['node', 'nodes'])}${set.size > 400 ? '. Focus on one to read more.' : ''}`
      : `${set.size.toLocaleString('en')} of ${count(graphNodes.length, ['node', 'nodes'])}`;

  const page = h('div.lineage', null,
    h('div.lineage-head', null,
      h('div', null, h('h1', { tabindex: -1 }, title), h('p.quiet', { role: 'status' }, said)),
      controls(state, go),
    ),
  );
  if (state.table) {
    page.append(nodeTable([...set]));
    return { title, element: page };
  }

  const drawing = whole ? wholeGraph() : partOfGraph(set);
  const graph = draw(drawing, {
    focus: state.focus,
    onfocus: node => go(node ? { focus: node, up: state.focus ? state.up : 2, down: state.focus ? state.down : 2 } : { focus: undefined }),
    label: `${title}: ${said}. Arrow keys move between nodes, Enter opens one, f focuses on it. The same is available as a table.`,
  });
  graph.element.classList.add(`by-${state.color}`);
  const stage = h('div.stage', null,
    graph.element,
    h('p.hint', { 'aria-hidden': 'true' }, 'Click opens · Shift-click focuses'),
    h('div.zoom', { role: 'group', 'aria-label': 'Zoom' },
      h('button', { type: 'button', 'aria-label': 'Zoom in', title: 'Zoom in (+)', onclick: () => graph.zoom(1.35) }, '+'),
      h('button', { type: 'button', 'aria-label': 'Zoom out', title: 'Zoom out (−)', onclick: () => graph.zoom(1 / 1.35) }, '−'),
      h('button.fit', { type: 'button', title: 'Show everything (0)', onclick: graph.fit }, 'Fit'),
    ),
    !drawing.nodes.length && h('p.empty', null, 'There is nothing to show.'),
  );
  page.append(stage, legend(state, drawing.nodes));
  return {
    title,
    element: page,
    wide: true,
    shown() {
      graph.fit();
      if (state.focus && drawing.nodes.length > 60) graph.show(state.focus, true);
    },
  };
}

function controls(state, go) {
  const names = new Map();
  for (const node of graphNodes) if (!names.has(node.name)) names.set(node.name, node);
  const find = text => names.get(text) ?? byId.get(text);
  const focus = h('input', {
    type: 'search',
    list: 'node-names',
    placeholder: 'Any node',
    autocomplete: 'off',
    spellcheck: 'false',
    value: state.focus?.name ?? '',
    onchange: event => {
      const node = find(event.target.value.trim());
      if (node) go({ focus: node });
      else if (!event.target.value.trim()) go({ focus: undefined });
      else event.target.setCustomValidity('No node has this name.'), event.target.reportValidity();
    },
    oninput: event => {
      event.target.setCustomValidity('');
      // Choosing from the list says all at once.
      if (event.inputType !== 'insertText' && names.has(event.target.value)) go({ focus: find(event.target.value) });
    },
  });
  const options = h('datalist', { id: 'node-names' }, [...names.keys()].map(name => h('option', { value: name })));

  const depth = (key, word) =>
    h('label.control', null, word,
      h('select', { onchange: event => go({ [key]: event.target.value === 'all' ? Infinity : Number(event.target.value) }) },
        [...new Set([...STEPS, state[key]])].sort((a, b) => a - b).map(step =>
          h('option', { value: step === Infinity ? 'all' : step, selected: step === state[key] }, step === Infinity ? 'all' : step === 0 ? 'none' : `${step} ${step === 1 ? 'step' : 'steps'}`),
        ),
      ),
    );
  const ownColors = graphNodes.some(node => node.color);
  const tab = (table, word) =>
    h('button', { type: 'button', 'aria-pressed': String(state.table === table), onclick: () => go({ table }) }, word);

  return h('div.controls', { role: 'group', 'aria-label': 'What is shown' },
    h('label.control', null, 'Focus on', focus), options,
    state.focus
      ? [depth('up', 'Upstream'), depth('down', 'Downstream'), h('button.plain', { type: 'button', onclick: () => go({ focus: undefined }) }, 'Show all')]
      : partChoice(state, go),
    !state.table && h('label.control', null, 'Colour',
      h('select', { onchange: event => go({ color: event.target.value }) },
        [['layer', 'by layer'], ['tests', 'by test result'], ...(ownColors ? [['own', 'as set in the project']] : [])].map(([value, word]) =>
          h('option', { value, selected: value === state.color }, word),
        ),
      ),
    ),
    h('div.switch', { role: 'group', 'aria-label': 'Show as' }, tab(false, 'Graph'), tab(true, 'Table')),
  );
}

function partChoice(state, go) {
  const tally = (values, by) => {
    const found = new Map();
    for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
    return [...found].sort().map(([value, number]) =>
      h('option', { value: `${by}:${value}`, selected: state.part === `${by}:${value}` }, `${by === 'layer' ? LAYERS[value] : value} (${number})`),
    );
  };
  const folders = graphNodes.filter(node => node.kind !== 'source' && node.folder).flatMap(node => {
    const parts = node.folder.split('/');
    return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
  });
  const groups = [
    ['Layer', tally(graphNodes.map(node => node.layer), 'layer')],
    ['Tag', tally(graphNodes.flatMap(node => node.tags), 'tag')],
    ['Folder', tally(folders, 'folder')],
    ['Package', graphNodes.some(node => node.package) ? tally(graphNodes.map(node => node.package ?? project.name), 'package') : []],
  ];
  return h('label.control', null, 'Show',
    h('select', { onchange: event => go({ part: event.target.value }) },
      h('option', { value: '' }, 'everything'),
      groups.filter(([, options]) => options.length).map(([label, options]) => h('optgroup', { label }, options)),
    ),
  );
}

function legend(state, drawn) {
  const present = (list, of) => list.filter(key => drawn.some(node => of(node) === key));
  const swatch = (name, word) => h('li', null, h(`span.swatch.${name}`), word);
  const colors = state.color === 'tests'
    ? present(['pass', 'warn', 'fail', 'skipped', 'none'], verdict).map(key => swatch(`verdict-${key}`, VERDICTS[key]))
    : state.color === 'own'
      ? []
      : present(Object.keys(LAYERS), node => node.layer).map(key => swatch(`layer-${key}`, LAYERS[key]));
  const kinds = present(Object.keys(KINDS), node => node.kind);
  return h('div.legend', null,
    colors.length ? h('ul', { 'aria-label': 'Colours' }, colors) : null,
    kinds.length > 1 ? h('ul', { 'aria-label': 'Shapes' }, kinds.map(kind => h('li', null, glyph(kind, 'none'), KINDS[kind][0]))) : null,
  );
}

/** The graph as a table, for those who read rather than look. */
function nodeTable(list) {
  const links = (others, what) =>
    others.length
      ? h('ul.inline', { 'aria-label': what }, others.slice(0, 12).map(other => h('li', null, h('a', { href: href(other) }, other.name))),
          others.length > 12 && h('li.quiet', null, `and ${others.length - 12} more`))
      : h('span.quiet', null, 'nothing');
  list.sort((a, b) => index.column[a.i] - index.column[b.i] || a.name.localeCompare(b.name));
  return pagedTable(['Node', 'Layer', 'Depends on', 'Referenced by', 'Tests'], list, node =>
    h('tr', null,
      h('th', { scope: 'row' }, nodeLink(node)),
      h('td', null, LAYERS[node.layer]),
      h('td', null, links(node.parents, 'Depends on')),
      h('td', null, links(node.children, 'Referenced by')),
      h('td', null, tallyChips(node.tests)),
    ),
  );
}

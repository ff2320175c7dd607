// The list of nodes at the side: a tree by type and folder, or what a search finds.

const OPEN_BELOW = 60;

function sidebar() {
  const state = { text: '', kind: '', tag: '' };
  const tally = values => {
    const found = new Map();
    for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
    return found;
  };
  const kinds = tally([...listed, ...tests].map(node => node.kind));
  const tags = [...tally(listed.flatMap(node => node.tags))].sort();

  const search = h('input', {
    type: 'search',
    id: 'search',
    placeholder: 'Search',
    autocomplete: 'off',
    spellcheck: 'false',
    'aria-label': 'Search names, columns, descriptions and tags',
    'aria-keyshortcuts': '/',
    'aria-controls': 'node-list',
    oninput: event => {
      state.text = event.target.value;
      refresh();
    },
    onkeydown: event => {
      if (event.key === 'ArrowDown') {
        links()[0]?.focus();
        event.preventDefault();
      } else if (event.key === 'Enter') {
        links()[0]?.click();
      } else if (event.key === 'Escape') {
        search.value = state.text = '';
        refresh();
      }
    },
  });
  const select = (key, label, options) =>
    h('select', {
      'aria-label': label,
      onchange: event => {
        state[key] = event.target.value;
        refresh();
      },
    }, options);
  const list = h('nav', { id: 'node-list', 'aria-label': 'Nodes' });
  const status = h('p.sr', { role: 'status' });
  const links = () => [...list.querySelectorAll('a')].filter(link => link.offsetParent);
  list.addEventListener('keydown', event => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const stops = [...list.querySelectorAll('a, summary')].filter(stop => stop.offsetParent);
    const at = stops.indexOf(document.activeElement) + step;
    (at < 0 ? search : stops[Math.min(at, stops.length - 1)])?.focus();
    event.preventDefault();
  });

  let current = null;
  function refresh() {
    const pool = (state.kind ? [...listed, ...tests].filter(node => node.kind === state.kind) : listed)
      .filter(node => !state.tag || node.tags.includes(state.tag));
    if (state.text.trim()) {
      const found = find(state.text, pool);
      status.textContent = count(found.length, ['result', 'results']);
      list.replaceChildren(results(found));
    } else {
      status.textContent = '';
      list.replaceChildren(pool.length ? tree(pool) : h('p.quiet', null, 'No node fits.'));
    }
    markCurrent();
  }
  function markCurrent(reveal) {
    for (const link of list.querySelectorAll('[aria-current]')) link.removeAttribute('aria-current');
    if (!current) return;
    const address = href(current);
    if (reveal) expandTo(current);
    const link = [...list.querySelectorAll('a')].find(a => a.getAttribute('href') === address);
    link?.setAttribute('aria-current', 'page');
    if (reveal) link?.scrollIntoView({ block: 'nearest' });
  }

  /** Opens the folders that a node is in, from the outside in. */
  function expandTo(node) {
    let inside = [...list.querySelectorAll('details')];
    while (inside.length) {
      const next = inside.find(details => details.holds.has(node));
      if (!next) return;
      next.expand();
      inside = [...next.querySelectorAll('details')];
    }
  }

  const element = h('div.sidebar', { id: 'sidebar' },
    h('div.search', { role: 'search', 'aria-label': 'Nodes' },
      search, h('kbd', { 'aria-hidden': 'true' }, '/'),
      h('div.selects', null,
        select('kind', 'Type', [h('option', { value: '' }, 'All types'), [...kinds].map(([kind, number]) => h('option', { value: kind }, `${KINDS[kind][1]} (${number})`))]),
        tags.length > 0 && select('tag', 'Tag', [h('option', { value: '' }, 'All tags'), tags.map(([tag, number]) => h('option', { value: tag }, `${tag} (${number})`))]),
      ),
    ),
    status,
    list,
  );
  refresh();
  return {
    element,
    search,
    /** Marks the node whose page is open. */
    open(node) {
      current = node ?? null;
      markCurrent(true);
    },
  };
}

/** The tree: types, within them folders. */
function tree(pool) {
  const root = { folders: new Map(), nodes: [], all: pool };
  for (const kind of Object.keys(KINDS)) {
    const members = pool.filter(node => node.kind === kind);
    if (!members.length) continue;
    const branch = { folders: new Map(), nodes: [], all: [] };
    root.folders.set(KINDS[kind][1], branch);
    for (const node of members) {
      let place = branch;
      place.all.push(node);
      for (const part of [node.package, ...node.folder.split('/')].filter(Boolean)) {
        if (!place.folders.has(part)) place.folders.set(part, { folders: new Map(), nodes: [], all: [] });
        place = place.folders.get(part);
        place.all.push(node);
      }
      place.nodes.push(node);
    }
  }
  const few = pool.length <= OPEN_BELOW;
  return branchList(root, 0, few);
}

function branchList(branch, level, few) {
  const folders = [...branch.folders].sort((a, b) => (level ? a[0].localeCompare(b[0]) : 0));
  const own = [...branch.nodes].sort((a, b) => titleOf(a).localeCompare(titleOf(b)));
  return h(`ul.tree.level-${Math.min(level, 1)}`, null,
    folders.map(([name, inner]) => {
      const details = h('details', null, h('summary', null, h('span', null, name), h('span.number', null, inner.all.length.toLocaleString('en'))));
      details.holds = new Set(inner.all);
      // A closed folder has no content yet: most are never opened.
      const fillOnce = () => {
        if (!details.querySelector('ul')) details.append(branchList(inner, level + 1, few));
      };
      details.expand = () => {
        fillOnce();
        details.open = true;
      };
      details.addEventListener('toggle', () => details.open && fillOnce());
      if (few || (level === 0 && inner.all.length <= 12)) details.expand();
      return h('li', null, details);
    }),
    own.map(node => h('li', null, treeLink(node))),
  );
}

function treeLink(node, ...more) {
  const tone = isTest(node) ? STATUSES[node.status]?.[0] : verdict(node);
  return h('a', { href: href(node), title: node.name },
    glyph(node.kind, node.layer),
    h('span.name', null, more.length ? more : titleOf(node)),
    (tone === 'fail' || tone === 'warn') && h(`span.status.${tone}`, { title: VERDICTS[tone] }, mark(tone), h('span.sr', null, VERDICTS[tone])),
  );
}

let searchTexts;
/** What the search reads of each node, prepared when first needed. */
function textsOf(node) {
  searchTexts ??= new Map();
  if (!searchTexts.has(node)) {
    const detail = detailOf(node);
    searchTexts.set(node, {
      name: node.name.toLowerCase(),
      label: (node.label ?? '').toLowerCase(),
      place: `${node.package ?? ''} ${node.folder} ${LAYERS[node.layer]} ${kindOf(node)}`.toLowerCase(),
      tags: node.tags.join(' ').toLowerCase(),
      columns: (detail.columns ?? []).map(column => column.name.toLowerCase()),
      text: plain(`${detail.description ?? ''} ${(detail.columns ?? []).map(column => column.description ?? '').join(' ')}`).toLowerCase(),
    });
  }
  return searchTexts.get(node);
}

/** Returns `{ node, column }`s that have every word, the best first. */
function find(text, pool) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = [];
  for (const node of pool) {
    const texts = textsOf(node);
    let score = 0;
    let column;
    for (const word of words) {
      const best = rate(word, texts);
      if (!best.score) {
        score = 0;
        break;
      }
      score += best.score;
      column ??= best.column;
    }
    if (score) found.push({ node, score, column });
  }
  return found.sort((a, b) => b.score - a.score || a.node.i - b.node.i);
}

function rate(word, texts) {
  if (texts.name === word || texts.label === word) return { score: 100 };
  if (texts.name.startsWith(word) || texts.label.startsWith(word)) return { score: 80 };
  const at = texts.name.indexOf(word);
  if (at > 0) return { score: texts.name[at - 1] === '_' ? 70 : 60 };
  if (texts.label.includes(word)) return { score: 55 };
  const exact = texts.columns.find(column => column === word);
  if (exact) return { score: 50, column: exact };
  if (texts.tags.includes(word)) return { score: 45 };
  const column = texts.columns.find(name => name.includes(word));
  if (column) return { score: 40, column };
  if (texts.place.includes(word)) return { score: 25 };
  if (texts.text.includes(word)) return { score: 10 };
  return { score: 0 };
}

function results(found) {
  const SHOWN = 80;
  if (!found.length) return h('p.quiet', null, 'Nothing found.');
  return h('div', null,
    h('p.quiet.found', null, count(found.length, ['result', 'results'])),
    h('ul.tree.results', null, found.slice(0, SHOWN).map(({ node, column }) =>
      h('li', null, treeLink(node, titleOf(node), h('span.where', null, column ? `column ${column}` : [kindOf(node), node.folder].filter(Boolean).join(' · '))))),
    ),
    found.length > SHOWN && h('p.quiet.found', null, `and ${found.length - SHOWN} more: another word narrows it down.`),
  );
}

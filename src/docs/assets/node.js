// The page of one node.

/** A link to a node with its shape. */
const nodeLink = node =>
  h('a.node-link', { href: href(node) }, glyph(node.kind, node.layer), h('span', null, titleOf(node)));

/** A node's tests in numbers. */
function tallyChips(tests) {
  const parts = [['fail', 'failing'], ['warn', 'warning'], ['pass', 'passing'], ['open', 'not run']].filter(([key]) => tests[key]);
  if (!parts.length) return h('span.quiet', null, 'none');
  return h('span.chips', null, parts.map(([key, word]) => {
    const tone = key === 'open' ? 'none' : key;
    return h(`span.chip.${tone}`, null, mark(tone), `${tests[key].toLocaleString('en')} ${word}`);
  }));
}

function nodePage(node) {
  const detail = detailOf(node);
  const head = h('header.node-head', null,
    h('p.crumbs', null, crumbs(node)),
    h('div.node-title', null,
      !isTest(node) && glyph(node.kind, node.layer),
      h('h1', { tabindex: -1 }, headline(node)),
    ),
    h('p.chips', null,
      !isTest(node) && node.layer !== 'other' && h(`span.chip.plain.layer-${node.layer}`, null, h('span.dot'), LAYERS[node.layer]),
      (isTest(node) || LAYERS[node.layer] !== kindOf(node)) && h('span.chip.plain', null, kindOf(node)),
      node.materialized && h('span.chip.plain', null, node.materialized),
      node.status && chip(node.status, resultWord(node)),
      node.freshness && chip(node.freshness, { pass: 'Fresh', warn: 'Getting stale', error: 'Stale' }[node.freshness]),
      node.tags.map(tag => h('a.chip.tag', { href: `#/lineage?part=${encodeURIComponent(`tag:${tag}`)}`, title: `Lineage of what is tagged ${tag}` }, tag)),
    ),
    h('p.actions', null,
      !isTest(node) && h('a.button.primary', { href: lineageOf(node) }, 'Show lineage'),
      detail.url && h('a.button', { href: detail.url, target: '_blank', rel: 'noopener noreferrer' }, 'Open ', lower(kindOf(node))),
    ),
  );

  const main = h('div.node-main', null,
    node.hidden
      ? h('p.quiet', null, 'The project does not document this node (docs: show: false). It is shown here because others depend on it.')
      : isTest(node) && !detail.description ? null : section('Description', detail.description ? markup('div.prose', detail.description) : h('p.quiet', null, 'No description yet.')),
    isTest(node) && testSection(node, detail),
    !isTest(node) && columnSection(node, detail),
    !isTest(node) && testsSection(node),
    neighbours(node),
    codeSection(node),
  );
  return { title: headline(node), element: h('article.node', null, head, h('div.node-body', null, main, aside(node, detail))), node };
}

/** A generic test's name is made by a rule and long; what it asks, and of what, says more. */
function headline(node) {
  const subject = nodes[node.checks[0]];
  if (!isTest(node) || !subject || question(node) === node.name) return titleOf(node);
  return `${question(node)}: ${subject.name}${node.column ? `.${node.column}` : ''}`;
}

const section = (title, ...content) => h('section', { 'aria-label': title }, h('h2', null, title), ...content);

function resultWord(node) {
  if (isTest(node)) return undefined;
  return { success: 'Last run succeeded', error: 'Last run failed', skipped: 'Skipped in the last run' }[node.status];
}

function crumbs(node) {
  const parts = [KINDS[node.kind][1], node.package, ...node.folder.split('/')].filter(Boolean);
  return parts.flatMap((part, i) => [i ? h('span', { 'aria-hidden': 'true' }, ' / ') : null, part]);
}

function aside(node, detail) {
  const facts = [];
  const add = (label, value) => value !== undefined && value !== null && value !== false && facts.push(h('div', null, h('dt', null, label), h('dd', null, value)));
  const code = text => h('code', null, breakable(text));

  add('Name', headline(node) !== node.name && code(node.name));
  add('Relation', detail.relation && [code(detail.relation), copyButton(() => detail.relation, 'Copy the relation’s name')]);
  add('Rows', detail.rows !== undefined && detail.rows.toLocaleString('en'));
  add('Size', detail.bytes !== undefined && bytes(detail.bytes));
  for (const [label, value] of detail.stats ?? []) add(label, value);
  add('Owner', detail.owner && (detail.email ? [detail.owner, h('br'), detail.email] : detail.owner));
  add('Email', !detail.owner && detail.email);
  if (node.status) {
    const result = detail.result ?? {};
    add('Last result', [
      chip(node.status),
      result.at && h('div', null, moment(result.at)),
      result.seconds !== undefined && h('div.quiet', null, `took ${duration(result.seconds)}`),
      result.rows_affected !== undefined && h('div.quiet', null, `${count(result.rows_affected, ['row', 'rows'])} affected`),
    ]);
  }
  if (detail.freshness) {
    const { loaded_at, checked_at, age_seconds, warn_after, error_after } = detail.freshness;
    add('Freshness', [
      node.freshness ? chip(node.freshness, { pass: 'Fresh', warn: 'Getting stale', error: 'Stale' }[node.freshness]) : h('span.quiet', null, 'not checked yet'),
      loaded_at && h('div', null, 'newest data ', moment(loaded_at)),
      age_seconds !== undefined && h('div.quiet', null, `${age(age_seconds)} old when checked`),
      checked_at && h('div.quiet', null, 'checked ', moment(checked_at)),
      warn_after && h('div.quiet', null, `warns after ${warn_after}`),
      error_after && h('div.quiet', null, `fails after ${error_after}`),
    ]);
  }
  for (const [label, value] of detail.facts ?? []) add(label, value.includes('\n') || value.length > 60 ? h('pre', null, value) : value);
  add('File', detail.path && code(detail.path));
  add('Package', node.package);
  add('Unique id', code(node.id));
  if (detail.meta?.length) {
    add('Meta', h('ul.meta', null, detail.meta.map(([key, value]) => h('li', null, h('span.quiet', null, `${key}: `), value))));
  }
  return h('aside', { 'aria-label': 'Facts' }, h('dl', null, facts));
}

function columnSection(node, detail) {
  const columns = detail.columns ?? [];
  if (!columns.length) return null;
  const byColumn = new Map();
  for (const test of testsOf(node)) {
    if (!test.column || test.checks[0] !== node.i) continue;
    const key = test.column.toLowerCase();
    byColumn.set(key, [...(byColumn.get(key) ?? []), test]);
  }
  const typed = columns.some(column => column.type);
  const tested = byColumn.size > 0;
  const rows = columns.map(column => {
    const checks = byColumn.get(column.name.toLowerCase()) ?? [];
    return h('tr', { 'data-text': `${column.name} ${plain(column.description ?? '')}`.toLowerCase() },
      h('th', { scope: 'row' },
        h('code', null, breakable(column.name)),
        column.missing && h('div.quiet', null, 'not in the database'),
      ),
      typed && h('td.type', null, column.type ?? ''),
      h('td.grow', null,
        column.description ? markup('div.prose', column.description) : h('span.quiet', null, '–'),
        (column.tags || column.meta || column.constraints) && h('div.chips', null,
          column.constraints?.map(text => h('span.chip.plain', null, text)),
          column.tags?.map(tag => h('span.chip.tag', null, tag)),
          column.meta?.map(([key, value]) => h(value.length > 24 ? 'span.quiet.small' : 'span.chip.plain', null, `${key}: ${value}`)),
        ),
      ),
      tested && h('td', null, h('ul.checks', null, checks.map(test => h('li', null, testChip(test))))),
    );
  });
  const filter = columns.length > 20 && h('input.filter', {
    type: 'search',
    placeholder: 'Filter columns',
    'aria-label': 'Filter columns',
    oninput: event => {
      const wanted = event.target.value.trim().toLowerCase();
      for (const row of rows) row.hidden = !row.dataset.text.includes(wanted);
    },
  });
  const described = columns.filter(column => column.description).length;
  return section('Columns',
    h('p.quiet', null, `${count(columns.length, ['column', 'columns'])}, ${described === columns.length ? 'all described' : `${described} described`}`),
    filter,
    h('div.table', { tabindex: 0, role: 'group', 'aria-label': 'Columns' }, h('table.columns', null,
      h('thead', null, h('tr', null, h('th', { scope: 'col' }, 'Name'), typed && h('th', { scope: 'col' }, 'Type'), h('th', { scope: 'col' }, 'Description'), tested && h('th', { scope: 'col' }, 'Tests'))),
      h('tbody', null, rows),
    )),
  );
}

/** A test as a chip that opens it. */
function testChip(test) {
  const [tone, word] = STATUSES[test.status] ?? ['none', 'Not run'];
  const about = argumentsOf(test);
  return h(`a.chip.${tone}`, { href: href(test), title: `${word}${about ? ` · ${about}` : ''}` }, mark(tone), h('span', null, question(test)), h('span.sr', null, `: ${word}`));
}

function testsSection(node) {
  const checks = testsOf(node);
  if (!checks.length) return null;
  return section('Tests', tallyChips(node.tests), testTable(checks, node));
}

const SEVERITY = { fail: 0, error: 0, warn: 1, skipped: 2, undefined: 3, pass: 4, success: 4 };
const worstFirst = list => [...list].sort((a, b) => SEVERITY[a.status] - SEVERITY[b.status]);

/** A table of tests; `node` leaves out the column that would always name it. */
function testTable(list, node) {
  const head = ['Result', 'Test', node ? 'Column' : 'Of', 'Rows found', 'Took'];
  return pagedTable(head, worstFirst(list), test => {
    const result = detailOf(test).result ?? {};
    const about = argumentsOf(test);
    const subject = nodes[test.checks[0]];
    return h('tr', null,
      h('td', null, chip(test.status)),
      h('th.grow', { scope: 'row' }, h('a', { href: href(test) }, question(test)), about && h('div.quiet.arguments', null, about)),
      h('td', null,
        !node && subject && nodeLink(subject),
        test.column && h(node ? 'span' : 'div.quiet', null, h('code', null, test.column)),
      ),
      h('td.number', null, result.failures === undefined ? '' : result.failures.toLocaleString('en')),
      h('td.number', null, result.seconds === undefined ? '' : duration(result.seconds)),
    );
  });
}

function testSection(test, detail) {
  const result = detail.result ?? {};
  const about = detail.arguments ?? [];
  const subject = nodes[test.checks[0]];
  return section('What it checks',
    h('dl.wide', null,
      h('div', null, h('dt', null, 'Asks'), h('dd', null, detail.question)),
      subject && h('div', null, h('dt', null, 'Of'), h('dd', null, nodeLink(subject))),
      test.column && h('div', null, h('dt', null, 'Column'), h('dd', null, h('code', null, test.column))),
      about.map(([key, value]) => h('div', null, h('dt', null, key), h('dd', null, h('code', null, value)))),
      h('div', null, h('dt', null, 'Last result'), h('dd', null, chip(test.status),
        result.failures !== undefined && ` ${count(result.failures, ['row', 'rows'])} found`)),
    ),
  );
}

function neighbours(node) {
  const list = (title, others, empty) =>
    h('div', null,
      h('h3', null, title, h('span.number', null, String(others.length))),
      others.length
        ? h('ul.neighbours', null, others.slice(0, 40).map(other => h('li', null, nodeLink(other))),
            others.length > 40 && h('li', null, h('a', { href: lineageOf(node) }, `and ${others.length - 40} more in the lineage`)))
        : h('p.quiet', null, empty),
    );
  if (isTest(node)) {
    return section('Lineage', h('div.pair', null, list('Reads', node.checks.map(i => nodes[i]), 'Nothing.')));
  }
  return section('Lineage', h('div.pair', null,
    list('Depends on', node.parents, 'Nothing: the data starts here.'),
    list('Referenced by', node.children, 'Nothing: this is an end point.'),
  ));
}

function codeSection(node) {
  const code = codeOf(node);
  const known = new Map(node.parents.concat(node.checks.map(i => nodes[i])).map(parent => [parent.kind === 'source' ? `source ${parent.name}` : `ref ${parent.name}`, parent]));
  const link = (call, name) => known.get(`${call} ${name}`);
  const tabs = [
    code.raw && ['Source', code.raw, link],
    code.compiled && ['Compiled', code.compiled],
  ].filter(Boolean);
  if (!tabs.length) return null;

  const panel = h('div', { role: 'tabpanel', id: 'code-panel' });
  const buttons = tabs.map(([word], i) => h('button', { role: 'tab', type: 'button', id: `code-tab-${i}`, 'aria-controls': 'code-panel', onclick: () => choose(i) }, word));
  let shown = '';
  const choose = (chosen, focus) => {
    const [, text, links] = tabs[chosen];
    shown = text;
    buttons.forEach((button, i) => {
      button.setAttribute('aria-selected', String(i === chosen));
      button.tabIndex = i === chosen ? 0 : -1;
    });
    panel.setAttribute('aria-labelledby', `code-tab-${chosen}`);
    panel.replaceChildren(codeBlock(text, code.language, links));
    if (focus) buttons[chosen].focus();
  };
  const list = h('div.tabs', {
    role: 'tablist',
    'aria-label': 'Code',
    onkeydown: event => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step) choose((buttons.indexOf(event.target) + step + buttons.length) % buttons.length, true);
    },
  }, buttons);
  choose(0);
  return section('Code', h('div.code-head', null, list, copyButton(() => shown, 'Copy the code')), panel);
}

/** A table that shows its first rows, and more when asked. */
function pagedTable(head, list, row) {
  const STEP = 200;
  const body = h('tbody');
  const more = h('button.more', { type: 'button' });
  let shown = 0;
  const extend = () => {
    body.append(...list.slice(shown, shown + STEP).map(row));
    shown = Math.min(list.length, shown + STEP);
    more.hidden = shown === list.length;
    more.textContent = `Show ${Math.min(STEP, list.length - shown)} more of ${list.length.toLocaleString('en')}`;
  };
  more.addEventListener('click', extend);
  extend();
  return h('div.table', { tabindex: 0, role: 'group', 'aria-label': 'Table' },
    h('table', null, h('thead', null, h('tr', null, head.map(title => h('th', { scope: 'col' }, title)))), body),
    more,
  );
}

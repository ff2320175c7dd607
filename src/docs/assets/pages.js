// The pages that are about the project as a whole.

function overviewPage() {
  const total = { ...NO_TESTS };
  for (const test of tests) {
    const tone = STATUSES[test.status]?.[0];
    total[tone === 'pass' || tone === 'warn' || tone === 'fail' ? tone : 'open']++;
  }
  const element = h('article.overview', null,
    h('header', null,
      h('p.crumbs', null, 'Data documentation'),
      h('h1', { tabindex: -1 }, project.name.replaceAll('_', ' ')),
      project.overview && [h('h2.sr', null, 'About the project'), introduction()],
    ),
    pipeline(),
    h('div.cards', null, testCard(total), freshnessCard(), coverageCard()),
    attention(),
    exposures(),
    provenance(),
  );
  return { title: 'Overview', element };
}

/** The project's own words, without a title that repeats its name. */
function introduction() {
  const text = markup('div.prose.lead', project.overview);
  const first = text.firstElementChild;
  const simple = title => title.toLowerCase().replace(/[\s_-]+/g, ' ').trim();
  if (first?.tagName === 'H3' && simple(first.textContent) === simple(project.name)) first.remove();
  return text;
}

/** The way of the data, layer by layer. */
function pipeline() {
  const layers = ['source', 'staging', 'intermediate', 'dim', 'fact', 'mart', 'other', 'exposure'];
  const steps = layers
    .map(layer => [layer, graphNodes.filter(node => node.layer === layer)])
    .filter(([, members]) => members.length);
  const words = { seed: ['seed', 'seeds'], source: ['source', 'sources'], both: ['', 'inputs'], staging: ['staging', 'staging'], intermediate: ['intermediate', 'intermediate'], dim: ['dimension', 'dimensions'], fact: ['fact', 'facts'], mart: ['mart', 'marts'], other: ['other model', 'other models'], exposure: ['exposure', 'exposures'] };
  const wordFor = (layer, members) => {
    const kinds = new Set(members.map(node => node.kind));
    const key = layer !== 'source' ? layer : kinds.size > 1 ? 'both' : [...kinds][0];
    return words[key][members.length === 1 ? 0 : 1];
  };
  return h('nav.pipeline', { 'aria-label': 'Layers' }, h('ol', null, steps.map(([layer, members]) =>
    h('li', null, h(`a.layer-${layer}`, { href: `#/lineage?part=layer%3A${layer}` },
      h('strong', null, members.length.toLocaleString('en')),
      h('span', null, wordFor(layer, members)),
    )),
  )));
}

function testCard(total) {
  const all = tests.length;
  const ran = all - total.open;
  const parts = [['pass', 'passing'], ['warn', 'warning'], ['fail', 'failing'], ['open', 'not run']].filter(([key]) => total[key]);
  return h('section.card', { 'aria-label': 'Tests' },
    h('h2', null, 'Tests'),
    !all
      ? h('p.quiet', null, 'The project has no tests yet.')
      : [
          h('p.figure', null, total.fail ? `${total.fail} failing` : total.warn ? `${count(total.warn, ['warning', 'warnings'])}` : ran ? 'All passing' : 'Not run yet',
            h('span.quiet', null, ` of ${count(all, ['test', 'tests'])}`)),
          h('div.bar', { role: 'img', 'aria-label': parts.map(([key, word]) => `${total[key]} ${word}`).join(', ') },
            parts.map(([key]) => h(`span.${key === 'open' ? 'none' : key}`, { style: { 'flex-grow': String(total[key]) } }))),
          h('ul.key', null, parts.map(([key, word]) =>
            h('li', null, h('a', { href: `#/tests?status=${key}` }, h(`span.swatch.verdict-${key === 'open' ? 'none' : key}`), `${total[key].toLocaleString('en')} ${word}`)))),
        ],
  );
}

const stalest = list => [...list].sort((a, b) => SEVERITY[a.freshness] - SEVERITY[b.freshness]);

function freshnessCard() {
  const sources = graphNodes.filter(node => node.kind === 'source');
  if (!sources.length) return null;
  const checked = sources.filter(node => node.freshness);
  const late = checked.filter(node => node.freshness !== 'pass').length;
  return h('section.card', { 'aria-label': 'Freshness' },
    h('h2', null, 'Freshness of sources'),
    h('p.figure', null, !checked.length ? 'Not checked yet' : late ? `${late} late` : 'All fresh',
      h('span.quiet', null, checked.length ? ` of ${checked.length} checked` : ` · ${count(sources.length, ['source', 'sources'])}`)),
    h('ul.rows', null, stalest(checked).slice(0, 4).map(node => {
      const { age_seconds } = detailOf(node).freshness ?? {};
      return h('li', null, nodeLink(node), h('span.quiet', null, age_seconds === undefined ? '' : age(age_seconds)), chip(node.freshness, { pass: 'Fresh', warn: 'Late', error: 'Stale' }[node.freshness]));
    })),
    checked.length > 4 && h('p', null, h('a', { href: '#/lineage?part=layer%3Asource&view=table' }, `All ${checked.length} sources`)),
  );
}

function coverageCard() {
  const documented = listed.filter(node => ['model', 'source', 'seed', 'snapshot'].includes(node.kind));
  const described = documented.filter(node => node.described).length;
  const columns = documented.reduce((sum, node) => sum + node.columns[0], 0);
  const columnsDescribed = documented.reduce((sum, node) => sum + node.columns[1], 0);
  const models = listed.filter(node => node.kind === 'model');
  const tested = models.filter(node => Object.values(node.tests).some(Boolean)).length;
  const row = (word, part, all) => all
    ? h('li', null, h('span', null, word), h('span.meter', { 'aria-hidden': 'true' }, h('span', { style: { width: `${(100 * part) / all}%` } })), h('span.number', null, `${part.toLocaleString('en')} of ${all.toLocaleString('en')}`))
    : null;
  return h('section.card', { 'aria-label': 'Documentation' },
    h('h2', null, 'Documentation'),
    h('p.figure', null, documented.length ? `${Math.floor((100 * described) / documented.length)} %` : '–', h('span.quiet', null, ' described')),
    h('ul.meters', null, row('Nodes described', described, documented.length), row('Columns described', columnsDescribed, columns), row('Models tested', tested, models.length)),
  );
}

/** What somebody should look at. */
function attention() {
  const failed = graphNodes.filter(node => node.status === 'error' || node.status === 'skipped');
  const bad = tests.filter(test => ['fail', 'error', 'warn'].includes(test.status));
  if (!failed.length && !bad.length) return null;
  return section('Needs attention',
    failed.length ? h('ul.rows', null, failed.slice(0, 20).map(node => h('li', null, nodeLink(node), chip(node.status, resultWord(node))))) : null,
    bad.length ? testTable(worstFirst(bad).slice(0, 20)) : null,
    bad.length > 20 && h('p', null, h('a', { href: '#/tests' }, `All ${count(bad.length, ['test', 'tests'])} that fail or warn`)),
  );
}

function exposures() {
  const list = listed.filter(node => node.kind === 'exposure');
  if (!list.length) return null;
  return section('Used by', h('div.cards', null, list.slice(0, 24).map(node => {
    const detail = detailOf(node);
    const fact = label => detail.facts?.find(([key]) => key === label)?.[1];
    return h('a.card.exposure', { href: href(node) },
      h('span.quiet', null, [fact('Type') ?? 'exposure', fact('Maturity') && `${fact('Maturity')} maturity`].filter(Boolean).join(' · ')),
      h('strong', null, titleOf(node)),
      detail.description && h('span.excerpt', null, plain(detail.description)),
      (detail.owner ?? detail.email) && h('span.quiet', null, detail.owner ?? detail.email),
    );
  })));
}

function provenance() {
  const facts = [];
  const add = (label, ...value) => facts.push(h('div', null, h('dt', null, label), h('dd', null, ...value)));
  for (const kind of Object.keys(KINDS)) {
    const number = nodes.filter(node => node.kind === kind).length;
    if (number) add(KINDS[kind][1], number.toLocaleString('en'));
  }
  const run = project.run;
  if (project.generated_at) add('Generated', moment(project.generated_at));
  if (run) add('Last run', run.command ? `${run.command}, ` : '', moment(run.at), run.seconds === undefined ? '' : `, took ${duration(run.seconds)}`);
  else add('Last run', 'no results of a run at hand');
  add('Catalog', project.catalog_at ? moment(project.catalog_at) : 'not generated: types come from the properties only');
  if (project.freshness_at) add('Freshness checked', moment(project.freshness_at));
  if (project.adapter) add('Database', project.adapter);
  if (project.dbt_version) add('dbt version', project.dbt_version);
  add('Artifacts', project.schemas.join(', ') || 'unknown');
  add('Made by', `hcdbt ${project.tool_version}`);
  return section('About this page', h('dl.wide', null, facts));
}

const TEST_FILTERS = [['', 'All'], ['fail', 'Failing'], ['warn', 'Warning'], ['pass', 'Passing'], ['open', 'Not run']];

function testsPage(query) {
  const wanted = query.get('status') ?? '';
  const toneOf = test => {
    const tone = STATUSES[test.status]?.[0];
    return tone === undefined || tone === 'skipped' ? 'open' : tone;
  };
  const filters = TEST_FILTERS.map(([key, word]) => [key, word, tests.filter(test => !key || toneOf(test) === key)]);
  const shown = filters.find(([key]) => key === wanted)?.[2] ?? tests;
  return {
    title: 'Tests',
    element: h('article', null,
      h('h1', { tabindex: -1 }, 'Tests'),
      h('nav.filters', { 'aria-label': 'Results' }, filters.map(([key, word, list]) =>
        h('a', { href: key ? `#/tests?status=${key}` : '#/tests', 'aria-current': key === wanted ? 'page' : null }, word, h('span.number', null, list.length.toLocaleString('en'))))),
      shown.length ? testTable(shown) : h('p.quiet', null, 'No test is in this state.'),
    ),
  };
}

function glossaryPage(name) {
  const blocks = index.blocks;
  const target = blocks.find(block => block.name === name);
  return {
    title: 'Glossary',
    element: h('article.glossary', null,
      h('h1', { tabindex: -1 }, 'Glossary'),
      h('p.quiet', null, 'Terms that the project explains once and uses in its descriptions.'),
      h('ul.inline.terms', { 'aria-label': 'Terms' }, blocks.map(block => h('li', null, h('a', { href: `#/glossary/${encodeURIComponent(block.name)}` }, block.name.replaceAll('_', ' '))))),
      blocks.map(block => h('section', { id: `term-${block.name}`, 'aria-label': block.name }, h('h2', null, block.name.replaceAll('_', ' ')), markup('div.prose', block.html))),
    ),
    shown: () => target && document.getElementById(`term-${target.name}`)?.scrollIntoView(),
  };
}

function missingPage(id) {
  return {
    title: 'Not found',
    element: h('article', null, h('h1', { tabindex: -1 }, 'Not found'), h('p', null, 'The project has no node ', h('code', null, id), '.'), h('p', null, h('a', { href: '#/' }, 'Overview'))),
  };
}

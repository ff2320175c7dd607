// The page of the reference project, used as a reader uses it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { changedPage, folderPage, listed, open, printedPage, promisedPage, referencePage, settle, skip, start, stop, violations } from './support.mjs';

const id = name => `model.claims_warehouse.${name}`;

describe('the page of the reference project', { skip }, () => {
  let path, session, page, all;
  before(async () => {
    path = referencePage();
    all = listed();
    await start();
    session = await open(path);
    page = session.page;
  });
  after(async () => {
    await session?.close();
    await stop();
  });
  const graph = () => page.locator('canvas.graph');
  /** Waits until the graph has so many boxes. */
  const shows = async (count, why) => {
    await page.waitForFunction(count => document.querySelector('canvas.graph')?.dataset.boxes === String(count), count, { timeout: 10_000 }).catch(() => {});
    assert.equal(await boxes(), count, why);
  };
  const view = () => page.evaluate(() => document.querySelector('canvas.graph').stage.view);
  const boxes = async () => Number(await graph().getAttribute('data-boxes'));

  it('opens with the project\'s overview', async () => {
    assert.equal(await page.title(), 'claims_warehouse');
    assert.match(await page.locator('main').innerText(), /Claims warehouse[\s\S]*What does care cost/);
    await session.shot('home');
  });

  it('draws every node', async () => {
    await session.go('#/lineage');
    await shows(all);
    const inked = await page.evaluate(() => {
      const canvas = document.querySelector('canvas.graph');
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      return data.reduce((sum, value, i) => sum + (i % 4 === 3 && value ? 1 : 0), 0);
    });
    assert.ok(inked > 20_000, `${inked} pixels`);
    await session.shot('lineage');
  });

  it('selects with dbt\'s syntax, and says what it cannot read', async () => {
    const box = page.getByRole('searchbox', { name: 'Select' });
    const selects = async (select, exclude) => {
      const text = exclude ? `${select} --exclude ${exclude}` : select;
      await box.fill(text);
      await box.press('Enter');
      await shows(listed(select, exclude), text);
    };
    await selects('+mart_readmission,resource_type:model');
    await selects('stg_claims+1 1+mart_payer');
    await selects('tag:published', 'resource_type:exposure');
    await selects('path:../models/marts');
    await selects('source:landing');
    await selects('@stg_providers', 'mart_*');
    await selects('claims_warehouse.staging config.materialized:incremental');
    await selects('@mart_payer');
    await selects('config.schema:staging config.unique_key:claim_id');
    await selects('*', '+mart_*');
    await box.fill('nonsense:x');
    await box.press('Enter');
    assert.match(await page.locator('.problem').innerText(), /nonsense:/);
    await box.fill('');
    await box.press('Enter');
    await shows(all);
  });

  it('is led by the keyboard', async () => {
    await session.go('#/lineage');
    await graph().focus();
    await page.keyboard.press('ArrowRight');
    const panel = page.locator('.panel h2');
    const first = await panel.innerText();
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction(first => document.querySelector('.panel h2').innerText !== first, first);
    await page.keyboard.press('f');
    await page.waitForFunction(() => location.hash.includes('focus='));
    await page.waitForFunction(all => Number(document.querySelector('canvas.graph').dataset.boxes) < all, all);
    await page.keyboard.press('Escape');
    await graph().focus();
    assert.equal(await page.locator('.panel').count(), 0);
    // The end of a path is picked with the keys, too.
    await session.go(`#/lineage?pick=${id('stg_claims')}`);
    await page.getByRole('button', { name: 'Path to' }).press('Enter');
    await page.locator('.banner').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(from => !location.hash.includes(`pick=${from}`), id('stg_claims'));
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => location.hash.includes('path='));
    await shows(2);
    // Groups are reached and opened as well, and the picture is moved.
    await session.go('#/lineage?group=layer&closed=*');
    await graph().focus();
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() => location.hash.includes('pick=group'));
    const closed = await boxes();
    await page.keyboard.press('Enter');
    await page.waitForFunction(closed => Number(document.querySelector('canvas.graph').dataset.boxes) > closed, closed);
    await settle(page);
    const { x } = await view();
    await page.keyboard.press('Shift+ArrowLeft');
    assert.equal((await view()).x, x + 80);
  });

  it('shows a path, groups, collapses and lenses, each with an address', async () => {
    await session.go(`#/lineage?path=source.claims_warehouse.landing.claims..${id('mart_readmission')}`);
    assert.match(await page.locator('.lineage-title').innerText(), /From claims to mart_readmission/);
    const onPath = await boxes();
    assert.ok(onPath > 2 && onPath < all, `${onPath}`);
    await session.go('#/lineage?group=folder');
    await session.shot('groups');
    await page.getByRole('button', { name: 'Collapse all' }).click();
    await settle(page);
    const collapsed = await boxes();
    assert.ok(collapsed > 2 && collapsed < all / 3, `${collapsed}`);
    await page.getByRole('button', { name: 'Expand all' }).click();
    await shows(all);
    for (const lens of ['status', 'freshness', 'time']) {
      await page.getByLabel('Colour by').selectOption(lens);
      await settle(page);
      assert.match(page.url(), new RegExp(`color=${lens}`));
    }
    await session.shot('lens-time');
    // A link that comes while the page is open leads to its view, too.
    for (const at of ['40,30,0.7', '-200,10,0.4']) {
      await session.go(`#/lineage?group=layer&at=${at}`);
      assert.deepEqual(Object.values(await view()).join(), at);
    }
  });

  it('looks as the address says', async () => {
    const dark = () => page.evaluate(() => document.documentElement.dataset.theme);
    await session.go('#/?theme=dark');
    assert.equal(await dark(), 'dark');
    await session.go(`#/node/${id('dim_provider')}?code=compiled&theme=light`);
    assert.equal(await dark(), 'light');
    assert.match(await page.locator('.code').innerText(), /"stg_providers"/);
    await session.go('#/');
    await page.getByRole('button', { name: 'Colours' }).click();
    await page.waitForFunction(() => location.hash.includes('theme=dark'));
    await page.getByRole('button', { name: 'Colours' }).click();
  });

  it('has the same as a table', async () => {
    await session.go('#/lineage?view=table');
    assert.equal(await page.locator('tbody tr').count(), all);
    assert.match(await page.locator('tbody').innerText(), /mart_readmission/);
  });

  it('saves pictures', async () => {
    await session.go('#/lineage');
    for (const [name, start] of [['PNG', '\x89PNG'], ['SVG', '<svg']]) {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
      const text = readFileSync(await download.path(), 'latin1');
      assert.ok(text.startsWith(start), name);
      if (name === 'SVG') assert.match(text, /mart_readmission/);
    }
  });

  it('pans, zooms and picks with the mouse', async () => {
    await session.go('#/lineage?select=mart_readmission%2B');
    const { x, y, width, height } = await graph().boundingBox();
    const before = await page.evaluate(() => document.querySelector('canvas.graph').stage.view);
    await page.mouse.move(x + width / 2, y + 60);
    await page.mouse.down();
    await page.mouse.move(x + width / 2 + 80, y + 90, { steps: 4 });
    await page.mouse.up();
    await page.mouse.wheel(0, -300);
    await settle(page);
    const after = await page.evaluate(() => document.querySelector('canvas.graph').stage.view);
    assert.ok(after.k > before.k);
    await page.getByRole('button', { name: 'Fit' }).click();
    await settle(page);
    const place = await page.evaluate(() => {
      const { stage } = document.querySelector('canvas.graph');
      const box = stage.scene.boxes.find(box => box.label === 'mart_readmission');
      return { ...stage.place(box), w: box.w * stage.view.k, h: box.h * stage.view.k };
    });
    await page.mouse.click(x + place.x + place.w / 2, y + place.y + place.h / 2);
    assert.match(await page.locator('.panel').innerText(), /mart_readmission/);
    await page.getByRole('button', { name: 'Show columns' }).click();
    await settle(page);
    const opened = await page.evaluate(() => document.querySelector('canvas.graph').stage.scene.boxes.find(box => box.label === 'mart_readmission').columns.length);
    assert.equal(opened, 15);
    await page.mouse.move(x + width - 30, y + 30);
    await session.shot('opened');
    void height;
  });

  it('searches, with typing errors', async () => {
    await page.keyboard.press('/');
    const box = page.getByRole('combobox', { name: 'Search everything' });
    const finds = async (text, name) => {
      await box.fill(text);
      await page.waitForFunction(() => document.querySelectorAll('.hit').length > 0);
      assert.match(await page.locator('.hit').first().innerText(), name, text);
    };
    await finds('mart_readmission', /mart_readmission/);
    await finds('readmision mart', /mart_readmission/);
    await finds('utilizaton', /utilization/);
    await finds('hospital_npi', /hospital_npi/);
    await session.shot('search');
    await finds('encounter', /encounter/);
    await finds('marts_add_up', /assert_marts_add_up[\s\S]*Test/);
    // A word that only code has, and one that only compiled code has.
    await finds('qualify place', /code:/);
    await finds('select qualify', /code:/);
    await finds('regexp_full_match', /code:/);
    await box.press('Enter');
    await page.waitForSelector('.code-line.marked');
    assert.match(await page.locator('.code-line.marked').first().innerText(), /regexp_full_match/i);
    await page.keyboard.press('/');
    await box.fill('fact_claim');
    await settle(page);
    await box.press('Enter');
    await settle(page);
    assert.equal(await page.locator('h1').innerText(), 'fact_claim');
  });

  it('has a page for each node, with columns, tests, code and links', async () => {
    await session.go(`#/node/${id('mart_readmission')}`);
    const text = await page.locator('article').innerText();
    for (const part of ['hospital_npi', 'VARCHAR', 'refers to dim_provider', 'fact_admission', 'Rows']) assert.ok(text.includes(part), part);
    await session.shot('node');
    await page.locator('.code a', { hasText: 'dim_provider' }).first().click();
    await settle(page);
    assert.equal(await page.locator('h1').innerText(), 'dim_provider');
    await page.getByRole('button', { name: 'Compiled' }).click();
    assert.match(await page.locator('.code').innerText(), /"stg_providers"/);
    await session.go('#/node/macro.claims_warehouse.ratio');
    assert.match(await page.locator('article').innerText(), /Used by[\s\S]*mart_/);
  });

  it('lists tests, relations and words', async () => {
    await session.go('#/tests');
    assert.ok((await page.locator('tbody tr').count()) > 100);
    await page.locator('tbody th a').first().click();
    await settle(page);
    assert.ok((await page.locator('article .code').count()) > 0);
    assert.match(await page.locator('section[aria-label="Run history"]').innerText(), /Rows found[\s\S]*Passed/);
    await session.go('#/relations');
    await page.waitForSelector('.diagram .table-box');
    assert.ok((await page.locator('.relation').count()) > 5);
    await session.shot('relations');
    await session.go('#/glossary');
    assert.match(await page.locator('main').innerText(), /Readmission/i);
  });

  it('follows a column, with how it is computed', async () => {
    await session.go(`#/lineage?column=${encodeURIComponent(`${id('mart_readmission')}::readmission_rate`)}`);
    await page.waitForSelector('.computation .code-line.marked');
    const text = await page.locator('.panel').innerText();
    for (const part of ['admissions', 'fact_admission', 'readmitted_30d']) assert.ok(text.includes(part), part);
    const edges = await page.evaluate(() => document.querySelector('canvas.graph').stage.scene.columnEdges.length);
    assert.ok(edges > 10, `${edges}`);
    await session.shot('column');
    // The whole expression, and what the names in it stand for.
    assert.match(await page.locator('.stop.last .expression').first().innerText(), /cast\(round\(.*readmissions.*index_admissions/);
    const marked = (await page.locator('.stop.last .code-line.marked').allInnerTexts()).join('\n');
    for (const part of ['filter (where readmitted_30d) as readmissions', 'filter (where is_index_admission) as index_admissions', 'as readmission_rate']) assert.ok(marked.includes(part), part);
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'SVG' }).click()]);
    const svg = readFileSync(await download.path(), 'utf8');
    for (const part of ['int_readmissions.is_index_stay → fact_admission.is_index_admission: computed', '>coalesc']) assert.ok(svg.includes(part), part);
    await session.go(`${new URL(page.url()).hash}&view=table`);
    const row = page.locator('table.steps tr', { hasText: 'fact_admission.is_index_admission' }).last();
    assert.match(await row.innerText(), /int_readmissions\.is_index_stay\s+computed\s+coalesce\(readmissions\.is_index_stay, false\)/);
    await page.getByRole('button', { name: 'Graph' }).click();
    await page.locator('.column-name', { hasText: 'readmitted_30d' }).first().click();
    await page.waitForFunction(() => location.hash.includes('readmitted_30d'));
  });

  it('shows charts, profiles, runs and identifiers', async () => {
    await session.go('#/node/exposure.claims_warehouse.cost_of_care_dashboard');
    await page.waitForSelector('.chart .plot');
    const text = await page.locator('.charts').innerText();
    assert.match(text, /Paid in all\s+\$[\d,]+/);
    await session.shot('charts');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download CSV' }).nth(1).click()]);
    assert.match(readFileSync(await download.path(), 'utf8'), /^Month,Allowed,Paid\r\n20/);
    await page.locator('details.how summary').first().click();
    await page.waitForSelector('.how .code');
    assert.match(await page.locator('.how').first().innerText(), /Made of claims, paid_amount[\s\S]*sum\(paid_amount\)/);
    await session.go(`#/node/${id('fact_claim')}`);
    await page.waitForSelector('.histogram');
    assert.match(await page.locator('.columns').innerText(), /may hold an identifier/);
    await session.shot('profile');
    await page.waitForSelector('[aria-label="Run history"] tbody tr');
    await session.go('#/node/source.claims_warehouse.landing.claims');
    assert.match(await page.locator('section[aria-label="Run history"]').innerText(), /Age of the newest data/);
    await session.go('#/lineage?color=phi');
    assert.match(await page.locator('.legend').innerText(), /Holds it as it is/);
    await session.shot('phi');
  });

  it('follows patient data to where it is declared', async () => {
    await session.go(`#/node/${id('fact_admission')}`);
    const section = page.locator('section[aria-label="Patient data"]');
    await section.locator('details.way summary', { hasText: 'date' }).first().click();
    await page.waitForSelector('.way-steps li');
    assert.match(await section.locator('.way-steps').first().innerText(), /declared here/);
    await session.go(`#/node/${id('lake_patients')}`);
    const hashed = page.locator('section[aria-label="Patient data"] .way', { hasText: 'hashed' }).first();
    await hashed.locator('summary').click();
    await page.waitForSelector('.way-steps li:nth-child(2)');
    assert.match(await hashed.locator('.way-steps').innerText(), /through .*hash/);
    await session.shot('patient-data');
    await session.go('#/lineage?view=table&color=phi');
    assert.match(await page.locator('tr', { hasText: 'lake_patients' }).first().innerText(), /health_plan_id/);
  });

  it('tells what was promised, and what is there all the same', async () => {
    const { path: promised, clear, hashed } = promisedPage();
    const other = await open(promised, { hash: `#/node/${hashed}` });
    const section = other.page.locator('section[aria-label="Patient data"]');
    assert.match(await section.innerText(), /kept\s+Promised to be pseudonymous[\s\S]*patient_hash[\s\S]*mrn\s+hashed/);
    await section.locator('details.way summary').first().click();
    // Nothing but the seed is built: what models have, their SQL says.
    await other.page.waitForSelector('.way-steps li:nth-child(3)');
    assert.match(await section.locator('.way-steps').innerText(), /raw_patients[\s\S]*declared here[\s\S]*patients[\s\S]*list[\s\S]*through keyed hash/);
    await other.go(`#/node/${clear}`);
    assert.match(await other.page.locator('.node-head').innerText(), /Promise kept/);
    await other.go('#/lineage?color=phi');
    assert.match(await other.page.locator('.legend').innerText(), /keyed hash[\s\S]*No patient data, as promised/);
    await other.shot('promises');
    assert.deepEqual(await violations(other.page), []);
    assert.deepEqual(other.problems, []);
    await other.close();
  });

  it('shows what changed since an earlier state', async () => {
    const { path: changed, model, gone } = changedPage();
    const other = await open(changed, { hash: '#/lineage?color=change' });
    assert.match(await other.page.locator('.legend').innerText(), /Modified[\s\S]*Removed[\s\S]*Impacted/);
    const ghost = await other.page.evaluate(gone => {
      const box = document.querySelector('canvas.graph').stage.scene.boxes.find(box => box.label === gone);
      return { parents: box.in.map(other => other.label), before: box.in.every(other => other.column < box.column) };
    }, gone);
    assert.deepEqual(ghost, { parents: ['stg_providers'], before: true });
    await other.shot('changes');
    await other.go('#/lineage?color=change&view=table');
    assert.match(await other.page.locator('tr', { hasText: gone }).first().innerText(), /Removed/);
    await other.go(`#/lineage?select=${encodeURIComponent('state:modified')}`);
    assert.equal(await other.page.evaluate(() => document.querySelector('canvas.graph').stage.scene.boxes.map(box => box.label).join()), model);
    assert.deepEqual(other.problems, []);
    await other.close();
  });

  it('is a folder as well, read in parts', async () => {
    const other = await open(folderPage(), { hash: `#/node/${id('dim_patient')}`, folder: true });
    await settle(other.page);
    assert.match(await other.page.locator('article').innerText(), /cohort_code/);
    assert.deepEqual(other.problems, []);
    await other.close();
  });

  it('prints an exposure\'s charts', () => {
    const pdf = printedPage('cost_of_care_dashboard');
    assert.ok(pdf.startsWith('%PDF') && pdf.length > 10_000, `${pdf.length} bytes`);
  });

  it('has nothing serious for axe to find, in both themes and at three widths', async () => {
    const places = ['#/', '#/lineage', `#/lineage?focus=${id('fact_claim')}&pick=${id('fact_claim')}`, '#/lineage?view=table', `#/node/${id('mart_readmission')}`, '#/node/exposure.claims_warehouse.payer_mix', `#/lineage?column=${encodeURIComponent(`${id('mart_payer')}::denial_rate`)}`, '#/tests', '#/relations', '#/glossary', '#/list/model', '#/nowhere'];
    const found = new Set();
    for (const theme of ['light', 'dark']) {
      for (const [width, height] of [[1440, 900], [820, 1100], [390, 800]]) {
        const other = await open(path, { theme, width, height });
        for (const place of places) {
          await other.go(place);
          const said = await violations(other.page);
          for (const one of said) found.add(`${place} ${theme} ${width}: ${one}`);
          const name = place.split('?')[0].replace(/\W+/g, '-').replace(/^-|-$/g, '') || 'overview';
          await other.shot(`${theme}-${width}-${name}${place.includes('?') ? '-2' : ''}`);
          const wide = await other.page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(wide <= 0, `${place} is ${wide} pixels too wide at ${width}`);
        }
        assert.deepEqual(other.problems, []);
        await other.close();
      }
    }
    assert.deepEqual([...found], []);
  });

  it('did nothing that a page must not do', () => {
    assert.deepEqual(session.problems, []);
  });
});

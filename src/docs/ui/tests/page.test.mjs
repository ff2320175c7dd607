// The page of the reference project, used as a reader uses it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { open, referencePage, settle, skip, start, stop, violations } from './support.mjs';

const id = name => `model.claims_warehouse.${name}`;

describe('the page of the reference project', { skip }, () => {
  let path, session, page;
  before(async () => {
    path = process.env.READY ?? referencePage();
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
  const boxes = async () => Number(await graph().getAttribute('data-boxes'));

  it('opens with the project\'s overview', async () => {
    assert.equal(await page.title(), 'claims_warehouse');
    assert.match(await page.locator('main').innerText(), /Claims warehouse[\s\S]*What does care cost/);
    await session.shot('home');
  });

  it('draws every node', async () => {
    await session.go('#/lineage');
    assert.equal(await boxes(), 31);
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
    const selects = async (text, count) => {
      await box.fill(text);
      await box.press('Enter');
      await shows(count, text);
    };
    await selects('+mart_readmission,resource_type:model', 9);
    await selects('stg_claims+1', 2);
    await selects('tag:published --exclude resource_type:exposure', 3);
    await selects('path:../models/marts', 6);
    await selects('source:landing', 4);
    await selects('mart_*', 3);
    await box.fill('nonsense:x');
    await box.press('Enter');
    assert.match(await page.locator('.problem').innerText(), /nonsense:/);
    await selects('', 31);
  });

  it('is led by the keyboard', async () => {
    await graph().focus();
    await page.keyboard.press('ArrowRight');
    const panel = page.locator('.panel h2');
    const first = await panel.innerText();
    await page.keyboard.press('ArrowRight');
    assert.notEqual(await panel.innerText(), first);
    await page.keyboard.press('f');
    await settle(page);
    assert.ok((await boxes()) < 31);
    assert.match(page.url(), /focus=/);
    await page.keyboard.press('Escape');
    await graph().focus();
    assert.equal(await page.locator('.panel').count(), 0);
  });

  it('shows a path, groups, collapses and lenses, each with an address', async () => {
    await session.go(`#/lineage?path=source.claims_warehouse.landing.claims..${id('mart_readmission')}`);
    assert.match(await page.locator('.lineage-title').innerText(), /From claims to mart_readmission/);
    const onPath = await boxes();
    assert.ok(onPath > 2 && onPath < 15, `${onPath}`);
    await session.go('#/lineage?group=folder');
    await session.shot('groups');
    await page.getByRole('button', { name: 'Collapse all' }).click();
    await settle(page);
    const collapsed = await boxes();
    assert.ok(collapsed < 10, `${collapsed}`);
    await page.getByRole('button', { name: 'Expand all' }).click();
    await shows(31);
    for (const lens of ['status', 'freshness', 'time']) {
      await page.getByLabel('Colour by').selectOption(lens);
      await settle(page);
      assert.match(page.url(), new RegExp(`color=${lens}`));
    }
    await session.shot('lens-time');
  });

  it('has the same as a table', async () => {
    await session.go('#/lineage?view=table');
    assert.equal(await page.locator('tbody tr').count(), 31);
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
    await session.go('#/relations');
    await page.waitForSelector('.diagram .table-box');
    assert.ok((await page.locator('.relation').count()) > 5);
    await session.shot('relations');
    await session.go('#/glossary');
    assert.match(await page.locator('main').innerText(), /Readmission/i);
  });

  it('has nothing serious for axe to find, in both themes and at three widths', async () => {
    const places = ['#/', '#/lineage', `#/lineage?focus=${id('fact_claim')}&pick=${id('fact_claim')}`, '#/lineage?view=table', `#/node/${id('mart_readmission')}`, '#/tests', '#/relations', '#/glossary', '#/list/model', '#/nowhere'];
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

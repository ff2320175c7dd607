// The page of a project that means harm.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { hostilePage } from './hostile.mjs';
import { open, settle, skip, start, stop, violations } from './support.mjs';

describe('the page of a hostile project', { skip }, () => {
  let path;
  before(async () => {
    path = hostilePage();
    await start();
  });
  after(stop);

  const places = ['#/', '#/lineage', '#/lineage?view=table', '#/lineage?group=tag', `#/node/${encodeURIComponent('model.hostile.a&<b>🏥')}`, '#/node/exposure.hostile.board', '#/node/macro.hostile.evil', '#/tests', '#/glossary', '#/groups', '#/relations', '#/list/model', '#/lineage?select=%3Cscript%3E', `#/node/${encodeURIComponent('<img src=x onerror=alert(1)>')}`, `#/lineage?column=${encodeURIComponent('model.hostile.child::n')}`];

  it('shows texts as texts, wherever they are', async () => {
    const { page, problems, go, shot, close } = await open(path);
    for (const [i, place] of places.entries()) {
      await go(place);
      await shot(`hostile-${i}`);
      assert.equal(await page.evaluate(() => window.owned), undefined, place);
      const foreign = await page.evaluate(() => [...document.querySelectorAll('main img, main script, main iframe, main style, main [onload], main [onerror], main [onmouseover], a[href^="javascript:"], a[href^="data:"]')].map(element => element.outerHTML));
      assert.deepEqual(foreign, [], place);
    }
    assert.deepEqual(problems, []);
    await close();
  });

  it('tells the whole text', async () => {
    const { page, go, close } = await open(path, { hash: `#/node/${encodeURIComponent('model.hostile.a&<b>🏥')}` });
    await settle(page);
    const text = await page.locator('article').innerText();
    for (const part of ['<script>window.owned = 1; alert(1)</script>', '<img src=x onerror', '🏥', '数据']) assert.ok(text.includes(part), part);
    await go('#/node/exposure.hostile.board');
    await page.waitForSelector('.chart');
    assert.match(await page.locator('.charts').innerText(), /could not be drawn/);
    await close();
  });

  it('has addresses for names with any signs', async () => {
    const { page, problems, go, close } = await open(path);
    const boxes = () => page.evaluate(() => document.querySelector('canvas.graph').stage.scene.boxes.map(box => box.key).sort());
    await go(`#/lineage?column=${encodeURIComponent('model.hostile.odd::a::b')}`);
    await page.waitForSelector('.computation');
    assert.deepEqual(await boxes(), ['model.hostile.odd', 'model.hostile.odd_reader']);
    await page.locator('.column-name').first().click();
    assert.match(await page.locator('h1').innerText(), /odd\.a::b/);
    for (const tag of ['two words', 'c++, *']) {
      await go('#/node/model.hostile.odd');
      await page.getByRole('link', { name: tag }).click();
      await settle(page);
      assert.deepEqual(await boxes(), ['model.hostile.odd'], tag);
    }
    await go(`#/group/${encodeURIComponent('a|b, c')}`);
    await page.getByRole('link', { name: 'Show lineage' }).click();
    await settle(page);
    assert.deepEqual(await boxes(), ['model.hostile.odd']);
    // The folder `a|b` alone collapses, and opens again with the keyboard.
    await go('#/lineage?group=folder');
    await page.locator('details.groups summary').click();
    await page.getByRole('button', { name: 'a|b' }).click();
    await settle(page);
    assert.ok((await boxes()).includes('group:a|b'));
    await page.reload();
    await page.waitForSelector('canvas.graph[data-ready]');
    assert.ok((await boxes()).includes('group:a|b'));
    await go(`${new URL(page.url()).hash}&pick=${encodeURIComponent('group:a|b')}`);
    await page.locator('canvas.graph').focus();
    await page.keyboard.press('Enter');
    await settle(page);
    assert.ok((await boxes()).includes('model.hostile.odd'));
    assert.deepEqual(problems, []);
    await close();
  });

  it('is searched and saved without harm', async () => {
    const { page, problems, close } = await open(path, { hash: '#/lineage' });
    await page.keyboard.press('/');
    for (const text of ['<script>', '"><img src=x>', '🏥', 'evil', '\\', '(', 'a&<b>']) {
      await page.getByRole('combobox', { name: 'Search everything' }).fill(text);
      await settle(page);
    }
    await page.keyboard.press('Escape');
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'SVG' }).click()]);
    const broken = await page.evaluate(svg => new DOMParser().parseFromString(svg, 'image/svg+xml').querySelector('parsererror, script, [onload], [onerror]')?.outerHTML, readFileSync(await download.path(), 'utf8'));
    assert.equal(broken, undefined);
    assert.deepEqual(problems, []);
    await close();
  });

  it('would not run a script that came in, nor send anything', async () => {
    const { page, close } = await open(path);
    const ran = await page.evaluate(async () => {
      const element = document.createElement('script');
      element.textContent = 'window.owned = 1';
      document.body.append(element);
      const sent = await fetch('https://example.org').then(() => true, () => false);
      return [window.owned, sent];
    });
    assert.deepEqual(ran, [null, false].map((value, i) => (i ? value : undefined)));
    await close();
  });

  it('has nothing serious for axe to find', async () => {
    const { page, go, close } = await open(path);
    const found = [];
    for (const place of places) {
      await go(place);
      for (const one of await violations(page)) found.push(`${place}: ${one}`);
    }
    assert.deepEqual(found, []);
    await close();
  });
});

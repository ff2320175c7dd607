// Measures a page in headless Chromium: `npm run measure -- PAGE [SEARCH ...]`.
//
// Told are: size, first paint, when the graph could be used, frames while panning at two zooms,
// answers to what is typed into the search, and memory. Of dbt's own page (`dbt docs generate
// --static`) the same is told as far as it has it: when models are listed, answers of its search,
// and when its graph is there, or that it is not within the time that is waited.

import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

const [path, ...typed] = process.argv.slice(2);
if (!path) {
  console.error('usage: npm run measure -- PAGE [SEARCH ...]');
  process.exit(2);
}
const isAddress = /^https?:/.test(path);
const address = isAddress ? path : pathToFileURL(resolve(path)).href;
const ms = value => `${Math.round(value)} ms`;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ['--no-sandbox', '--enable-precise-memory-info', '--js-flags=--expose-gc'] });
const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
page.on('pageerror', error => console.log(`error: ${error.message}`));
if (!isAddress) console.log(`size ${(statSync(path).size / 1e6).toFixed(1)} MB`);
await page.goto(`${address}#/lineage`, { waitUntil: 'commit' });
const paint = await page.waitForFunction(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime, undefined, { polling: 20, timeout: 120_000 });
console.log(`first paint ${ms(await paint.jsonValue())}`);
const own = await page.waitForSelector('canvas.graph[data-ready]', { timeout: 60_000 }).catch(() => undefined);
if (own) {
  console.log(`graph usable ${ms(Number(await own.getAttribute('data-ready')))}, ${await own.getAttribute('data-boxes')} nodes, ${await own.getAttribute('data-edges')} edges`);
  await page.waitForLoadState('load');
  for (const zoom of [undefined, 0.12, 0.6]) console.log(`panning at ${zoom ?? 'fit'}: ${await pan(zoom)}`);
  for (const text of typed.length ? typed : ['mart', 'patient', 'patiant', 'claim_amount', 'xyzzy']) console.log(`search “${text}”: ${await search(text)}`);
} else {
  await measureDbt(typed.length ? typed : ['mart', 'patient', 'claim_amount']);
}
const memory = await page.evaluate(() => {
  globalThis.gc?.();
  return performance.memory.usedJSHeapSize;
});
console.log(`memory ${(memory / 1e6).toFixed(0)} MB of objects`);
// A page that is at work does not answer, and is not waited for.
await Promise.race([browser.close(), after(5000)]);
process.exit();

/** Measures dbt's page. Its graph comes last: while it is made, nothing else is answered. */
async function measureDbt(typed) {
  const limit = 180_000;
  await page.waitForSelector('.menu-tree', { timeout: limit });
  console.log(`models listed ${ms(await page.evaluate(() => performance.now()))}`);
  await page.waitForLoadState('load');
  for (const text of typed) {
    const took = await page.evaluate(async text => {
      const input = document.querySelector('#search');
      input.focus();
      const start = performance.now();
      input.value = text;
      input.dispatchEvent(new Event('input', { bubbles: true }));
      input.dispatchEvent(new Event('change', { bubbles: true }));
      await new Promise(done => setTimeout(done));
      await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
      return performance.now() - start;
    }, text);
    console.log(`search “${text}”: ${took.toFixed(1)} ms`);
  }
  const memory = await page.evaluate(() => performance.memory.usedJSHeapSize);
  console.log(`memory before the graph ${(memory / 1e6).toFixed(0)} MB of objects`);
  const start = performance.now();
  const drawn = page.evaluate(async () => {
    document.querySelector('.launcher-btn a').click();
    const isDrawn = () => [...document.querySelectorAll('#cy canvas')].some(canvas => canvas.width > 0 && canvas.height > 0);
    while (!isDrawn()) await new Promise(done => setTimeout(done, 20));
    await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
    return true;
  });
  const isThere = await Promise.race([drawn.catch(() => false), after(limit)]);
  console.log(isThere ? `graph drawn ${ms(performance.now() - start)} after the click` : `no graph within ${limit / 1000} s of the click`);
  if (!isThere) process.exit();
}

function after(time) {
  return new Promise(done => setTimeout(done, time));
}

/** Drags the graph about and returns how long frames took. */
async function pan(zoom) {
  const { x, y, width, height } = await own.boundingBox();
  await page.evaluate(zoom => {
    const { stage } = document.querySelector('canvas.graph');
    if (zoom) stage.zoom(zoom / stage.view.k);
  }, zoom);
  await page.waitForTimeout(1500);
  await page.evaluate(() => {
    const times = (window.frames_ = []);
    let last = performance.now();
    const tick = () => {
      const now = performance.now();
      times.push(now - last);
      last = now;
      window.stop_ ? 0 : requestAnimationFrame(tick);
    };
    window.stop_ = false;
    requestAnimationFrame(tick);
  });
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  for (let i = 0; i < 160; i++) {
    const angle = i / 12;
    await page.mouse.move(x + width / 2 + Math.cos(angle) * i * 2, y + height / 2 + Math.sin(angle) * i * 1.6);
    await page.waitForTimeout(8);
  }
  await page.mouse.up();
  const times = await page.evaluate(() => {
    window.stop_ = true;
    return window.frames_.slice(2).sort((a, b) => a - b);
  });
  const at = share => times[Math.floor(times.length * share)];
  return `median ${at(0.5).toFixed(1)} ms, 95th percentile ${at(0.95).toFixed(1)} ms, longest ${at(0.9999).toFixed(1)} ms of ${times.length} frames`;
}

/** Types a text and returns how long the last letter's answer took, until it was shown. */
async function search(text) {
  if (!(await page.locator('.search-dialog[open]').count())) await page.keyboard.press('/');
  const input = page.getByRole('combobox', { name: 'Search everything' });
  await input.fill('zzzz');
  await page.waitForFunction(() => !document.querySelector('.search-box p')?.textContent.includes('being read'));
  await input.fill(text.slice(0, -1));
  await page.waitForTimeout(300);
  const took = await page.evaluate(async text => {
    const input = document.querySelector('.search-box input');
    const start = performance.now();
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, text);
    input.dispatchEvent(new Event('input', { bubbles: true }));
    // Rendering is done when what was queued before has run.
    await new Promise(done => setTimeout(done));
    document.querySelector('.search-box').getBoundingClientRect();
    return performance.now() - start;
  }, text);
  return `${took.toFixed(1)} ms, ${await page.locator('.hit').count()} hits`;
}

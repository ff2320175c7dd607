// Measures a page in headless Chromium: `npm run measure -- PAGE [SEARCH ...]`.
//
// Told are: size, first paint, when the graph could be used, frames while panning at two zooms,
// answers to what is typed into the search, and memory. A page of another tool is opened as far
// as it goes: size, first paint, memory.

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
  await page.waitForLoadState('load');
  await page.waitForTimeout(15_000);
}
const memory = await page.evaluate(() => {
  globalThis.gc?.();
  return performance.memory.usedJSHeapSize;
});
console.log(`memory ${(memory / 1e6).toFixed(0)} MB of objects`);
await browser.close();

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

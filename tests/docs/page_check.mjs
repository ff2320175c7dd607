// Opens a docs page in headless Chromium and checks what a reader relies on: no error, no
// request, no script but its own, all nodes drawn, a click or a key opens one.
//
//   node tests/docs/page_check.mjs target/index.html [--nodes N] [--shots FOLDER]
//
// Needs Node 18 and Chromium (or Chrome; `CHROMIUM` names another one), and nothing
// from npm: it speaks Chromium's own protocol, through a pipe. Where Chromium is missing it says so
// and ends well, unless `--required` is given.

import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';

const args = process.argv.slice(2);
const option = name => {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args.splice(at, 2)[1];
};
const required = args.includes('--required') && args.splice(args.indexOf('--required'), 1);
const [expected, shots] = [option('--nodes'), option('--shots')];
if (args.length !== 1) {
  console.error('usage: node tests/docs/page_check.mjs PAGE [--nodes N] [--shots FOLDER] [--required]');
  process.exit(2);
}
const page = pathToFileURL(resolve(args[0])).href;

const candidates = [process.env.CHROMIUM, 'chromium', 'chromium-browser', 'google-chrome', 'chrome'].filter(Boolean);
const browser = candidates.find(name => spawnSync(name, ['--version']).status === 0);
if (!browser) {
  console.log('skipped: Chromium is not installed, so the docs page was not opened');
  process.exit(required ? 1 : 0);
}

const profile = mkdtempSync(join(tmpdir(), 'page-check-'));
const chromium = spawn(browser, [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--remote-debugging-pipe', `--user-data-dir=${profile}`, 'about:blank',
], { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });

const problems = [];
const requests = [];
const failed = [];
let checks = 0;

try {
  const cdp = await connect();
  cdp.on('Runtime.exceptionThrown', ({ exceptionDetails: d }) => problems.push(`exception: ${d.exception?.description ?? d.text}`));
  cdp.on('Runtime.consoleAPICalled', ({ type, args: values }) => {
    if (type === 'error' || type === 'warning') problems.push(`console.${type}: ${values.map(v => v.value ?? v.description).join(' ')}`);
  });
  cdp.on('Log.entryAdded', ({ entry }) => entry.level === 'error' && problems.push(`log: ${entry.text}`));
  cdp.on('Page.javascriptDialogOpening', ({ message }) => {
    problems.push(`dialog: ${message}`);
    cdp.send('Page.handleJavaScriptDialog', { accept: true });
  });
  cdp.on('Network.requestWillBeSent', ({ request }) => requests.push(request.url));
  for (const domain of ['Page', 'Runtime', 'Log', 'Network']) await cdp.send(`${domain}.enable`);
  await size(1440, 900);

  async function size(width, height) {
    await cdp.send('Emulation.setDeviceMetricsOverride', { width, height, deviceScaleFactor: 1, mobile: false });
  }
  const evaluate = async expression => {
    const { result, exceptionDetails } = await cdp.send('Runtime.evaluate', { expression, returnByValue: true, awaitPromise: true });
    if (exceptionDetails) throw new Error(`${expression}: ${exceptionDetails.exception?.description}`);
    return result.value;
  };
  const settle = () => evaluate('new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))');
  const go = async hash => {
    await evaluate(`location.hash = ${JSON.stringify(hash)}`);
    await sleep(50);
    await settle();
  };
  const check = (what, holds, detail = '') => {
    checks++;
    if (!holds) failed.push(`${what}${detail === '' ? '' : `: ${detail}`}`);
  };
  const equal = (what, found, wanted) => check(what, found === wanted, `found ${found}, expected ${wanted}`);
  const shot = async name => {
    if (!shots) return;
    mkdirSync(shots, { recursive: true });
    const { data } = await cdp.send('Page.captureScreenshot', { format: 'png' });
    writeFileSync(join(shots, `${name}.png`), Buffer.from(data, 'base64'));
  };
  const key = async name => {
    for (const type of ['keyDown', 'keyUp']) await cdp.send('Input.dispatchKeyEvent', { type, key: name, code: name, ...(name === 'Enter' ? { text: '\r' } : {}) });
    await sleep(50);
  };
  const click = async (x, y) => {
    for (const type of ['mouseMoved', 'mousePressed', 'mouseReleased']) {
      await cdp.send('Input.dispatchMouseEvent', { type, x, y, button: type === 'mouseMoved' ? 'none' : 'left', clickCount: 1 });
    }
    await sleep(80);
    await settle();
  };

  // The data says what must be there.
  await cdp.send('Page.navigate', { url: page });
  const hasOpened = () => evaluate("Boolean(document.querySelector('main h1'))");
  for (let i = 0; i < 200 && !(await hasOpened()); i++) await sleep(50);
  if (!(await hasOpened())) throw new Error(['the page shows nothing', ...problems].join('\n    '));
  const nodes = (await evaluate("JSON.parse(document.getElementById('index').textContent).nodes")).map(node => ({ id: node.id, kind: node.kind, name: node.label ?? node.name, hidden: node.hidden }));
  const drawn = nodes.filter(node => node.kind !== 'test' && node.kind !== 'unit_test');

  check('the overview has a title', await evaluate("document.querySelector('main h1').textContent.length > 0"));
  await shot('overview');

  await go('#/lineage');
  const inGraph = await evaluate("document.querySelectorAll('svg.graph a.node').length");
  equal('every node is drawn', inGraph, drawn.length);
  if (expected) equal('the graph has the expected number of nodes', inGraph, Number(expected));
  await shot('lineage');

  if (drawn.length) {
    const target = drawn.at(-1);
    await go(`#/lineage?focus=${encodeURIComponent(target.id)}&up=1&down=1`);
    await shot('focus');
    const box = JSON.stringify(`svg.graph a.node[data-id="${target.id.replaceAll('"', '\\"')}"]`);
    const [x, y] = await evaluate(`(() => { const b = document.querySelector(${box}).getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2]; })()`);
    await click(x, y);
    equal('a click on a node opens its page', await evaluate('location.hash'), `#/node/${encodeURIComponent(target.id)}`);
    equal('the page is that node’s', await evaluate("document.querySelector('main h1').textContent"), target.name);
    await shot('node');

    await go(`#/lineage?focus=${encodeURIComponent(target.id)}&up=1&down=1`);
    await evaluate("document.querySelector('svg.graph').focus()");
    await key('ArrowLeft');
    await key('Enter');
    check('a node opens by keys', (await evaluate('location.hash')).startsWith('#/node/'));

    await go('#/lineage');
    const before = await evaluate("document.querySelector('svg.graph > g').getAttribute('transform')");
    await cdp.send('Input.dispatchMouseEvent', { type: 'mouseWheel', x: 900, y: 500, deltaX: 0, deltaY: -300 });
    await sleep(100);
    await settle();
    check('the wheel zooms', before !== (await evaluate("document.querySelector('svg.graph > g').getAttribute('transform')")));

    await go('#/lineage?view=table');
    equal('the table has the same nodes', await evaluate("document.querySelectorAll('main tbody tr').length"), Math.min(200, drawn.length));

    const listed = drawn.filter(node => !node.hidden);
    if (listed.length) {
      const name = listed[0].name;
      const found = await evaluate(`(() => { const s = document.querySelector('#search'); s.value = ${JSON.stringify(name)}; s.dispatchEvent(new Event('input')); return [...document.querySelectorAll('#node-list a')].map(a => a.getAttribute('href')); })()`);
      check('the search finds a node by its name', found.includes(`#/node/${encodeURIComponent(listed[0].id)}`), `${name}: ${found.slice(0, 3)}`);
    }
  }

  // Every kind of page, a node of each kind, and what nobody linked to.
  const samples = [...new Map(nodes.map(node => [node.kind, node])).values()];
  for (const hash of [...samples.map(node => `#/node/${encodeURIComponent(node.id)}`), '#/tests', '#/tests?status=fail', '#/glossary', '#/lineage?color=tests&part=layer:mart', '#/lineage?focus=nobody', '#/node/nobody', '#/%', '#!/overview']) {
    await go(hash);
    check(`${hash} has a title`, await evaluate("Boolean(document.querySelector('main h1')?.textContent)"));
    check(`${hash} does not scroll sideways`, await evaluate('document.documentElement.scrollWidth <= innerWidth && document.documentElement.scrollHeight <= innerHeight'));
  }
  await go('#!/model/' + encodeURIComponent(drawn[0]?.id ?? ''));
  if (drawn.length) equal('addresses of dbt’s own page lead here', await evaluate("document.querySelector('main h1').textContent"), drawn[0].name);

  await cdp.send('Emulation.setEmulatedMedia', { features: [{ name: 'prefers-color-scheme', value: 'dark' }] });
  await go('#/');
  const ground = await evaluate("getComputedStyle(document.documentElement).backgroundColor.match(/\\d+/g).slice(0, 3).map(Number)");
  check('it is dark where the system is', ground.every(part => part < 64), ground.join(' '));
  await shot('dark');
  await size(390, 844);
  await settle();
  check('it fits a phone', await evaluate('document.documentElement.scrollWidth <= innerWidth'));
  await shot('phone');

  const own = requests.filter(url => url.split('#')[0] !== page && !url.startsWith('data:') && url !== 'about:blank');
  check('nothing is requested but the file', own.length === 0, own.join(', '));
  check('no error is reported', problems.length === 0, [...new Set(problems)].slice(0, 10).join('\n    '));
} catch (error) {
  failed.push(error.message);
  checks++;
} finally {
  chromium.kill();
  await new Promise(done => (chromium.exitCode === null && chromium.signalCode === null ? chromium.once('exit', done) : done()));
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}

for (const failure of failed) console.error(`FAILED  ${failure}`);
console.log(`${checks - failed.length} of ${checks} checks passed: ${args[0]}`);
process.exit(failed.length ? 1 : 0);

/** Connects to the browser's first tab. Messages are JSON, each ended by a zero byte. */
async function connect() {
  const [, , , to, from] = chromium.stdio;
  const waiting = new Map();
  const listeners = new Map();
  let [last, session, rest] = [0, undefined, ''];
  from.setEncoding('utf8');
  from.on('data', data => {
    const messages = (rest + data).split('\0');
    rest = messages.pop();
    for (const text of messages) {
      const message = JSON.parse(text);
      if (!message.id) {
        listeners.get(message.method)?.(message.params);
        continue;
      }
      const { done, fail } = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.error) fail(new Error(message.error.message));
      else done(message.result);
    }
  });
  const send = (method, params = {}) =>
    new Promise((done, fail) => {
      waiting.set(++last, { done, fail });
      to.write(`${JSON.stringify({ id: last, method, params, sessionId: session })}\0`);
    });
  chromium.once('exit', code => {
    for (const { fail } of waiting.values()) fail(new Error(`${browser} ended with ${code}`));
  });
  let tab;
  while (!tab) {
    const { targetInfos } = await send('Target.getTargets');
    tab = targetInfos.find(target => target.type === 'page');
    if (!tab) await sleep(50);
  }
  ({ sessionId: session } = await send('Target.attachToTarget', { targetId: tab.targetId, flatten: true }));
  return { send, on: (event, listener) => listeners.set(event, listener) };
}

// What the browser tests share: projects to make pages of, and a browser that notices
// whatever a page must not do.

import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
const hcdbt = process.env.HCDBT ?? join(root, 'target/debug/hcdbt');
export const folder = mkdtempSync(join(tmpdir(), 'hcdbt-docs-'));
/** Where screenshots go, when somebody wants to look at them. */
const shots = process.env.HCDBT_SHOTS;

const executable = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(path => path && existsSync(path));
if (!executable && process.env.CI) throw new Error('Chromium is needed to test the docs page');
/** Why tests are left out, for `node:test`. */
export const skip = executable ? false : 'Chromium is not installed';

/** Runs the tool; exit code 1 (a node failed) is for the caller to judge. */
export function run(cwd, ...args) {
  const done = spawnSync(hcdbt, args, { cwd, encoding: 'utf8', env: { ...process.env, NO_COLOR: '1', CLAIMS_WAREHOUSE_DIR: join(cwd, 'project') } });
  if (done.error) throw done.error;
  if (done.status !== 0 && !(args[0] === 'build' && done.status === 1)) throw new Error(`hcdbt ${args.join(' ')}: ${done.stdout}${done.stderr}`);
  return done;
}

const at = join(folder, 'reference');
const project = ['--project-dir', 'project'];

/** Copies the reference project, builds it, and returns where its page is. */
export function referencePage() {
  mkdirSync(at);
  for (const name of ['project', 'models', 'seeds', 'tests/sql']) {
    cpSync(join(root, name), join(at, name), { recursive: true, filter: path => !/\/(target|logs)$|\.duckdb$/.test(path) });
  }
  run(at, 'deps', ...project);
  run(at, 'build', ...project);
  run(at, 'source', 'freshness', ...project);
  run(at, 'docs', 'generate', '--profile', ...project);
  return join(at, 'project/target/index.html');
}

/** How many nodes of the reference project's graph the tool itself selects. */
export function listed(select, exclude) {
  const words = [...(select ? ['--select', ...select.split(' ')] : []), ...(exclude ? ['--exclude', ...exclude.split(' ')] : [])];
  const { stdout } = run(at, 'list', ...project, '--quiet', '--exclude-resource-type', 'test', 'unit_test', ...words);
  return stdout.trim().split('\n').filter(Boolean).length;
}

/** Changes a model of the reference project, drops one, and returns the page that compares. */
export function changedPage() {
  const [model, gone] = ['stg_providers', 'providers_of_old'];
  const dropped = join(at, `models/staging/${gone}.sql`);
  writeFileSync(dropped, `select * from {{ ref('${model}') }}`);
  run(at, 'parse', ...project, '--target-path', join(at, 'state'));
  rmSync(dropped);
  appendFileSync(join(at, `models/staging/${model}.sql`), '\n-- changed\n');
  run(at, 'docs', 'generate', ...project, '--state', join(at, 'state'), '--target-path', join(at, 'changed'));
  return { path: join(at, 'changed/index.html'), model, gone };
}

/** Makes a page of a small project that keeps what it promises. */
export function promisedPage() {
  const at = join(folder, 'promised');
  write(at, {
    'dbt_project.yml': 'name: clinic\nversion: "1.0"\nprofile: clinic\nmodels: {clinic: {marts: {+meta: {phi: pseudonymous}}}}\n',
    'profiles.yml': 'clinic: {target: dev, outputs: {dev: {type: duckdb, path: clinic.duckdb}}}\n',
    'seeds/raw_patients.csv': 'patient_id,born_on\n1,1950-01-02\n',
    'seeds/seeds.yml': 'seeds: [{name: raw_patients, columns: [{name: patient_id, config: {meta: {phi: mrn}}}, {name: born_on, config: {meta: {phi: dob}}}]}]\n',
    'models/patients.sql': "select patient_id, born_on from {{ ref('raw_patients') }}",
    'models/marts/by_year.sql': "select year(born_on) as year, count(*) as patients from {{ ref('patients') }} group by all",
    'models/marts/list.sql': "select sha256('a key of many letters' || patient_id) as patient_hash from {{ ref('patients') }}",
  });
  run(at, 'seed');
  run(at, 'docs', 'generate');
  return { path: join(at, 'target/index.html'), clear: 'model.clinic.by_year', hashed: 'model.clinic.list' };
}

/** Returns the reference project's page as a folder. */
export function folderPage() {
  run(at, 'docs', 'generate', ...project, '--dir', join(at, 'site'));
  return join(at, 'site/index.html');
}

/** Prints an exposure's page and returns the PDF. */
export function printedPage(exposure) {
  run(at, 'docs', 'pdf', exposure, ...project, '--browser', executable, '--output', join(at, 'charts.pdf'));
  return readFileSync(join(at, 'charts.pdf'), 'latin1');
}

/** Writes a project's files. */
export function write(at, files) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(at, path)), { recursive: true });
    writeFileSync(join(at, path), text);
  }
}

let browser;
export async function start() {
  browser = await chromium.launch({ executablePath: executable, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
export const stop = () => browser?.close();

/** Opens a page and collects what it must not do: errors, messages, dialogs, requests. */
export async function open(path, { hash = '', width = 1440, height = 900, theme = 'light', folder = false } = {}) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, acceptDownloads: true });
  const page = await context.newPage();
  const problems = [];
  page.on('pageerror', error => problems.push(`error: ${error.message}`));
  page.on('console', message => ['error', 'warning'].includes(message.type()) && problems.push(`console: ${message.text()}`));
  page.on('dialog', dialog => {
    problems.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  const address = pathToFileURL(path).href;
  page.on('request', request => {
    const url = request.url();
    const isPart = folder && url.startsWith(new URL('parts/', address).href);
    if (url.split('#')[0] !== address && !isPart && !/^(data|blob):/.test(url)) problems.push(`request: ${url}`);
  });
  await page.goto(address + hash);
  await page.waitForSelector('main :is(h1, h3)');
  return {
    page,
    problems,
    async go(to) {
      await page.evaluate(to => (location.hash = to), to);
      await settle(page);
    },
    async shot(name) {
      if (shots) await page.screenshot({ path: join(shots, `${name}.png`) });
    },
    close: () => context.close(),
  };
}

export async function settle(page) {
  await page.waitForFunction(() => !document.querySelector('main .loading'));
  await page.evaluate(() => new Promise(done => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 60)));
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Returns axe's serious and critical findings, as text. */
export async function violations(page) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.html.slice(0, 160)} — ${node.failureSummary?.split('\n')[1]?.trim()}`));
}

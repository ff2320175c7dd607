// The page's data, and what follows from it.

const read = id => JSON.parse(document.getElementById(id).textContent);
const index = read('index');
const project = index.project;
const nodes = index.nodes;

const NO_TESTS = { pass: 0, warn: 0, fail: 0, open: 0 };
const byId = new Map();
nodes.forEach((node, i) => {
  node.i = i;
  node.folder ??= '';
  node.tags ??= [];
  node.tests ??= NO_TESTS;
  node.checks ??= [];
  node.columns ??= [0, 0];
  node.parents = [];
  node.children = [];
  node.checkedBy = [];
  byId.set(node.id, node);
});
for (let e = 0; e < index.edges.length; e += 2) {
  const from = nodes[index.edges[e]];
  const to = nodes[index.edges[e + 1]];
  from.children.push(to);
  to.parents.push(from);
}
for (const test of nodes) for (const i of test.checks) nodes[i].checkedBy.push(test);

const isTest = node => node.kind === 'test' || node.kind === 'unit_test';
/** The nodes that are drawn and listed; tests have a page of their own. */
const graphNodes = nodes.filter(node => !isTest(node));
const tests = nodes.filter(isTest);
const listed = graphNodes.filter(node => !node.hidden);
const trunks = new Map(index.trunks);

/** Reads the part of the data that holds a node, once. */
function chunked(name, starts) {
  const read_ = new Map();
  return node => {
    let chunk = starts.length - 1;
    while (starts[chunk] > node.i) chunk--;
    if (!read_.has(chunk)) read_.set(chunk, read(`${name}-${chunk}`));
    return read_.get(chunk)[node.i - starts[chunk]];
  };
}
const detailOf = chunked('detail', index.detail_chunks);
const codeOf = chunked('code', index.code_chunks);

/** Returns the nodes up to `depth` steps away: `neighbour` is 'parents' or 'children'. */
function reach(node, neighbour, depth) {
  const found = new Map([[node, 0]]);
  let edge = [node];
  for (let step = 1; step <= depth && edge.length; step++) {
    const next = [];
    for (const from of edge) {
      for (const to of from[neighbour]) {
        if (found.has(to)) continue;
        found.set(to, step);
        next.push(to);
      }
    }
    edge = next;
  }
  found.delete(node);
  return [...found.keys()];
}

/** The tests about a node itself, not those that merely read it. */
function testsOf(node) {
  return node.checkedBy.filter(test => test.checks[0] === node.i || detailOf(test).question === 'own query');
}

/** What a node's tests say in one word. */
function verdict(node) {
  const { pass, warn, fail } = node.tests;
  if (fail || node.status === 'error') return 'fail';
  if (node.freshness === 'error') return 'fail';
  if (warn || node.freshness === 'warn') return 'warn';
  if (node.status === 'skipped') return 'skipped';
  if (pass || node.freshness === 'pass' || node.status === 'success') return 'pass';
  return 'none';
}

let names;
/** The node with a name, if there is just one. */
function byName(name) {
  if (!names) {
    names = new Map();
    for (const node of listed) names.set(node.name, names.has(node.name) ? null : node);
  }
  return names.get(name);
}

const href = node => `#/node/${encodeURIComponent(node.id)}`;
const titleOf = node => node.label || node.name;

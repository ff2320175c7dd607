// Every word that more than one part of the page uses, and how values are written.

const KINDS = {
  source: ['Source', 'Sources'],
  seed: ['Seed', 'Seeds'],
  model: ['Model', 'Models'],
  snapshot: ['Snapshot', 'Snapshots'],
  function: ['Function', 'Functions'],
  semantic_model: ['Semantic model', 'Semantic models'],
  metric: ['Metric', 'Metrics'],
  saved_query: ['Saved query', 'Saved queries'],
  exposure: ['Exposure', 'Exposures'],
  analysis: ['Analysis', 'Analyses'],
  test: ['Test', 'Tests'],
  unit_test: ['Unit test', 'Unit tests'],
};

const LAYERS = {
  source: 'Source',
  staging: 'Staging',
  intermediate: 'Intermediate',
  dim: 'Dimension',
  fact: 'Fact',
  mart: 'Mart',
  exposure: 'Exposure',
  other: 'Other model',
};

const VERDICTS = {
  pass: 'Passing',
  warn: 'Warning',
  fail: 'Failing',
  skipped: 'Skipped',
  none: 'Not run',
};

const STATUSES = {
  success: ['pass', 'Succeeded'],
  pass: ['pass', 'Pass'],
  warn: ['warn', 'Warning'],
  fail: ['fail', 'Fail'],
  error: ['fail', 'Error'],
  skipped: ['skipped', 'Skipped'],
};

const count = (number, [one, many]) => `${number.toLocaleString('en')} ${number === 1 ? one : many}`;
const kindOf = node => KINDS[node.kind][0];
const lower = word => word.charAt(0).toLowerCase() + word.slice(1);

/** A status as a chip: never by colour alone. */
function chip(status, text) {
  const [tone, word] = STATUSES[status] ?? ['none', 'Not run'];
  return h(`span.chip.${tone}`, null, mark(tone), text ?? word);
}

const MARKS = {
  pass: 'M3.5 8.5l3 3 6-7',
  warn: 'M8 3.5v5.5M8 12v.2',
  fail: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  skipped: 'M4 8h8',
  none: 'M8 8v.2',
};
const mark = tone =>
  s('svg.mark', { viewBox: '0 0 16 16', width: 12, height: 12, 'aria-hidden': 'true' }, s('path', { d: MARKS[tone] }));

/** A moment in the reader's time zone, with the exact one as the tooltip. */
function moment(text) {
  const date = new Date(text);
  if (!text || Number.isNaN(date.getTime())) return h('span', null, text ?? 'unknown');
  const shown = date.toLocaleString('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit' });
  return h('time', { datetime: date.toISOString(), title: date.toISOString() }, shown);
}

function duration(seconds) {
  if (seconds < 0.001) return '< 1 ms';
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 90) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

const age = seconds => (seconds < 60 ? '< 1 min' : duration(seconds));

function bytes(number) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let unit = 0;
  while (number >= 1000 && unit < units.length - 1) {
    number /= 1000;
    unit++;
  }
  return `${number < 10 && unit ? number.toFixed(1) : Math.round(number)} ${units[unit]}`;
}

/** What a test asks, in one line. */
function question(test) {
  const detail = detailOf(test);
  if (test.kind === 'unit_test' || detail.question === 'own query') return test.name;
  const target = detail.question === 'relationships' && detail.arguments?.find(([key]) => key === 'to')?.[1].match(/['"]([^'"]+)['"]\)$/);
  return target ? `refers to ${target[1]}` : detail.question;
}

const argumentsOf = test => (detailOf(test).arguments ?? []).map(([key, value]) => `${key}: ${value}`).join(' · ');

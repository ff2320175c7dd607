// All tests, and how one test is told.

import { allTests, href, nodes, type Node } from '../data/nodes';
import { useAsync } from '../parts/hooks';
import { Chip, StatusChip } from '../parts/status';
import { PagedTable } from '../parts/table';
import type { Test } from '../payload';
import { change, route } from '../router';
import { STATUSES, VERDICTS, words, type Tone } from '../strings';

const w = words.tests_;
const TONES: Tone[] = ['fail', 'warn', 'pass', 'skipped', 'none'];

export const toneOf = (test: Test): Tone => (test.status ? STATUSES[test.status][0] : 'none');

const testAddress = (test: Test) => `#/test/${encodeURIComponent(test.id)}`;

/** What a test asks, in one line. */
export function question(test: Test): string {
  if (!test.question) return test.name;
  const target = test.refers ? nodes[test.refers[0]]?.name : undefined;
  return target ? w.refersTo(target) : test.question;
}

const argumentsOf = (test: Test) => (test.arguments ?? []).map(([key, value]) => `${key}: ${value}`).join(' · ');
const found = (test: Test) => (test.result?.failures ? ` · ${words.node.failures(test.result.failures)}` : '');

/** A test in a row of a table. */
export function TestChip({ test }: { test: Test }) {
  return <a class="plain-link" href={testAddress(test)} title={`${test.name}${argumentsOf(test) ? `\n${argumentsOf(test)}` : ''}`}><Chip tone={toneOf(test)}>{question(test)}{found(test)}</Chip></a>;
}

/** A test in a list. */
export function TestLine({ test }: { test: Test }) {
  const details = argumentsOf(test);
  return (
    <>
      <TestChip test={test} />
      {test.column && <code class="small"> {test.column}</code>}
      {details && <span class="quiet small"> {details}</span>}
    </>
  );
}

export function TestsPage() {
  const tests = useAsync(allTests, []);
  const only = TONES.find(tone => tone === route.value.query.get('only'));
  const wanted = route.value.query.get('of') ?? '';
  if (!tests) return <p class="quiet loading">{words.loading}</p>;
  const tally = new Map(TONES.map(tone => [tone, tests.filter(test => toneOf(test) === tone).length]));
  const text = wanted.toLowerCase();
  const rank = (test: Test) => TONES.indexOf(toneOf(test));
  const list = tests
    .filter(test => (!only || toneOf(test) === only) && (!text || test.name.toLowerCase().includes(text)))
    .sort((a, b) => rank(a) - rank(b));
  return (
    <div class="page">
      <h1 tabIndex={-1}>{w.summary}</h1>
      <div class="filters">
        <div class="switch" role="group" aria-label={w.only}>
          <button type="button" aria-pressed={!only} onClick={() => change({ only: undefined })}>{w.all} <span class="quiet">{tests.length}</span></button>
          {TONES.filter(tone => tally.get(tone)).map(tone => <button key={tone} type="button" aria-pressed={only === tone} onClick={() => change({ only: tone })}>{VERDICTS[tone]} <span class="quiet">{tally.get(tone)}</span></button>)}
        </div>
        <input type="search" placeholder={words.lists.filter} aria-label={words.lists.filter} value={wanted} onInput={event => change({ of: event.currentTarget.value }, true)} />
      </div>
      <PagedTable
        label={w.summary}
        head={[w.question, w.of, w.result]}
        rows={list}
        row={test => (
          <tr key={test.id} id={test.id}>
            <th scope="row"><a href={testAddress(test)}>{question(test)}</a><div class="quiet small">{argumentsOf(test) || (question(test) === test.name ? '' : test.name)}</div></th>
            <td><Of test={test} /></td>
            <td><StatusChip status={test.status} />{found(test)}</td>
          </tr>
        )}
      />
    </div>
  );
}

function Of({ test }: { test: Test }) {
  const about: Node[] = (test.question || test.kind === 'unit_test' ? test.checks?.slice(0, 1) : test.checks)?.map(i => nodes[i]) ?? [];
  return (
    <ul class="inline">
      {about.map(node => <li key={node.i}><a href={href(node)}>{node.name}</a>{test.column && <code class="small">.{test.column}</code>}</li>)}
    </ul>
  );
}

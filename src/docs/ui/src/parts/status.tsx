// How something ended: always by a sign and a word, never by colour alone.

import type { ComponentChildren } from 'preact';
import type { Status, Tally } from '../payload';
import { FRESHNESS, number, STATUSES, words, type Tone } from '../strings';

const MARKS: Record<Tone, string> = {
  pass: 'M3.5 8.5l3 3 6-7',
  warn: 'M8 3.5v5.5M8 12v.2',
  fail: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  skipped: 'M4 8h8',
  none: 'M8 8v.2',
};

export function Chip({ tone, children }: { tone: Tone; children: ComponentChildren }) {
  return (
    <span class={`chip tone-${tone}`}>
      <svg class="mark" viewBox="0 0 16 16" width="12" height="12" aria-hidden="true"><path d={MARKS[tone]} /></svg>
      {children}
    </span>
  );
}

export function StatusChip({ status, text }: { status?: Status; text?: string }) {
  const [tone, word] = status ? STATUSES[status] : (['none', words.graph.notRun] as const);
  return <Chip tone={tone}>{text ?? word}</Chip>;
}

export function FreshnessChip({ status }: { status: Status }) {
  return <StatusChip status={status} text={FRESHNESS[status]} />;
}

/** A node's tests in numbers. */
export function TallyChips({ tests }: { tests: Tally }) {
  const parts: [Tone, number, string][] = [
    ['fail', tests.fail, words.node.failing],
    ['warn', tests.warn, words.node.warning],
    ['pass', tests.pass, words.node.passing],
    ['none', tests.open, words.node.notRun],
  ];
  const some = parts.filter(([, amount]) => amount);
  if (!some.length) return <span class="quiet">{words.none}</span>;
  return <span class="chips">{some.map(([tone, amount, word]) => <Chip key={tone} tone={tone}>{number(amount)} {word}</Chip>)}</span>;
}

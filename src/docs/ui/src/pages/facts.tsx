// The facts beside a node's page.

import type { ComponentChildren } from 'preact';
import { titleOf, type Node } from '../data/nodes';
import { age, bytes, duration, moment } from '../data/values';
import { CopyButton } from '../parts/code';
import { FreshnessChip, StatusChip } from '../parts/status';
import type { Detail, Group, Pair } from '../payload';
import { FACTS, number, words } from '../strings';

const w = words.node;
const LONG = 60;

/** A name that may break after its underscores and dots. */
export function Breakable({ text }: { text: string }) {
  return <>{text.split(/(?<=[_./])/).flatMap((part, i) => (i ? [<wbr key={i} />, part] : [part]))}</>;
}

/** What is set, in words. */
export const factsOf = (facts: Pair[] = []): Pair[] => facts.map(([key, value]) => [FACTS[key] ?? key, value]);

export function FactValue({ value }: { value: string }) {
  return value.includes('\n') || value.length > LONG ? <pre tabIndex={0}>{value}</pre> : <>{value}</>;
}

export function Moment({ at }: { at: string }) {
  return <time dateTime={at} title={at}>{moment(at)}</time>;
}

export function Facts({ node, detail, group }: { node: Node; detail: Detail; group?: Group }) {
  const facts: [string, ComponentChildren][] = [];
  const add = (label: string, value: ComponentChildren) => {
    if (value !== undefined && value !== null && value !== false && value !== '') facts.push([label, value]);
  };
  const code = (text: string) => <code><Breakable text={text} /></code>;
  const { result, freshness } = detail;

  add(w.name, titleOf(node) !== node.name && code(node.name));
  add(w.relation, detail.relation && <>{code(detail.relation)} <CopyButton text={detail.relation} label={`${words.copy}: ${w.relation}`} /></>);
  add(w.rows, detail.rows !== undefined && number(detail.rows));
  add(w.size, detail.bytes !== undefined && bytes(detail.bytes));
  for (const [label, value] of detail.stats ?? []) add(label, value);
  add(w.owner, (detail.owner || detail.email) && <>{detail.owner}{detail.owner && detail.email && <br />}{detail.email}</>);
  add(w.group, node.group && <><a href={`#/group/${encodeURIComponent(node.group)}`}>{node.group}</a>{group?.owner && <div class="quiet">{group.owner}</div>}</>);
  add(w.lastResult, node.status && (
    <>
      <StatusChip status={node.status} />
      {result?.at && <div><Moment at={result.at} /></div>}
      {result?.seconds !== undefined && <div class="quiet">{w.took(duration(result.seconds))}</div>}
      {result?.rows_affected !== undefined && <div class="quiet">{w.affected(result.rows_affected)}</div>}
    </>
  ));
  add(w.freshness, freshness && (
    <>
      {node.freshness ? <FreshnessChip status={node.freshness} /> : <span class="quiet">{w.notChecked}</span>}
      {freshness.loaded_at && <div>{w.newest} <Moment at={freshness.loaded_at} /></div>}
      {freshness.age_seconds !== undefined && <div class="quiet">{w.old(age(freshness.age_seconds))}</div>}
      {freshness.checked_at && <div class="quiet">{w.checked} <Moment at={freshness.checked_at} /></div>}
      {freshness.warn_after && <div class="quiet">{w.warnsAfter(freshness.warn_after)}</div>}
      {freshness.error_after && <div class="quiet">{w.failsAfter(freshness.error_after)}</div>}
    </>
  ));
  for (const [label, value] of factsOf(detail.facts)) add(label, <FactValue value={value} />);
  add(w.file, node.path && code(node.path));
  add(w.package, node.package);
  add(w.id, code(node.id));
  add(w.meta, detail.meta?.length && <ul class="meta">{detail.meta.map(([key, value]) => <li key={key}><span class="quiet">{key}: </span>{value}</li>)}</ul>);
  return (
    <aside aria-label={w.facts}>
      <dl>{facts.map(([label, value]) => <div key={label}><dt>{label}</dt><dd>{value}</dd></div>)}</dl>
    </aside>
  );
}

// What a node tells about patients: which promises hold, what columns tell, and the way on
// which it has come.

import { useState } from 'preact/hooks';
import { detailOf, href, nodes, titleOf, type Node } from '../data/nodes';
import { Glyph } from '../parts/glyph';
import { useAsync } from '../parts/hooks';
import { Chip } from '../parts/status';
import type { Detail, Origin, Place, PromiseKept, Told } from '../payload';
import { PHI_FORMS, PHI_KINDS, words } from '../strings';

const w = words.phi;
const kindOf = (told: Told) => PHI_KINDS[told.kind] ?? told.kind;

export function PatientData({ node, detail }: { node: Node; detail: Detail }) {
  const { promises = [], phi_rows: rows = [], phi_unlisted: unlisted = [] } = detail;
  const told = detail.columns?.some(column => column.phi);
  return (
    <section aria-label={w.title} class="patient-data">
      <div class="section-head">
        <h2>{w.title}</h2>
        <a href={`#/lineage?focus=${encodeURIComponent(node.id)}&up=all&down=1&color=phi`}>{w.lens}</a>
      </div>
      {promises.map((promise, i) => <PromiseLine key={i} promise={promise} />)}
      {!promises.length && !told && !rows.length && !unlisted.length && !!node.phi?.form && <p>{PHI_FORMS[node.phi.form][1]}: {node.phi.kinds.map(kind => PHI_KINDS[kind] ?? kind).join(', ')}</p>}
      {told && <ul class="told-columns">{detail.columns!.filter(column => column.phi).map(column => <li key={column.name}><code>{column.name}</code><ToldList node={node} column={column.name} told={column.phi!} /></li>)}</ul>}
      {rows.length > 0 && <div class="told-others"><p class="quiet">{w.rowsTell}</p><ToldList node={node} rows told={rows} /></div>}
      {unlisted.length > 0 && <div class="told-others"><p class="quiet">{w.unlistedTell}</p><ToldList node={node} told={unlisted} /></div>}
    </section>
  );
}

function PromiseLine({ promise }: { promise: PromiseKept }) {
  const broken = promise.broken ?? [];
  const text = promise.column ? <><code>{promise.column}</code> {w.promisedColumn[promise.strength]}</> : w.promised[promise.strength];
  return (
    <div class="promise">
      <p><Chip tone={broken.length ? 'fail' : 'pass'}>{broken.length ? w.broken : w.kept}</Chip> {text} <span class="quiet small">({w.by} <code>{promise.at}</code>)</span></p>
      {broken.length > 0 && (
        <ul class="told-columns">
          {broken.map(({ place, told }, i) => <li key={i}><PlaceName place={place} /><ToldList node={nodes[place.node]} column={place.column} rows={place.rows} told={told} /></li>)}
        </ul>
      )}
    </div>
  );
}

interface ToldListProps {
  node: Node;
  /** Without a column it is the rows, or what nobody knows of. */
  column?: string;
  rows?: boolean;
  told: Told[];
}

/** What a column tells; each opens to the way on which it has come. */
export function ToldList({ node, column, rows, told }: ToldListProps) {
  return (
    <ul class="told">
      {told.map(one => {
        const chip = <span class={`chip phi phi-${one.form}`}>{one.kind}{one.form !== 'plain' && <> <span class="quiet">{PHI_FORMS[one.form][0]}</span></>}</span>;
        const about = `${kindOf(one)}: ${PHI_FORMS[one.form][1]}`;
        return (
          <li key={`${one.kind} ${one.form}`} title={about}>
            {one.from ? <Way told={one} place={{ node: node.i, column, rows }} chip={chip} /> : chip}
          </li>
        );
      })}
    </ul>
  );
}

function Way({ told, place, chip }: { told: Told; place: Place; chip: preact.JSX.Element }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="way" open={open} onToggle={event => setOpen(event.currentTarget.open)}>
      <summary>{chip}<span class="sr-only">{w.wayOf(place.column ?? (place.rows ? w.rows : w.unlisted))}</span></summary>
      {open && <Steps told={told} place={place} />}
    </details>
  );
}

interface Step { place: Place; by?: Origin }

/** Goes back to where something is declared; the first step is there. */
async function stepsTo(told: Told, place: Place): Promise<Step[]> {
  const steps: Step[] = [];
  let here: Step = { place, by: told.from };
  for (let more = true; more && steps.length < 200; ) {
    steps.unshift(here);
    const origin: Origin | undefined = here.by;
    more = !!origin;
    if (!origin) break;
    const before = (await toldAt(origin.place)).find(one => one.kind === told.kind && one.form === origin.form);
    here = { place: origin.place, by: before?.from };
  }
  return steps;
}

async function toldAt({ node, column, rows }: Place): Promise<Told[]> {
  const detail = await detailOf(nodes[node]);
  if (rows) return detail.phi_rows ?? [];
  if (column === undefined) return detail.phi_unlisted ?? [];
  return detail.columns?.find(one => one.name.toLowerCase() === column.toLowerCase())?.phi ?? [];
}

function Steps({ told, place }: { told: Told; place: Place }) {
  const steps = useAsync(() => stepsTo(told, place), [told]);
  if (!steps) return <p class="quiet loading small">{words.loading}</p>;
  return (
    <ol class="way-steps small" aria-label={w.way}>
      {steps.map((step, i) => (
        <li key={i}>
          <PlaceName place={step.place} linked />
          <span class="quiet"> {i ? doneBy(steps[i]) : w.declared}</span>
        </li>
      ))}
    </ol>
  );
}

function doneBy({ by }: Step): string {
  if (!by) return '';
  const kind = by.kind ? (words.column.kinds[by.kind] ?? by.kind) : by.place.rows ? w.rowsStep : w.unknownStep;
  return by.via?.length ? `${kind}, ${w.through} ${by.via.join(', ')}` : kind;
}

function PlaceName({ place, linked }: { place: Place; linked?: boolean }) {
  const node = nodes[place.node];
  const column = place.column ?? (place.rows ? `(${w.rows})` : `(${w.unlisted})`);
  return (
    <span class="place-name">
      {linked && <><a class="node-link" href={href(node)}><Glyph kind={node.kind} layer={node.layer} /><span>{titleOf(node)}</span></a> </>}
      <code>{column}</code>
    </span>
  );
}

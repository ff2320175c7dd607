// A node's columns: types, meaning, tests, identifiers, and what a profile found.

import { project, type Node } from '../data/nodes';
import { plain } from '../data/values';
import { columnAddress } from '../graph/state';
import { Histogram } from '../parts/chart';
import { Prose } from '../parts/prose';
import type { Column, Profile, Test } from '../payload';
import { change, route } from '../router';
import { number, words } from '../strings';
import { ToldList } from './patient-data';
import { TestChip } from './tests';
import { Breakable } from './facts';

const w = words.node;
/** With more columns than this, they can be filtered. */
const MANY = 20;
const SMALLEST = 11;

export function Columns({ node, columns, tests, profiled }: { node: Node; columns: Column[]; tests: Test[]; profiled: boolean }) {
  const filter = route.value.query.get('of') ?? '';
  const wanted = filter.trim().toLowerCase();
  const shown = columns.filter(column => !wanted || `${column.name} ${plain(column.description ?? '')}`.toLowerCase().includes(wanted));
  const testsOf = (column: Column) => tests.filter(test => test.checks?.[0] === node.i && test.column?.toLowerCase() === column.name.toLowerCase());
  const typed = columns.some(column => column.type);
  const tested = tests.some(test => test.column);
  const withProfile = profiled && columns.some(column => column.profile);
  return (
    <section aria-label={w.columns}>
      <div class="section-head">
        <h2>{w.columns} <span class="quiet">{columns.length}</span></h2>
        {columns.length > MANY && <input type="search" placeholder={w.filterColumns} aria-label={w.filterColumns} value={filter} onInput={event => change({ of: event.currentTarget.value }, true)} />}
      </div>
      <div class="table-scroll" tabIndex={0} role="group" aria-label={w.columns}>
        <table class="columns">
          <thead>
            <tr>
              <th scope="col">{w.column}</th>
              {typed && <th scope="col">{w.type}</th>}
              <th scope="col">{w.description}</th>
              {tested && <th scope="col">{w.tests}</th>}
              {withProfile && <th scope="col">{w.profile}</th>}
            </tr>
          </thead>
          <tbody>
            {shown.map(column => (
              <tr key={column.name}>
                <th scope="row">
                  {project.lineage ? <a href={columnAddress(node, column.name)} title={words.column.followLabel(column.name)}><code><Breakable text={column.name} /></code></a> : <code><Breakable text={column.name} /></code>}
                  {column.phi && <ToldList node={node} column={column.name} told={column.phi} />}
                  {column.missing && <div class="quiet small">{w.missing}</div>}
                </th>
                {typed && <td class="type">{column.type}</td>}
                <td class="grow">
                  {column.description ? <Prose html={column.description} /> : <span class="quiet">–</span>}
                  {(column.tags || column.meta || column.constraints) && (
                    <div class="chips">
                      {column.constraints?.map(text => <span key={text} class="chip plain">{text}</span>)}
                      {column.tags?.map(tag => <span key={tag} class="chip tag">{tag}</span>)}
                      {column.meta?.map(([key, value]) => <span key={key} class={value.length > 24 ? 'quiet small' : 'chip plain'}>{key}: {value}</span>)}
                    </div>
                  )}
                </td>
                {tested && <td><ul class="checks">{testsOf(column).map(test => <li key={test.id}><TestChip test={test} /></li>)}</ul></td>}
                {withProfile && <td class="profile">{column.profile && <ProfileCell profile={column.profile} name={column.name} />}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {withProfile && <p class="quiet small">{w.profileNote(SMALLEST)}</p>}
    </section>
  );
}

function ProfileCell({ profile, name }: { profile: Profile; name: string }) {
  const empty = profile.rows && profile.nulls !== null ? (100 * profile.nulls) / profile.rows : 0;
  const share = profile.nulls === null ? w.withheld : `${empty === 0 ? '0' : empty < 0.1 ? '< 0.1' : empty.toFixed(1)} %`;
  return (
    <div class="profile-cell">
      {profile.bars && <Histogram bars={profile.bars} label={`${w.distribution}: ${name}`} />}
      <div class="small">
        <span class="quiet">{w.nulls}</span> {share}
        {profile.distinct !== undefined && <> · <span class="quiet">{w.distinct}</span> {number(profile.distinct)}</>}
      </div>
      {profile.min !== undefined && <div class="small"><span class="quiet">{w.range}</span> {profile.min} … {profile.max}</div>}
      {profile.top && <div class="small top-values">{profile.top.map(([value, rows]) => <span key={value}>{value} <span class="quiet">{number(rows)}</span></span>)}</div>}
      {profile.withheld && <div class="small quiet">{w.withheldWhy[profile.withheld]}</div>}
    </div>
  );
}

// How a node's runs went, from the ledger of runs.

import { age, duration, moment } from '../data/values';
import { Spark } from '../parts/chart';
import { StatusChip } from '../parts/status';
import type { Run } from '../payload';
import { number, STATUSES, words } from '../strings';
import { Moment } from './facts';

const w = words.node;
const LISTED = 10;

export function History({ runs }: { runs: Run[] }) {
  const points = (value: (run: Run) => number | undefined) =>
    runs.flatMap(run => {
      const y = value(run);
      return y === undefined ? [] : [{ x: moment(run.at), y, tone: STATUSES[run.status][0] }];
    });
  const seconds = points(run => run.seconds);
  const rows = points(run => run.rows);
  const ages = points(run => run.age);
  const failures = points(run => run.failures);
  return (
    <section aria-label={w.history}>
      <h2>{w.history}</h2>
      <div class="sparks">
        <Spark points={ages} label={w.age} write={age} />
        <Spark points={failures} label={w.rowsFound} write={number} />
        <Spark points={rows} label={w.rowCount} write={number} />
        <Spark points={seconds} label={w.runTime} write={duration} />
      </div>
      <div class="table-scroll" tabIndex={0} role="group" aria-label={w.history}>
        <table class="compact">
          <thead>
            <tr>
              <th scope="col">{w.when}</th>
              <th scope="col">{w.outcome}</th>
              {seconds.length > 0 && <th scope="col" class="num">{w.runTime}</th>}
              {rows.length > 0 && <th scope="col" class="num">{w.rowCount}</th>}
              {failures.length > 0 && <th scope="col" class="num">{w.rowsFound}</th>}
              {ages.length > 0 && <th scope="col" class="num">{w.age}</th>}
            </tr>
          </thead>
          <tbody>
            {runs.slice(-LISTED).reverse().map(run => (
              <tr key={run.at}>
                <td><Moment at={run.at} /></td>
                <td><StatusChip status={run.status} /></td>
                {seconds.length > 0 && <td class="num">{run.seconds !== undefined && duration(run.seconds)}</td>}
                {rows.length > 0 && <td class="num">{run.rows !== undefined && number(run.rows)}</td>}
                {failures.length > 0 && <td class="num">{run.failures !== undefined && number(run.failures)}</td>}
                {ages.length > 0 && <td class="num">{run.age !== undefined && age(run.age)}</td>}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

// What selectors ask that is not known of nodes when the page opens: settings, as in
// `config.schema:x`, and what tests read, for `@x`.

import type { Detail, Kind, Test } from '../payload';
import { allTests, nodes, type Node } from './nodes';
import { all } from './parts';

export interface Settings {
  /** The values of a setting: one, those of a list, or the keys of an object. */
  of(node: Node, path: string): string[];
  /** For each test that reads several nodes, which. */
  tested: Node[][];
}

let read: Promise<Settings> | undefined;
export function settings(): Promise<Settings> {
  read ??= Promise.all([all<Detail>('detail'), allTests()]).then(([details, tests]) => index(details, tests));
  return read;
}

/** dbt looks at the settings of these. */
const CONFIGURED = new Set<Kind>(['model', 'seed', 'snapshot', 'analysis', 'source', 'function']);

function index(details: Detail[], tests: Test[]): Settings {
  return {
    tested: tests.map(test => (test.checks ?? []).map(i => nodes[i])).filter(list => list.length > 1),
    of(node, path) {
      if (!CONFIGURED.has(node.kind)) return [];
      const { facts = [], meta = [] } = details[node.i] ?? {};
      const [first, ...rest] = path.split('.');
      switch (first) {
        case 'materialized':
          return node.materialized ? [node.materialized] : node.kind === 'seed' ? ['seed'] : [];
        case 'tags':
          return node.tags;
        case 'group':
          return node.group ? [node.group] : [];
        case 'access':
          return node.access ? [node.access] : [];
        case 'enabled':
          return ['yes'];
        case 'contract':
          return facts.some(([key]) => key === 'contract') ? ['yes'] : ['no'];
        case 'meta':
          if (!rest.length) return meta.map(([key]) => key);
          return meta.filter(([key]) => key === rest.join('.')).flatMap(([, value]) => items(value));
        default:
          return facts.filter(([key]) => key === path).flatMap(([, value]) => items(value));
      }
    },
  };
}

/** A list is written with commas, an object as keys with values. */
const items = (value: string) => [value, ...(value.includes(', ') || value.includes(': ') ? value.split(', ').map(one => one.split(': ')[0]) : [])];

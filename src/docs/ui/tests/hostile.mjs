// A project whose every text tries to be more than a text.

import { join } from 'node:path';
import { folder, run, write } from './support.mjs';

const script = '<script>window.owned = 1; alert(1)</script>';
const image = '<img src=x onerror="window.owned = 1; alert(1)">';
const breakout = `"'></title></style></script></textarea><!-- --><svg onload=alert(1)>{{constructor}}\${alert(1)}]]>`;
const emoji = '🏥👩‍⚕️🧬‮txet\u200b Ωμέγα 数据';
export const evil = `${script} ${image} ${breakout} ${emoji}`;
const quoted = text => JSON.stringify(text);
const column = `<b onmouseover=alert(1)>${'id'}</b> ${emoji}`;

/** Builds the project and returns where its page is. */
export function hostilePage() {
  const at = join(folder, 'hostile');
  const doc = evil.replaceAll('{{', '{ {').replaceAll('{%', '{ %');
  write(at, {
    'dbt_project.yml': `name: hostile\nprofile: hostile\nmodels:\n  hostile:\n    +materialized: table\n`,
    'profiles.yml': 'hostile:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: hostile.duckdb}\n',
    'models/a&<b>🏥.sql': `-- ${evil.replaceAll('{{', '{ {').replaceAll('\n', ' ')}\nselect range as "${column.replaceAll('"', '""')}", '<i>x</i>' as html, '</script>' as "</script>" from range(50)\n`,
    'models/child.sql': `select count(*) as n from {{ ref('a&<b>🏥') }} /* ${script} */\n`,
    'models/docs.md': `{% docs evil %}\n# ${doc}\n\n[x](javascript:alert(1)) [y](data:text/html,${script}) ![z](https://example.org/x.png)\n\n| ${image} | b |\n|---|---|\n| <b>x</b> | \`${image}\` |\n{% enddocs %}\n{% docs __overview__ %}\n# ${doc}\n{% enddocs %}\n`,
    'models/x.yml': `version: 2
groups:
  - name: ${quoted(`<u>group</u> ${emoji}`)}
    owner: {name: ${quoted(evil)}, email: ${quoted('a@b.c"><img src=x onerror=alert(1)>')}}
models:
  - name: a&<b>🏥
    description: '{{ doc("evil") }}'
    config:
      tags: [${quoted(evil)}, "#x'\\"<"]
      group: ${quoted(`<u>group</u> ${emoji}`)}
      meta: {${quoted(script)}: ${quoted(evil)}}
    columns:
      - name: ${quoted(column)}
        description: ${quoted(evil.replaceAll('{{', '{ {'))}
        config: {meta: {x: ${quoted(image)}, phi: ${quoted(`ssn ${image}`)}}}
        data_tests: [not_null]
      - name: html
        data_tests:
          - accepted_values: {arguments: {values: [${quoted(image)}]}, config: {severity: warn}}
exposures:
  - name: board
    label: ${quoted(evil)}
    type: dashboard
    url: "javascript:alert(1)"
    description: ${quoted(evil.replaceAll('{{', '{ {'))}
    owner: {name: ${quoted(evil)}, email: x@example.org}
    depends_on: ["ref('a&<b>🏥')"]
    config:
      meta:
        charts:
          - {title: ${quoted(evil)}, type: bar, of: "a&<b>🏥", by: {${quoted(image)}: html}, value: {${quoted(script)}: count(*)}, description: ${quoted(image)}}
          - {title: x, type: stat, of: "a&<b>🏥", value: count(*)}
          - {title: broken, type: stat, of: "a&<b>🏥", value: count(}
`,
    'macros/m.sql': `{% macro evil(x) %}/* ${script} */{% endmacro %}\n`,
    // Signs that addresses and selectors have a meaning for.
    'models/a|b/odd.sql': `select 1 as "a::b", 2 as "x|y.z", 'w' || "n" as "it's" from {{ ref('child') }}\n`,
    'models/a|b/odd_reader.sql': `select "a::b" + 1 as "c..d" from {{ ref('odd') }}\n`,
    'models/a|b/odd.yml': `models: [{name: odd, config: {tags: ["two words", "c++, *"], group: ${quoted('a|b, c')}}}]\ngroups: [{name: ${quoted('a|b, c')}, owner: {name: x}}]\n`,
    'tests/own.sql': `-- ${script}\nselect 1 as x from {{ ref('child') }} where n < 0\n`,
  });
  run(at, 'build');
  run(at, 'docs', 'generate', '--profile');
  return join(at, 'target/index.html');
}

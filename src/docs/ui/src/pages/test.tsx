// The page of one test.

import { allTests, href, nodes, titleOf } from '../data/nodes';
import { item } from '../data/parts';
import { CodeBlock } from '../parts/code';
import { Glyph } from '../parts/glyph';
import { useAsync } from '../parts/hooks';
import { Prose } from '../parts/prose';
import { StatusChip } from '../parts/status';
import type { TestDetail } from '../payload';
import { KINDS, words } from '../strings';
import { Breakable, FactValue, factsOf, Moment } from './facts';
import { History } from './history';
import { Missing } from './missing';
import { Section } from './node';
import { question } from './tests';

const w = words.node;

export function TestPage({ id }: { id: string }) {
  const found = useAsync(async () => {
    const tests = await allTests();
    const at = tests.findIndex(test => test.id === id);
    return { test: tests[at], detail: at < 0 ? undefined : await item<TestDetail>('test_detail', at) };
  }, [id]);
  if (!found) return <p class="quiet loading">{words.loading}</p>;
  const { test, detail } = found;
  if (!test) return <Missing />;
  const read = (test.checks ?? []).map(i => nodes[i]).filter(Boolean);
  const text = detail?.compiled || detail?.raw;
  return (
    <article class="node">
      <header class="node-head">
        <p class="crumbs"><a href="#/tests">{KINDS[test.kind][1]}</a></p>
        <h1 tabIndex={-1}>{read[0] && question(test) !== test.name ? `${question(test)}: ${read[0].name}${test.column ? `.${test.column}` : ''}` : test.name}</h1>
        <p class="chips"><StatusChip status={test.status} />{!!test.result?.failures && <span class="chip plain">{w.failures(test.result.failures)}</span>}</p>
      </header>
      <div class="node-body">
        <div class="node-main">
          {test.description && <Section title={w.description}><Prose html={test.description} /></Section>}
          <Section title={words.tests_.of}>
            <ul class="neighbour-list">{read.map(node => <li key={node.i}><a class="node-link" href={href(node)}><Glyph kind={node.kind} layer={node.layer} /><span>{titleOf(node)}</span></a></li>)}</ul>
          </Section>
          {!!detail?.history?.length && <History runs={detail.history} />}
          {text && <Section title={w.code}><CodeBlock text={text} near={read} /></Section>}
        </div>
        <aside aria-label={w.facts}>
          <dl>
            {test.result?.at && <div><dt>{w.lastResult}</dt><dd><Moment at={test.result.at} /></dd></div>}
            {[...(test.arguments ?? []), ...factsOf(test.facts)].map(([label, value]) => <div key={label}><dt>{label}</dt><dd><FactValue value={value} /></dd></div>)}
            {test.path && <div><dt>{w.file}</dt><dd><code><Breakable text={test.path} /></code></dd></div>}
            <div><dt>{w.id}</dt><dd><code><Breakable text={test.id} /></code></dd></div>
          </dl>
        </aside>
      </div>
    </article>
  );
}

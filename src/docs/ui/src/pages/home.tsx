// The first page: what the project is, how it is, and where to go.

import type { ComponentChildren } from 'preact';
import { drawn, href, project, titleOf, verdict, type Node } from '../data/nodes';
import { index } from '../data/parts';
import { duration } from '../data/values';
import { Meter } from '../parts/chart';
import { Glyph } from '../parts/glyph';
import { Prose } from '../parts/prose';
import { Chip, FreshnessChip, StatusChip, TallyChips } from '../parts/status';
import type { Kind, Layer, Tally } from '../payload';
import { CHANGES, count, KINDS, LAYERS, number, words } from '../strings';
import { Moment } from './facts';

const w = words.home;
const LISTED = 8;

/** Descriptions stand under a heading, and theirs begin one level below; this one does not. */
const raised = (html: string) => html.replace(/<(\/?)h([3-6])>/g, (_, end: string, level: string) => `<${end}h${Number(level) - 1}>`);

export function Home() {
  const { overview } = project;
  return (
    <div class="page home">
      {overview ? <><h1 class="sr-only" tabIndex={-1}>{project.name}</h1><Prose html={raised(overview)} class="overview" /></> : <header><h1 tabIndex={-1}>{project.name}</h1><p class="lead">{w.welcome}</p></header>}
      <div class="tiles">
        <Kinds />
        <Quality />
        <LastRun />
      </div>
      <Layers />
      <div class="columns-2">
        <Attention />
        <Published />
        <Changes />
        <Slowest />
      </div>
      <footer class="quiet small">
        {project.generated_at && <>{w.generated} <Moment at={project.generated_at} /> · </>}
        {w.by(project.tool_version)}
        {project.adapter && ` · ${project.adapter}`}
        {project.schemas.length > 0 && ` · ${project.schemas.join(', ')}`}
      </footer>
    </div>
  );
}

function Card({ title, lead, children }: { title: string; lead?: string; children: ComponentChildren }) {
  return <section class="card" aria-label={title}><h2>{title}</h2>{lead && <p class="quiet small">{lead}</p>}{children}</section>;
}

function Kinds() {
  const counts = new Map<Kind, number>();
  for (const node of index.nodes) if (!node.hidden) counts.set(node.kind, (counts.get(node.kind) ?? 0) + 1);
  return (
    <Card title={words.resources}>
      <ul class="kinds">
        {(Object.keys(KINDS) as Kind[]).filter(kind => counts.get(kind)).map(kind => (
          <li key={kind}><a href={`#/list/${kind}`}><Glyph kind={kind} /><span>{KINDS[kind][counts.get(kind) === 1 ? 0 : 1]}</span><strong>{number(counts.get(kind)!)}</strong></a></li>
        ))}
      </ul>
    </Card>
  );
}

function Quality() {
  const total: Tally = { pass: 0, warn: 0, fail: 0, open: 0 };
  let [columns, described] = [0, 0];
  const models = drawn.filter(node => node.kind === 'model' && !node.package);
  for (const node of drawn) {
    for (const key of Object.keys(total) as (keyof Tally)[]) total[key] += node.tests[key];
  }
  for (const { columns: [all, done] = [0, 0] } of models) {
    columns += all;
    described += done;
  }
  const documented = models.filter(node => node.described).length;
  return (
    <Card title={w.testsPass}>
      <p><a class="plain-link" href="#/tests"><TallyChips tests={total} /></a></p>
      <Meter part={documented} of={models.length} label={w.documented(documented, models.length)} />
      <Meter part={described} of={columns} label={w.columnsDocumented(described, columns)} />
    </Card>
  );
}

function LastRun() {
  const { run } = project;
  const stale = drawn.filter(node => node.freshness && node.freshness !== 'pass').length;
  const checked = drawn.filter(node => node.freshness).length;
  return (
    <Card title={w.lastRun}>
      {run ? (
        <dl class="inline-facts">
          {run.command && <div><dt>hcdbt</dt><dd><code>{run.command}</code></dd></div>}
          {run.at && <div><dt>{words.node.when}</dt><dd><Moment at={run.at} /></dd></div>}
          {run.seconds !== undefined && <div><dt>{words.node.runTime}</dt><dd>{duration(run.seconds)}</dd></div>}
        </dl>
      ) : (
        <p class="quiet">{w.never}</p>
      )}
      {checked > 0 && <p><a class="plain-link" href="#/lineage?color=freshness&select=resource_type:source">{stale ? <StatusChip status="warn" text={`${number(stale)} / ${count(checked, 'source')} stale`} /> : <FreshnessChip status="pass" />}</a></p>}
    </Card>
  );
}

function Layers() {
  const layers = Object.keys(LAYERS) as Layer[];
  const counts = new Map(layers.map(layer => [layer, drawn.filter(node => node.layer === layer).length]));
  const most = Math.max(...counts.values(), 1);
  return (
    <Card title={w.layers} lead={w.layersLead}>
      <ol class="layers">
        {layers.filter(layer => counts.get(layer)).map(layer => (
          <li key={layer}>
            <a href={`#/lineage?group=layer`}>
              <span class="layer-name">{LAYERS[layer]}</span>
              <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true"><rect class={`layer-${layer}`} width={Math.max(2, (100 * counts.get(layer)!) / most)} height="10" /></svg>
              <strong>{number(counts.get(layer)!)}</strong>
            </a>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function NodeList({ nodes, about, all }: { nodes: Node[]; about?(node: Node): ComponentChildren; all?: string }) {
  return (
    <ul class="node-list">
      {nodes.slice(0, LISTED).map(node => <li key={node.i}><a class="node-link" href={href(node)}><Glyph kind={node.kind} layer={node.layer} /><span>{titleOf(node)}</span></a>{about && <span class="about">{about(node)}</span>}</li>)}
      {nodes.length > LISTED && <li class="quiet">{all ? <a href={all}>{words.more(nodes.length - LISTED)}</a> : words.more(nodes.length - LISTED)}</li>}
    </ul>
  );
}

function Attention() {
  const rank = { fail: 0, warn: 1, skipped: 2, pass: 3, none: 3 };
  const bad = drawn.filter(node => rank[verdict(node)] < 2 || node.phi?.kept === false).sort((a, b) => rank[verdict(a)] - rank[verdict(b)]);
  if (!bad.length && !project.run) return null;
  const about = (node: Node) => (
    <>
      {(node.tests.fail > 0 || node.tests.warn > 0) && <TallyChips tests={{ ...node.tests, pass: 0, open: 0 }} />}
      {node.status === 'error' && <StatusChip status="error" />}
      {node.freshness && node.freshness !== 'pass' && <FreshnessChip status={node.freshness} />}
      {node.phi?.kept === false && <Chip tone="fail">{words.graph.brokenSo}</Chip>}
    </>
  );
  return <Card title={w.attention}>{bad.length ? <NodeList nodes={bad} about={about} /> : <p><StatusChip status="pass" text={w.allWell} /></p>}</Card>;
}

function Published() {
  const list = drawn.filter(node => node.kind === 'exposure' && !node.hidden).sort((a, b) => Number(!!b.charts) - Number(!!a.charts));
  if (!list.length) return null;
  return <Card title={w.published} lead={w.publishedLead}><NodeList nodes={list} all="#/list/exposure" about={node => node.charts && <a href={href(node)}>{words.dashboard.title}</a>} /></Card>;
}

function Changes() {
  if (!project.compared) return null;
  const changed = drawn.filter(node => node.change);
  const removed = index.removed ?? [];
  const order = { added: 0, modified: 1, removed: 2, impacted: 3 };
  changed.sort((a, b) => order[a.change!] - order[b.change!]);
  return (
    <Card title={w.changes}>
      <NodeList nodes={changed} about={node => <span class={`chip plain change-${node.change}`}><span class="dot" />{CHANGES[node.change!]}</span>} />
      {removed.length > 0 && <p class="small"><span class="quiet">{w.removed}:</span> {removed.slice(0, 20).map(node => node.name).join(', ')}</p>}
      <p><a href="#/lineage?color=change">{words.lineage}</a></p>
    </Card>
  );
}

function Slowest() {
  const timed = drawn.filter(node => node.seconds !== undefined).sort((a, b) => b.seconds! - a.seconds!);
  if (!timed.length) return null;
  return <Card title={w.slowest}><NodeList nodes={timed.slice(0, 5)} about={node => <span class="quiet">{duration(node.seconds!)}</span>} /></Card>;
}

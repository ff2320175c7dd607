// What can be chosen above the graph.

import { useLayoutEffect, useState } from 'preact/hooks';
import { drawn } from '../data/nodes';
import { change } from '../router';
import { words } from '../strings';
import { groupOf, type Grouping } from './lanes';
import { usefulLenses } from './lens';
import type { Look } from './paint';
import { savePng, saveSvg } from './save';
import type { Scene } from './scene';
import { ALL, isClosed, NONE, toggleLane, type State } from './state';

const g = words.graph;
const STEPS = ['0', '1', '2', '3', '4', '5', 'all'];

let groupings: Grouping[] | undefined;
/** The groupings that divide this project. */
function usefulGroupings(): Grouping[] {
  groupings ??= (['folder', 'tag', 'layer', 'package', 'group'] as Grouping[]).filter(by => new Set(drawn.map(node => groupOf(node, by))).size > 1);
  return groupings;
}

export function Toolbar({ state, scene, look }: { state: State; scene?: Scene; look: Look }) {
  const narrowed = state.focus || state.path || state.column || state.select;
  const lenses = usefulLenses();
  return (
    <div class="controls">
      {!state.column && <SelectorBox value={state.select} />}
      {state.focus && !state.path && (
        <>
          <Depth label={g.up} name="up" value={state.up} />
          <Depth label={g.down} name="down" value={state.down} />
        </>
      )}
      {narrowed && (
        <button type="button" class="button" onClick={() => change({ focus: undefined, up: undefined, down: undefined, path: undefined, column: undefined, select: undefined, at: undefined, open: undefined })}>{g.showAll}</button>
      )}
      {lenses.length > 1 && (
        <label class="control">
          <span>{g.lens}</span>
          <select value={state.lens} onChange={event => change({ color: event.currentTarget.value === 'layer' ? undefined : event.currentTarget.value })}>
            {lenses.map(lens => <option key={lens} value={lens}>{g.lenses[lens]}</option>)}
          </select>
        </label>
      )}
      {!state.column && usefulGroupings().length > 0 && (
        <label class="control">
          <span>{g.group}</span>
          <select value={state.group} onChange={event => change({ group: event.currentTarget.value, closed: undefined, expanded: undefined, at: undefined })}>
            <option value="">{g.groups['']}</option>
            {usefulGroupings().map(by => <option key={by} value={by}>{g.groups[by]}</option>)}
          </select>
        </label>
      )}
      {state.group && !state.column && scene && <Groups state={state} scene={scene} />}
      {state.group && !state.column && (
        <div class="switch" role="group" aria-label={g.group}>
          <button type="button" onClick={() => change({ closed: ALL, expanded: undefined, at: undefined })}>{g.collapseAll}</button>
          <button type="button" onClick={() => change({ closed: NONE, expanded: undefined, at: undefined })}>{g.expandAll}</button>
        </div>
      )}
      <div class="switch" role="group" aria-label={g.view}>
        <button type="button" aria-pressed={!state.table} onClick={() => change({ view: undefined })}>{g.asGraph}</button>
        <button type="button" aria-pressed={state.table} onClick={() => change({ view: 'table' })}>{g.asTable}</button>
      </div>
      {!state.table && scene && (
        <div class="switch" role="group" aria-label={g.export}>
          <button type="button" onClick={() => void savePng(scene, look)} title={`${g.export} PNG`}>PNG</button>
          <button type="button" onClick={() => saveSvg(scene, look)} title={`${g.export} SVG`}>SVG</button>
        </div>
      )}
    </div>
  );
}

/** The bands by name, to be collapsed and expanded one by one. */
function Groups({ state, scene }: { state: State; scene: Scene }) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    const list = event.currentTarget as HTMLDetailsElement;
    list.open = false;
    list.querySelector('summary')!.focus();
  };
  return (
    <details class="groups" onKeyDown={onKeyDown}>
      <summary class="button">{g.groupList(scene.lanes.length)}</summary>
      <ul>
        {scene.lanes.map(lane => {
          const closed = isClosed(state, lane.name);
          const name = lane.name || g.ungrouped;
          return <li key={lane.name}><button type="button" aria-expanded={!closed} title={closed ? g.expand(name) : g.collapse(name)} onClick={() => toggleLane(state, lane.name)}><span aria-hidden="true">{closed ? '▸' : '▾'}</span> {name} <span class="quiet">{lane.size}</span></button></li>;
        })}
      </ul>
    </details>
  );
}

function SelectorBox({ value }: { value: string }) {
  const [text, setText] = useState(value);
  useLayoutEffect(() => setText(value), [value]);
  const apply = () => text.trim() !== value && change({ select: text.trim(), at: undefined, path: undefined });
  return (
    <form class="control selector" role="search" aria-label={g.selector} onSubmit={event => {
      event.preventDefault();
      apply();
    }}>
      <label>
        <span>{g.selector}</span>
        <input type="search" spellcheck={false} autocomplete="off" placeholder={g.selectorPlaceholder} title={g.selectorHelp} value={text} onInput={event => setText(event.currentTarget.value)} onBlur={apply} onSearch={() => !text && apply()} />
      </label>
    </form>
  );
}

function Depth({ label, name, value }: { label: string; name: string; value: number }) {
  return (
    <label class="control depth">
      <span>{label}</span>
      <select value={value === Infinity ? 'all' : String(value)} onChange={event => change({ [name]: event.currentTarget.value, at: undefined })}>
        {STEPS.map(step => <option key={step} value={step}>{step === 'all' ? g.allSteps : step}</option>)}
      </select>
    </label>
  );
}

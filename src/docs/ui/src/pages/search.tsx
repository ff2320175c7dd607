// The search dialog: opened with `/`, led with the arrow keys.

import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { codeOf, detailOf, href, titleOf } from '../data/nodes';
import { byName, search, searchIndex, type Hit } from '../data/search';
import { plain } from '../data/values';
import { Glyph } from '../parts/glyph';
import { hasWord } from '../parts/code';
import { useAsync } from '../parts/hooks';
import type { Code, Detail } from '../payload';
import { go } from '../router';
import { KINDS, words } from '../strings';

const w = words.search;
export const searching = signal(false);
/** Between two letters typed, in milliseconds. */
const TYPING = 160;
/** The texts of so many hits are read, and of the one that is chosen. */
const READ = 8;

export function SearchDialog() {
  const ref = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const index = useAsync(searchIndex, []);
  const open = searching.value;
  useEffect(() => {
    const dialog = ref.current!;
    if (open && !dialog.open) {
      dialog.showModal();
      dialog.querySelector('input')!.select();
    }
    if (!open && dialog.open) dialog.close();
  }, [open]);
  const hits = open ? (index ? search(index, text) : byName(text)) : [];
  const chosen = Math.min(at, hits.length - 1);
  const follow = (hit: Hit | undefined) => {
    if (!hit) return;
    searching.value = false;
    go(addressOf(hit));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setAt(Math.min(hits.length - 1, chosen + 1));
    else if (event.key === 'ArrowUp') setAt(Math.max(0, chosen - 1));
    else if (event.key === 'Enter') follow(hits[chosen]);
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    document.getElementById(`hit-${chosen}`)?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  return (
    <dialog ref={ref} class="search-dialog" aria-label={w.label} onClose={() => (searching.value = false)} onClick={event => event.target === ref.current && (searching.value = false)}>
      <div class="search-box">
        <input
          type="text"
          placeholder={w.placeholder}
          aria-label={w.label}
          role="combobox"
          aria-expanded={hits.length > 0}
          aria-controls="hits"
          aria-activedescendant={hits.length ? `hit-${chosen}` : undefined}
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={event => {
            setText(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <p class="quiet small" role="status">{text.trim() ? (hits.length ? w.results(hits.length) : index ? w.empty : w.reading) : w.hint}</p>
        <div id="hits" role="listbox" aria-label={w.label} tabIndex={-1}>
          {hits.map((hit, i) => (
            <a key={addressOf(hit)} id={`hit-${i}`} role="option" aria-selected={i === chosen} class="hit" tabIndex={-1} href={addressOf(hit)} onClick={() => (searching.value = false)}>
              <HitLine hit={hit} read={i < READ || i === chosen} />
            </a>
          ))}
        </div>
        <p class="search-keys quiet small" aria-hidden="true">{w.keys}</p>
      </div>
    </dialog>
  );
}

function addressOf(hit: Hit): string {
  if (hit.test) return `#/test/${encodeURIComponent(hit.test.id)}`;
  if (!hit.node) return `#/glossary/${encodeURIComponent(hit.block!.name)}`;
  return hit.field === 'code' ? `${href(hit.node)}?find=${encodeURIComponent(hit.word)}` : href(hit.node);
}

function HitLine({ hit, read }: { hit: Hit; read: boolean }) {
  const { node, test, block, field, word } = hit;
  const [snippet, setSnippet] = useState('');
  useEffect(() => {
    if (!node || !read || (field !== 'text' && field !== 'code')) return;
    // Who goes on typing does not wait for the texts of what was found before.
    const timer = setTimeout(async () => setSnippet(field === 'code' ? lineWith(await codeOf(node), word) : snippetOf(await detailOf(node), word)), TYPING);
    return () => clearTimeout(timer);
  }, [node, field, word, read]);
  return (
    <>
      <span class="hit-name">{node && <Glyph kind={node.kind} layer={node.layer} />}<strong>{node ? titleOf(node) : (test ?? block)!.name}</strong></span>
      <span class="quiet small hit-place">{node ? [KINDS[node.kind][0], node.package, node.folder].filter(Boolean).join(' · ') : test ? w.test : w.block}</span>
      {field !== 'name' && <span class="small hit-text"><span class="quiet">{w.in[field]}: </span>{field === 'code' && snippet ? <code>{snippet}</code> : snippet || word}</span>}
    </>
  );
}

/** The line of code that has a word. */
function lineWith({ raw = '', compiled = '' }: Code, word: string): string {
  const has = hasWord(word);
  const line = [...raw.split('\n'), ...compiled.split('\n')].find(has)?.trim() ?? '';
  return line.length > 110 ? `${line.slice(0, 110)}…` : line;
}

/** What is around the word that was found. */
function snippetOf(detail: Detail, word: string): string {
  const texts = [detail.description ?? '', ...(detail.columns ?? []).map(column => column.description ?? '')].map(plain);
  for (const text of texts) {
    const found = text.toLowerCase().indexOf(word);
    if (found < 0) continue;
    const start = Math.max(0, found - 40);
    return `${start ? '…' : ''}${text.slice(start, found + 80)}${text.length > found + 80 ? '…' : ''}`;
  }
  return '';
}

// SQL, Jinja and Python with a little colour, line numbers and links.

import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { href, listed, type Node } from '../data/nodes';
import { words } from '../strings';

const KEYWORDS = new Set(
  `all and any as asc asof between by case cast create cross current_date current_timestamp date_part delete desc distinct drop else end except
  exclude exists extract false filter first following from full group grouping having if ilike in inner insert intersect interval into is join last
  lateral left like limit materialized natural not null nulls offset on or order outer over partition pivot positional preceding qualify range
  recursive replace returning right row rows sample select semi set similar table tablesample then to true unbounded union unnest unpivot
  update using values view when where window with within`.split(/\s+/),
);
const JINJA_WORDS = new Set(
  'if elif else endif for endfor in set endset macro endmacro do call endcall not and or is none true false block endblock filter endfilter test endtest materialization endmaterialization snapshot endsnapshot raw endraw import from include docs enddocs'.split(' '),
);
const PYTHON_WORDS = new Set(
  'and as assert async await break class continue def del elif else except finally for from global if import in is lambda None nonlocal not or pass raise return True False try while with yield'.split(' '),
);

const SQL_TOKEN = /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\{#[\s\S]*?(?:#\}|$))|(\{\{[\s\S]*?(?:\}\}|$)|\{%[\s\S]*?(?:%\}|$))|('(?:[^']|'')*(?:'|$))|("(?:[^"]|"")*(?:"|$))|(\b\d+(?:\.\d+)?\b)|([A-Za-z_][A-Za-z_0-9]*)/g;
const JINJA_TOKEN = /('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(\b\d+(?:\.\d+)?\b)|([A-Za-z_][A-Za-z_0-9]*)/g;
const PYTHON_TOKEN = /(#[^\n]*)|("""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")|(\b\d+(?:\.\d+)?\b)|([A-Za-z_][A-Za-z_0-9]*)/g;
/** Colouring is not worth the time for what nobody reads line by line. */
const MOST_COLOURED = 200_000;

/** A piece of code: its text, how it looks, and where it leads. */
interface Piece { text: string; look?: string; to?: Node; jinja?: boolean }

let names: Map<string, Node | null> | undefined;
function byName(name: string): Node | undefined {
  if (!names) {
    names = new Map();
    for (const node of listed) names.set(node.name, names.has(node.name) ? null : node);
  }
  return names.get(name) ?? undefined;
}

/** A version of a model is referred to by the model's name. */
const isCalled = (node: Node, name: string) => node.name === name || (node.kind === 'model' && node.name.replace(/\.v[^.]+$/, '') === name);

function piecesOf(text: string, language: string | undefined, near: Node[]): Piece[] {
  if (text.length > MOST_COLOURED) return [{ text }];
  if (language === 'python') {
    return scan(text, PYTHON_TOKEN, ([all, comment, string, amount, word]) => (comment ? { text: all, look: 'comment' } : string ? { text: all, look: 'string' } : amount ? { text: all, look: 'number' } : PYTHON_WORDS.has(word) ? { text: all, look: 'keyword' } : undefined));
  }
  return scan(text, SQL_TOKEN, ([all, comment, jinja, string, quoted, amount, word], after) => {
    if (comment) return { text: all, look: 'comment' };
    if (jinja) return jinjaPieces(all, near);
    if (string) return { text: all, look: 'string' };
    if (quoted) return { text: all, look: 'quoted', to: near.find(node => isCalled(node, all.slice(1, -1))) };
    if (amount) return { text: all, look: 'number' };
    if (KEYWORDS.has(word.toLowerCase())) return { text: all, look: 'keyword' };
    return after === '(' ? { text: all, look: 'call' } : undefined;
  });
}

function jinjaPieces(text: string, near: Node[]): Piece[] {
  let call = '';
  const pieces = scan(text, JINJA_TOKEN, ([all, string, amount, word], after) => {
    if (word && after === '(') call = word;
    if (string) {
      const name = all.slice(1, -1);
      const to = call === 'ref' || call === 'source' ? (near.find(node => isCalled(node, name)) ?? byName(name)) : undefined;
      return { text: all, look: 'string', to: to && (call === 'source') === (to.kind === 'source') ? to : undefined };
    }
    if (amount) return { text: all, look: 'number' };
    if (JINJA_WORDS.has(word)) return { text: all, look: 'keyword' };
    if (after !== '(') return undefined;
    const macro = byName(word);
    return { text: all, look: 'call', to: macro?.kind === 'macro' ? macro : undefined };
  });
  return pieces.map(piece => ({ ...piece, jinja: true }));
}

function scan(text: string, pattern: RegExp, kind: (match: RegExpMatchArray, after: string) => Piece | Piece[] | undefined): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    const made = kind(match, text[end] ?? '');
    if (!made) continue;
    if (match.index > at) pieces.push({ text: text.slice(at, match.index) });
    for (const piece of Array.isArray(made) ? made : [made]) pieces.push(piece);
    at = end;
  }
  pieces.push({ text: text.slice(at) });
  return pieces;
}

/** Makes a test for what begins with a word of code, or is one, in whatever case. */
export function hasWord(word: string, whole = false): (line: string) => boolean {
  const quoted = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_])${quoted}${whole ? '(?![\\p{L}\\p{N}_])' : ''}`, 'iu');
  return line => pattern.test(line);
}

/** Divides pieces at line ends. */
function linesOf(pieces: Piece[]): Piece[][] {
  const lines: Piece[][] = [[]];
  for (const piece of pieces) {
    piece.text.split('\n').forEach((text, i) => {
      if (i) lines.push([]);
      if (text) lines[lines.length - 1].push({ ...piece, text });
    });
  }
  return lines;
}

const shownPiece = ({ text, look, to, jinja }: Piece, i: number): ComponentChildren => {
  const name = [look, jinja && 'jinja'].filter(Boolean).join(' ');
  if (to) return <a key={i} class={name} href={href(to)}>{text}</a>;
  return name ? <span key={i} class={name}>{text}</span> : text;
};

interface CodeProps {
  text: string;
  language?: string;
  /** The nodes that names may mean. */
  near?: Node[];
  /** Lines to stand out, counted from 1. */
  marks?: Set<number>;
  /** Only the marked lines and what is around them are shown. */
  excerpt?: boolean;
  /** The first marked line is brought into sight. */
  seek?: boolean;
}

export function CodeBlock({ text, language, near = [], marks, excerpt, seek }: CodeProps) {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (seek) ref.current!.querySelector('.marked')?.scrollIntoView({ block: 'center' });
  }, [seek, text, marks]);
  const lines = linesOf(piecesOf(text, language, near));
  const close = (i: number) => !excerpt || !marks?.size || [-1, 0, 1].some(d => marks.has(i + 1 + d));
  const rows: ComponentChildren[] = [];
  let gap = false;
  lines.forEach((line, i) => {
    if (!close(i)) {
      gap = true;
      return;
    }
    if (gap && rows.length) rows.push(<div key={`gap ${i}`} class="code-gap" aria-hidden="true">⋯</div>);
    gap = false;
    rows.push(
      <div key={i} class={marks?.has(i + 1) ? 'code-line marked' : 'code-line'}>
        <span class="code-number" data-line={i + 1} />
        <code>{line.map(shownPiece)}{'\n'}</code>
      </div>,
    );
  });
  return <div class="code" ref={ref} tabIndex={0} role="group" aria-label={words.node.code}>{rows}</div>;
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Files are not given the clipboard everywhere; the old way works there.
      const area = document.createElement('textarea');
      area.value = text;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  return <button type="button" class="copy" aria-label={label} title={label} onClick={() => void copy()}>{done ? words.copied : words.copy}</button>;
}

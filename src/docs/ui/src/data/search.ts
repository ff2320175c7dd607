// Full-text search that forgives typing errors, over an index made with the page.

import type { SearchData } from '../payload';
import { blocks, listed, nodes, type Node } from './nodes';
import { bytesOf, part } from './parts';

/** What a word was found in, the weightiest first; the numbers are Rust's. */
export const FIELDS = ['name', 'tag', 'column', 'text', 'code'] as const;
export type Field = (typeof FIELDS)[number];
const WEIGHTS = [12, 6, 4, 2, 1];

export interface Hit {
  node?: Node;
  block?: { name: string };
  score: number;
  field: Field;
  /** The word of the index that was meant. */
  word: string;
}

interface Index { words: string[]; starts: Uint32Array; values: Uint32Array }

let read: Promise<Index> | undefined;
export function searchIndex(): Promise<Index> {
  read ??= part<SearchData>('search').then(decode);
  return read;
}

/** Each word's places follow each other as differences of `document * 8 + field`. */
function decode({ words, postings }: SearchData): Index {
  const bytes = bytesOf(postings);
  const starts = new Uint32Array(words.length + 1);
  const values = new Uint32Array(bytes.length);
  let [at, total] = [0, 0];
  const next = () => {
    let [value, shift] = [0, 0];
    for (;;) {
      const byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
      shift += 7;
    }
  };
  for (let w = 0; w < words.length; w++) {
    starts[w] = total;
    let last = 0;
    for (let left = next(); left > 0; left--) {
      last += next();
      values[total++] = last;
    }
  }
  starts[words.length] = total;
  return { words, starts, values: values.slice(0, total) };
}

const hidden = new Set(nodes.filter(node => node.hidden).map(node => node.i));
const MOST_HITS = 30;
/** Words of the index that one typed word may stand for, and places that are looked at for it. */
const MOST_MEANINGS = 400;
const MOST_PLACES = 150_000;
/** Shorter words are not looked for in code. */
const SHORTEST_IN_CODE = 3;
const CODE = FIELDS.indexOf('code');

export function search(index: Index, text: string): Hit[] {
  const terms = text.toLowerCase().normalize('NFC').split(/[^\p{L}\p{N}_]+/u).filter(Boolean).slice(0, 8);
  if (!terms.length) return [];
  let scores: Map<number, { score: number; field: number; word: string }> | undefined;
  for (const term of terms) {
    const own = new Map<number, { score: number; field: number; word: string }>();
    let left = MOST_PLACES;
    for (const [word, closeness] of meanings(index, term)) {
      left -= index.starts[word + 1] - index.starts[word];
      if (left < 0) break;
      for (let p = index.starts[word]; p < index.starts[word + 1]; p++) {
        const place = index.values[p] >>> 3;
        const field = index.values[p] & 7;
        if (field === CODE && term.length < SHORTEST_IN_CODE) continue;
        const score = WEIGHTS[field] * closeness;
        const before = own.get(place);
        if (!before || before.score < score) own.set(place, { score, field, word: index.words[word] });
      }
    }
    if (!scores) scores = own;
    else {
      for (const [place, total] of scores) {
        const here = own.get(place);
        if (!here) scores.delete(place);
        else total.score += here.score;
      }
    }
  }
  const whole = text.trim().toLowerCase();
  const hits: Hit[] = [];
  for (const [place, { score, field, word }] of scores!) {
    if (hidden.has(place)) continue;
    const node = nodes[place];
    const block = node ? undefined : blocks[place - nodes.length];
    if (!node && !block) continue;
    const name = (node ?? block!).name.toLowerCase();
    const bonus = name === whole ? 40 : name.startsWith(whole) ? 10 : 0;
    hits.push({ node, block, field: FIELDS[field], word, score: score + bonus + (node ? Math.min(2, node.children.length / 20) : 0) });
  }
  hits.sort((a, b) => b.score - a.score || (a.node?.i ?? 0) - (b.node?.i ?? 0));
  return hits.slice(0, MOST_HITS);
}

/** The words of the index that a typed word may stand for, and how close each is. */
function meanings({ words }: Index, term: string): [word: number, closeness: number][] {
  const found: [number, number][] = [];
  const allowed = term.length >= 8 ? 2 : term.length >= 4 ? 1 : 0;
  const loose: [number, number][] = [];
  const bits = lettersOf(term);
  for (let w = 0; w < words.length; w++) {
    const word = words[w];
    if (word === term) found.push([w, 1]);
    else if (word.startsWith(term)) found.push([w, 0.8]);
    else if (term.length > 2 && word.includes(term)) found.push([w, word.includes(`_${term}`) ? 0.7 : 0.45]);
    else if (allowed && Math.abs(word.length - term.length) <= allowed && differ(lettersOf(word), bits) <= 2 * allowed) {
      const distance = editDistance(term, word, allowed);
      if (distance <= allowed) loose.push([w, distance === 1 ? 0.35 : 0.2]);
    }
  }
  // Errors are looked for where the word as typed says little.
  if (found.length < 5) found.push(...loose);
  return found.sort((a, b) => b[1] - a[1]).slice(0, MOST_MEANINGS);
}

const letters = new Map<string, number>();
/** Which letters a word has, as bits. */
function lettersOf(word: string): number {
  let bits = letters.get(word);
  if (bits === undefined) {
    bits = 0;
    for (let i = 0; i < word.length; i++) bits |= 1 << (word.charCodeAt(i) % 31);
    letters.set(word, bits);
  }
  return bits;
}

function differ(a: number, b: number): number {
  let bits = a ^ b;
  let amount = 0;
  for (; bits; bits &= bits - 1) amount++;
  return amount;
}

/** How many letters were typed wrong, left out, added or exchanged; more than `most` is all the same. */
export function editDistance(a: string, b: string, most: number): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let value = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) value = Math.min(value, before[j - 2] + 1);
      row.push(value);
      least = Math.min(least, value);
    }
    if (least > most) return most + 1;
    before = last;
    last = row;
  }
  return last[b.length];
}

/** Names alone, for while the index is being read. */
export function byName(text: string): Hit[] {
  const term = text.trim().toLowerCase();
  if (!term) return [];
  return listed
    .filter(node => node.name.toLowerCase().includes(term) || node.label?.toLowerCase().includes(term))
    .slice(0, MOST_HITS)
    .map(node => ({ node, score: node.name.toLowerCase().startsWith(term) ? 2 : 1, field: 'name' as const, word: term }))
    .sort((a, b) => b.score - a.score);
}

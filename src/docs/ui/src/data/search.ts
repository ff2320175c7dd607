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
  test?: TestName;
  score: number;
  field: Field;
  /** The word of the index that was meant. */
  word: string;
}

export interface TestName { id: string; name: string }

/** `letters` are those that each word has, as bits. */
interface Index { words: string[]; letters: Uint32Array; starts: Uint32Array; values: Uint32Array; skipped: Set<string>; tests: TestName[]; board: Board }

let read: Promise<Index> | undefined;
export function searchIndex(): Promise<Index> {
  read ??= part<SearchData>('search').then(decode);
  return read;
}

/** Each word's places follow each other as differences of `document * 8 + field`. */
function decode({ words, postings, tests, skipped }: SearchData): Index {
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
  const named = tests.map(([id, name]) => ({ id, name }));
  return { words, letters: Uint32Array.from(words, lettersOf), starts, values: values.slice(0, total), skipped: new Set(skipped), tests: named, board: board(named) };
}

const hidden = new Set(nodes.filter(node => node.hidden).map(node => node.i));
const MOST_HITS = 30;
/** Words of the index that one typed word may stand for, and places that are looked at for it. */
const MOST_MEANINGS = 400;
const MOST_PLACES = 150_000;
/** Shorter words are not looked for in code. */
const SHORTEST_IN_CODE = 3;
const CODE = FIELDS.indexOf('code');

/** What was found of each document, in arrays: a letter typed must not make thousands of objects. */
interface Board {
  /** Of all words typed. */
  totals: Float32Array;
  fields: Uint8Array;
  meant: Uint32Array;
  /** How many of the words that must be there were found, all that came before included. */
  terms: Uint8Array;
  /** Of one word typed. */
  best: Float32Array;
  bestField: Uint8Array;
  bestWord: Uint32Array;
  lowerNames: string[];
}

function board(tests: TestName[]): Board {
  const lowerNames = [...nodes, ...blocks, ...tests].map(one => one.name.toLowerCase());
  const size = lowerNames.length;
  return {
    totals: new Float32Array(size),
    fields: new Uint8Array(size),
    meant: new Uint32Array(size),
    terms: new Uint8Array(size),
    best: new Float32Array(size),
    bestField: new Uint8Array(size),
    bestWord: new Uint32Array(size),
    lowerNames,
  };
}

export function search(index: Index, text: string): Hit[] {
  const typed = text.toLowerCase().normalize('NFC').split(/[^\p{L}\p{N}_]+/u).filter(Boolean).slice(0, 8);
  if (!typed.length) return [];
  const { totals, fields, meant, terms, best, bestField, bestWord, lowerNames } = index.board;
  const size = lowerNames.length;
  // What nearly all SQL has tells little, and is not looked for there: it need not be found.
  const needed = typed.filter(term => !index.skipped.has(term));
  const order = needed.length ? [...needed, ...typed.filter(term => index.skipped.has(term))] : typed;
  const most = needed.length || typed.length;
  terms.fill(0);
  totals.fill(0);
  fields.fill(0);
  order.forEach((term, t) => {
    best.fill(0);
    look(index, term);
    for (let d = 0; d < size; d++) {
      if (!best[d] || terms[d] < Math.min(t, most)) continue;
      if (t < most) terms[d] = t + 1;
      totals[d] += best[d];
      // The place that says most beyond the name is shown.
      if (t && bestField[d] <= fields[d]) continue;
      fields[d] = bestField[d];
      meant[d] = bestWord[d];
    }
  });
  const whole = text.trim().toLowerCase();
  const hits: Hit[] = [];
  for (let d = 0; d < size; d++) {
    if (terms[d] !== most || hidden.has(d)) continue;
    const node = d < nodes.length ? nodes[d] : undefined;
    const name = lowerNames[d];
    const bonus = name === whole ? 40 : name.startsWith(whole) ? 10 : 0;
    const score = totals[d] + bonus + (node ? Math.min(2, node.children.length / 20) : 0);
    const last = hits[hits.length - 1];
    if (hits.length === MOST_HITS && score <= last.score) continue;
    const hit = { node, block: blocks[d - nodes.length], test: index.tests[d - nodes.length - blocks.length], field: FIELDS[fields[d]], word: index.words[meant[d]], score };
    const at = hits.findIndex(other => other.score < score);
    hits.splice(at < 0 ? hits.length : at, 0, hit);
    if (hits.length > MOST_HITS) hits.pop();
  }
  return hits;
}

/** Notes for each document the best that it has for one word typed. */
function look(index: Index, term: string): void {
  const { best, bestField, bestWord } = index.board;
  let left = MOST_PLACES;
  for (const [word, closeness] of meanings(index, term)) {
    left -= index.starts[word + 1] - index.starts[word];
    if (left < 0) break;
    for (let p = index.starts[word]; p < index.starts[word + 1]; p++) {
      const place = index.values[p] >>> 3;
      const field = index.values[p] & 7;
      if (field === CODE && term.length < SHORTEST_IN_CODE) continue;
      const score = WEIGHTS[field] * closeness;
      if (score <= best[place]) continue;
      best[place] = score;
      bestField[place] = field;
      bestWord[place] = word;
    }
  }
}

/** The words of the index that a typed word may stand for, and how close each is. */
function meanings({ words, letters }: Index, term: string): [word: number, closeness: number][] {
  const found: [number, number][] = [];
  const allowed = term.length >= 8 ? 2 : term.length >= 4 ? 1 : 0;
  for (let w = 0; w < words.length; w++) {
    const at = words[w].indexOf(term);
    if (at < 0) continue;
    const word = words[w];
    if (at === 0) found.push([w, word.length === term.length ? 1 : 0.8]);
    else if (term.length > 2) found.push([w, word.includes(`_${term}`) ? 0.7 : 0.45]);
  }
  // Errors are looked for where no word is or begins as typed, and few have it within.
  if (found.length < 5 && allowed && found.every(([, closeness]) => closeness < 0.8)) {
    const bits = lettersOf(term);
    for (let w = 0; w < words.length; w++) {
      const word = words[w];
      if (Math.abs(word.length - term.length) > allowed || differ(letters[w], bits) > 2 * allowed || word.includes(term)) continue;
      const distance = editDistance(term, word, allowed);
      if (distance <= allowed) found.push([w, distance === 1 ? 0.35 : 0.2]);
    }
  }
  return found.sort((a, b) => b[1] - a[1]).slice(0, MOST_MEANINGS);
}

/** Which letters a word has, as bits. */
function lettersOf(word: string): number {
  let bits = 0;
  for (let i = 0; i < word.length; i++) bits |= 1 << (word.charCodeAt(i) % 31);
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

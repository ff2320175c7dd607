// How a query defines its columns, found by their names in its text: `… as name`. Where columns
// come from is traced by Rust; this is for what the eye needs besides: the whole expression of a
// column, and what the names within it stand for.

interface Definition { name: string; start: number; end: number; names: string[] }

const TOKEN = /--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|'(?:[^']|'')*(?:'|$)|"((?:[^"]|"")*)(?:"|$)|([\p{L}_][\p{L}\p{N}_$]*)|[(),.;]/gu;
/** Words after which no more columns are named. */
const AFTER_LIST = new Set(['from', 'where', 'group', 'having', 'qualify', 'window', 'order', 'limit', 'union', 'intersect', 'except']);

/** Finds all named columns of all queries in a text, in the order of their ends. */
function definitionsIn(sql: string): Definition[] {
  const found: Definition[] = [];
  const levels = [{ start: 0, isList: false, names: [] as string[] }];
  let [isNamed, named] = [false, 0];
  const next = (start: number) => {
    const level = levels[levels.length - 1];
    level.start = start;
    level.names = [];
  };
  for (const match of sql.matchAll(TOKEN)) {
    const [token, quoted, bare] = match;
    const level = levels[levels.length - 1];
    const end = match.index + token.length;
    const word = bare?.toLowerCase();
    if (isNamed && (quoted !== undefined || word)) {
      isNamed = false;
      if (level.isList) found.push({ name: (quoted?.replaceAll('""', '"') ?? word!).toLowerCase(), start: level.start, end: named, names: level.names });
      continue;
    }
    isNamed = false;
    if (token === '(') levels.push({ start: end, isList: false, names: level.names });
    else if (token === ')' && levels.length > 1) levels.pop();
    else if (token === ',') {
      if (level.isList) next(end);
    } else if (word === 'select') {
      level.isList = true;
      next(end);
    } else if (word === 'as') [isNamed, named] = [true, match.index];
    else if (word && AFTER_LIST.has(word)) level.isList = false;
    else if (quoted !== undefined) level.names.push(quoted.toLowerCase());
    else if (word) level.names.push(word);
  }
  return found;
}

const LONGEST = 400;

export interface Defined {
  /** The expression of the column, in one line; none where it is only handed on. */
  expression?: string;
  /** The lines of it and of what its names stand for, from 1. */
  lines: number[];
}

const known = new Map<string, Definition[]>();

/** How a query makes one of its columns. */
export function definitionOf(sql: string, column: string): Defined {
  // Several columns of a query are asked for one after the other.
  const all = known.get(sql) ?? definitionsIn(sql);
  if (known.size > 20) known.clear();
  known.set(sql, all);
  const before = (name: string, end: number) => all.findLast(one => one.name === name && one.end < end);
  const own = before(column.toLowerCase(), Infinity);
  if (!own) return { lines: [] };
  const seen = new Set([own]);
  for (const { start, names } of seen) {
    for (const name of names) {
      const one = before(name, start);
      if (one) seen.add(one);
    }
  }
  const starts = [0, ...Array.from(sql.matchAll(/\n/g), match => match.index + 1)];
  const lineOf = (at: number) => starts.findLastIndex(start => start <= at) + 1;
  const lines = new Set<number>();
  for (const { start, end } of seen) {
    const first = start + sql.slice(start, end).search(/\S|$/);
    for (let line = lineOf(first); line <= lineOf(end); line++) lines.add(line);
  }
  const text = sql.slice(own.start, own.end).replace(/--[^\n]*/g, ' ').replace(/\s+/g, ' ').trim();
  const isHandedOn = /^(?:[\w$]+|"[^"]*")(?:\.(?:[\w$]+|"[^"]*"))*$/.test(text);
  return { expression: isHandedOn || !text ? undefined : text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text, lines: [...lines] };
}

// Showing SQL, Jinja and Python with a little colour.

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

/** Colours a text; `link` may turn a name within `ref` or `source` into a link. */
function highlight(text, language, link) {
  if (language === 'python') {
    return scan(text, PYTHON_TOKEN, ([, comment, string, number, word]) =>
      comment ? 'comment' : string ? 'string' : number ? 'number' : PYTHON_WORDS.has(word) ? 'keyword' : null,
    );
  }
  return scan(text, SQL_TOKEN, (match, after) => {
    const [all, comment, jinja, string, quoted, number, word] = match;
    if (comment) return 'comment';
    if (jinja) return h('span.jinja', null, jinjaParts(all, link));
    if (string) return 'string';
    if (quoted) return 'quoted';
    if (number) return 'number';
    if (KEYWORDS.has(word.toLowerCase())) return 'keyword';
    return after === '(' ? 'call' : null;
  });
}

function jinjaParts(text, link) {
  let call = '';
  return scan(text, JINJA_TOKEN, (match, after) => {
    const [all, string, number, word] = match;
    if (word && after === '(') call = word;
    if (string) {
      const target = (call === 'ref' || call === 'source') && link?.(call, all.slice(1, -1));
      return target ? h('a.string', { href: href(target), title: `Open ${target.name}` }, all) : 'string';
    }
    if (number) return 'number';
    if (JINJA_WORDS.has(word)) return 'keyword';
    return after === '(' ? 'call' : null;
  });
}

/** Cuts a text at its tokens; `kind` gives a token's class, an element for it, or nothing. */
function scan(text, pattern, kind) {
  const parts = [];
  let at = 0;
  for (const match of text.matchAll(pattern)) {
    const end = match.index + match[0].length;
    const made = kind(match, text[end]);
    if (!made) continue;
    if (match.index > at) parts.push(text.slice(at, match.index));
    parts.push(typeof made === 'string' ? h(`span.${made}`, null, match[0]) : made);
    at = end;
  }
  parts.push(text.slice(at));
  return parts;
}

/** A block of code with line numbers. */
function codeBlock(text, language, link) {
  const lines = text.split('\n').length;
  const numbers = Array.from({ length: lines }, (_, i) => i + 1).join('\n');
  // Colouring is not worth the time for what nobody reads line by line.
  const shown = text.length > 200_000 ? text : highlight(text, language, link);
  return h('div.code', null,
    h('div.code-scroll', { tabindex: 0, role: 'group', 'aria-label': 'Code' },
      h('pre.numbers', { 'aria-hidden': 'true' }, numbers),
      h('pre.text', null, h('code', null, shown)),
    ),
  );
}

function copyButton(text, label) {
  const button = h('button.copy', { type: 'button', 'aria-label': label, title: label }, 'Copy');
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text());
    } catch {
      // Files are not given the clipboard everywhere; the old way works there.
      const area = h('textarea', { value: text(), 'aria-hidden': 'true' });
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
    }
    button.textContent = 'Copied';
    setTimeout(() => (button.textContent = 'Copy'), 1500);
  });
  return button;
}

// Building elements. Texts always become text nodes; the only HTML that is ever
// inserted was made, escaped, when the page was generated (see `markup`).

/** Makes an element: `h('a.link', { href: '#/' }, 'text', child, …)`. */
function h(selector, attributes, ...children) {
  const [tag, ...classes] = selector.split('.');
  return fill(document.createElement(tag || 'div'), classes, attributes, children);
}

const SVG = 'http://www.w3.org/2000/svg';

/** Makes an SVG element, likewise. */
function s(selector, attributes, ...children) {
  const [tag, ...classes] = selector.split('.');
  return fill(document.createElementNS(SVG, tag), classes, attributes, children);
}

function fill(element, classes, attributes, children) {
  if (classes.length) element.setAttribute('class', classes.join(' '));
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'style') for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
    else if (name === 'value' || name === 'checked') element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter(child => child !== undefined && child !== null && child !== false && child !== ''));
  return element;
}

/**
 * Makes an element of HTML that the generator wrote from Markdown. A node's name
 * written as code becomes a link to the node.
 */
function markup(selector, html) {
  const element = h(selector);
  element.innerHTML = html;
  for (const code of element.querySelectorAll('code')) {
    const node = code.closest('pre, a') ? null : byName(code.textContent);
    if (!node) continue;
    const link = h('a', { href: href(node) });
    code.replaceWith(link);
    link.append(code);
  }
  return element;
}

/** A long name that may break where its parts meet. */
const breakable = name => name.split(/(?<=[_./])(?=[^_./])/).flatMap((part, i) => (i ? [h('wbr'), part] : [part]));

/** Returns the text of such HTML, for the search. */
function plain(html) {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"')
    .replace(/&#39;/g, "'")
    .replace(/&amp;/g, '&');
}

/** Settings that outlive the page; some browsers refuse them to files. */
const settings = {
  get(key) {
    try {
      return localStorage.getItem(`docs.${key}`);
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      localStorage.setItem(`docs.${key}`, value);
    } catch {
      // Then it lasts as long as the page.
    }
  },
};

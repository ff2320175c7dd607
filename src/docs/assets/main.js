// Puts the page together and follows its address.

const THEMES = ['auto', 'light', 'dark'];

function setTheme(theme) {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

function themeButton() {
  let theme = THEMES.includes(settings.get('theme')) ? settings.get('theme') : 'auto';
  const button = h('button.plain', { type: 'button' });
  const say = () => {
    setTheme(theme);
    button.replaceChildren(
      s('svg.mark', { viewBox: '0 0 16 16', width: 15, height: 15, 'aria-hidden': 'true' },
        s('circle', { cx: 8, cy: 8, r: 6.5, fill: 'none', stroke: 'currentcolor', 'stroke-width': 1.5 }),
        s('path.half', { d: 'M8 2a6 6 0 0 1 0 12Z' }),
      ),
      { auto: 'Auto', light: 'Light', dark: 'Dark' }[theme],
    );
    button.setAttribute('aria-label', `Colours: ${theme}`);
    button.title = 'Light, dark, or as the system';
  };
  button.addEventListener('click', () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length];
    settings.set('theme', theme);
    say();
  });
  say();
  return button;
}

const side = sidebar();
const main = h('main', { id: 'main', tabindex: -1 });
const places = [
  ['#/', 'Overview', () => true],
  ['#/lineage', 'Lineage', () => graphNodes.length > 0],
  ['#/tests', 'Tests', () => tests.length > 0],
  ['#/glossary', 'Glossary', () => index.blocks.length > 0],
].filter(([, , has]) => has());
const navigation = places.map(([address, word]) => h('a', { href: address }, word));
const menu = h('button.menu', {
  type: 'button',
  'aria-expanded': 'false',
  'aria-controls': 'sidebar',
  onclick: () => toggleMenu(menu.getAttribute('aria-expanded') !== 'true'),
}, 'Browse');

function toggleMenu(open) {
  menu.setAttribute('aria-expanded', String(open));
  side.element.classList.toggle('open', open);
  if (open) side.search.focus();
}

document.getElementById('page').replaceChildren(
  h('header.top', null,
    menu,
    h('a.brand', { href: '#/' }, project.name.replaceAll('_', ' ')),
    h('nav', { 'aria-label': 'Pages' }, navigation),
    themeButton(),
  ),
  side.element,
  main,
);

/** The page for an address. */
function pageFor(hash) {
  // Addresses of dbt's own docs page lead to the same node here.
  const foreign = hash.match(/^#!\/[a-z_]+\/([^?#]+)/);
  if (foreign) return pageFor(`#/node/${foreign[1]}`);
  const [path, search] = hash.replace(/^#!?\/?/, '').split('?');
  const [place, ...rest] = path.split('/');
  const name = decode(rest.join('/'));
  const query = new URLSearchParams(search ?? '');
  switch (place) {
    case 'node': {
      const node = byId.get(name);
      return node ? nodePage(node) : missingPage(name);
    }
    case 'lineage':
      return lineagePage(query);
    case 'tests':
      return testsPage(query);
    case 'glossary':
      return glossaryPage(name);
    default:
      return overviewPage();
  }
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

let first = true;
function route() {
  const page = pageFor(location.hash);
  document.title = `${page.title} · ${project.name.replaceAll('_', ' ')}`;
  main.classList.toggle('wide', Boolean(page.wide));
  main.replaceChildren(page.element);
  main.scrollTop = 0;
  const place = location.hash.replace(/^#!?/, '').split(/[?]/)[0];
  places.forEach(([address], i) => {
    const here = address === '#/' ? ['', '/'].includes(place) : `#${place}`.startsWith(address);
    if (here) navigation[i].setAttribute('aria-current', 'page');
    else navigation[i].removeAttribute('aria-current');
  });
  toggleMenu(false);
  side.open(page.node);
  // Who reads by ear hears the new page's title; nobody does when the file opens.
  if (!first && document.activeElement?.closest('#sidebar') === null) main.querySelector('h1')?.focus({ preventScroll: true });
  first = false;
  page.shown?.();
}

addEventListener('hashchange', route);
addEventListener('keydown', event => {
  const typing = event.target.closest?.('input, select, textarea');
  if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey) {
    toggleMenu(true);
    side.search.select();
    event.preventDefault();
  } else if (event.key === 'Escape' && side.element.classList.contains('open') && !typing) {
    toggleMenu(false);
    menu.focus();
  }
});
route();

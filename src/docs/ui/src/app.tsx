// The frame of the page, and which page is in it.

import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { blocks, groups, nodeOf, project } from './data/nodes';
import { unread } from './data/parts';
import { LineagePage } from './graph/page';
import { RelationsPage } from './pages/er';
import { Home } from './pages/home';
import { Glossary, GroupPage, GroupsPage, KindPage } from './pages/lists';
import { Missing } from './pages/missing';
import { NodePage } from './pages/node';
import { SearchDialog, searching } from './pages/search';
import { Sidebar } from './pages/sidebar';
import { TestPage } from './pages/test';
import { TestsPage } from './pages/tests';
import type { Kind } from './payload';
import { route } from './router';
import { KINDS, words } from './strings';
import { choose, theme, type Theme } from './theme';

const menu = signal(false);

const TABS: [string, string, boolean?][] = [
  ['', words.overview],
  ['lineage', words.lineage],
  ['tests', words.tests],
  ['relations', words.relations],
  ['groups', words.groups, groups.length > 0],
  ['glossary', words.glossary, blocks.length > 0],
];

export function App() {
  const main = useRef<HTMLElement>(null);
  const { page, argument } = route.value;
  const place = `${page}/${argument}`;
  const first = useRef(true);
  useEffect(() => {
    menu.value = false;
    document.title = [titleNow(), project.name].filter(Boolean).join(' · ');
    if (first.current) {
      first.current = false;
      return;
    }
    main.current!.scrollTop = 0;
    main.current!.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
  }, [place]);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && menu.value) menu.value = false;
      const typing = (event.target as HTMLElement).closest?.('input, textarea, select');
      const wants = (event.key === '/' && !typing) || (event.key === 'k' && (event.ctrlKey || event.metaKey));
      if (!wants || (event.altKey && event.key === '/')) return;
      event.preventDefault();
      searching.value = true;
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);
  return (
    <>
      <a class="skip" href="#main" onClick={event => {
        event.preventDefault();
        main.current!.focus();
      }}>{words.skip}</a>
      <header class="top">
        <button type="button" class="menu" aria-expanded={menu.value} aria-controls="sidebar" onClick={() => (menu.value = !menu.value)}>{menu.value ? words.closeMenu : words.menu}</button>
        <a class="brand" href="#/">{project.name.replaceAll('_', ' ')}</a>
        <nav aria-label={words.nav}>
          {TABS.filter(([, , shown]) => shown !== false).map(([to, word]) => <a key={to} href={`#/${to}`} aria-current={page === to ? 'page' : undefined}>{word}</a>)}
        </nav>
        <button type="button" class="search-open" aria-label={words.search.open} aria-keyshortcuts="/" onClick={() => (searching.value = true)}><span>{words.search.open}</span> <kbd>/</kbd></button>
        <ThemeChoice />
      </header>
      <div class={menu.value ? 'frame menu-open' : 'frame'}>
        <Sidebar />
        <main id="main" tabIndex={-1} ref={main} class={page === 'lineage' ? 'full' : undefined}>
          {unread.value && <p class="problem unread" role="alert">{words.unread(unread.value)}</p>}
          {content(page, argument)}
        </main>
      </div>
      <SearchDialog />
    </>
  );
}

function content(page: string, argument: string) {
  switch (page) {
    case '':
      return <Home />;
    case 'lineage':
      return <LineagePage />;
    case 'tests':
      return <TestsPage />;
    case 'test':
      return <TestPage id={argument} />;
    case 'relations':
      return <RelationsPage />;
    case 'glossary':
      return <Glossary name={argument} />;
    case 'groups':
      return <GroupsPage />;
    case 'group':
      return <GroupPage name={argument} />;
    case 'list':
      return Object.hasOwn(KINDS, argument) ? <KindPage kind={argument as Kind} /> : <Missing />;
    case 'node': {
      const node = nodeOf(argument);
      return node ? <NodePage key={node.i} node={node} /> : <Missing />;
    }
    default:
      return <Missing />;
  }
}

function titleNow(): string {
  const { page, argument } = route.value;
  if (page === 'node') return nodeOf(argument)?.name ?? '';
  if (page === 'list') return KINDS[argument as Kind]?.[1] ?? '';
  return TABS.find(([to]) => to === page && to)?.[1] ?? '';
}

function ThemeChoice() {
  const next: Record<Theme, Theme> = { auto: 'light', light: 'dark', dark: 'auto' };
  return (
    <button type="button" class="theme" onClick={() => choose(next[theme.value])} aria-label={`${words.theme.label}: ${words.theme[theme.value]}`}>
      <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><circle cx="8" cy="8" r="6.2" fill="none" stroke="currentColor" stroke-width="1.4" /><path d="M8 1.8a6.2 6.2 0 0 1 0 12.4Z" fill="currentColor" /></svg>
      <span>{words.theme[theme.value]}</span>
    </button>
  );
}

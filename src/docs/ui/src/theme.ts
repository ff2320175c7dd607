// Light, dark, or as the system has it.

import { effect, signal } from '@preact/signals';
import { change, route } from './router';

export type Theme = 'auto' | 'light' | 'dark';
const KEY = 'hcdbt-theme';

function remembered(): Theme {
  try {
    const kept = localStorage.getItem(KEY);
    return kept === 'light' || kept === 'dark' ? kept : 'auto';
  } catch {
    return 'auto';
  }
}

export const theme = signal<Theme>(remembered());
/** Counts up when colours change; who draws reads them anew. */
export const repaint = signal(0);

const dark = matchMedia('(prefers-color-scheme: dark)');
export const printing = signal(false);
const system = signal(dark.matches);
dark.addEventListener('change', () => (system.value = dark.matches));
addEventListener('beforeprint', () => (printing.value = true));
addEventListener('afterprint', () => (printing.value = false));

effect(() => {
  const isDark = !printing.value && (theme.value === 'dark' || (theme.value === 'auto' && system.value));
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
  repaint.value = repaint.peek() + 1;
});
// Who sends an address sends how it looked.
effect(() => {
  const linked = route.value.query.get('theme');
  if (linked === 'light' || linked === 'dark') theme.value = linked;
});

/** Takes a theme, here and wherever the page is opened next. */
export function choose(next: Theme): void {
  theme.value = next;
  change({ theme: next === 'auto' ? undefined : next }, true);
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Where nothing may be kept, the choice lasts as long as the page.
  }
}

// Light, dark, or as the system has it.

import { effect, signal } from '@preact/signals';

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
const printing = signal(false);
const system = signal(dark.matches);
dark.addEventListener('change', () => (system.value = dark.matches));
addEventListener('beforeprint', () => (printing.value = true));
addEventListener('afterprint', () => (printing.value = false));

effect(() => {
  const isDark = !printing.value && (theme.value === 'dark' || (theme.value === 'auto' && system.value));
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light';
  repaint.value = repaint.peek() + 1;
});
effect(() => {
  try {
    localStorage.setItem(KEY, theme.value);
  } catch {
    // Where nothing may be kept, the choice lasts as long as the page.
  }
});

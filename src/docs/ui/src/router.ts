// What is shown is told by the address, so that every state can be sent to somebody.

import { computed, signal } from '@preact/signals';

export interface Route { page: string; argument: string; query: URLSearchParams }

const hash = signal(location.hash);
addEventListener('hashchange', () => (hash.value = location.hash));

export const route = computed<Route>(() => {
  const [path, query = ''] = hash.value.replace(/^#\/?/, '').split('?');
  const slash = path.indexOf('/');
  const argument = slash < 0 ? '' : path.slice(slash + 1);
  return { page: slash < 0 ? path : path.slice(0, slash), argument: decoded(argument), query: new URLSearchParams(query) };
});

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function go(address: string): void {
  location.hash = address.replace(/^#/, '');
}

/** Writes names as one value of the query, whatever they are. */
export const joined = (names: Iterable<string>): string => [...names].map(name => name.replace(/[%|]/g, encodeURIComponent)).join('|');
export const divided = (text: string | null): string[] => (text ? text.split('|').map(decoded) : []);

/** Changes the query; empty values are left out. `quiet` adds no step to go back to. */
export function change(values: Record<string, string | undefined>, quiet = false): void {
  // Who has followed a link is not called back by what the place before had to say.
  if (quiet && location.hash !== hash.value) return;
  const { page, argument, query } = route.value;
  const next = new URLSearchParams(query);
  for (const [key, value] of Object.entries(values)) {
    if (value) next.set(key, value);
    else next.delete(key);
  }
  const text = next.toString();
  const address = `#/${page}${argument ? `/${encodeURIComponent(argument)}` : ''}${text ? `?${text}` : ''}`;
  if (address === location.hash) return;
  if (quiet) {
    history.replaceState(null, '', address);
    hash.value = location.hash;
  } else {
    location.hash = address;
  }
}

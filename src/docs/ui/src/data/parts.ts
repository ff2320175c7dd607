// The parts of the data that are read only when somebody wants them: deflated JSON in
// elements after the script, or in files beside the page.

import { signal } from '@preact/signals';
import type { Index } from '../payload';

export const index: Index = JSON.parse(document.getElementById('index')!.textContent!);

const parsed = new Promise<void>(done => {
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', () => done());
  else done();
});

const waiting = new Map<string, (text: string) => void>();
if (index.folder) {
  // Each file calls this with what it holds.
  (window as unknown as { hcdbtPart: (name: string, text: string) => void }).hcdbtPart = (name, text) => waiting.get(name)?.(text);
}

async function textOf(name: string): Promise<string> {
  if (!index.folder) {
    // While the page is still being read, an element may have part of its text.
    await parsed;
    return document.getElementById(`part-${name}`)?.textContent ?? '';
  }
  return new Promise((done, fail) => {
    waiting.set(name, done);
    const script = document.createElement('script');
    script.src = `parts/${name}.js`;
    script.onerror = () => fail(new Error(`parts/${name}.js is missing beside the page`));
    document.head.append(script);
  });
}

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

async function inflate(base64: string): Promise<string> {
  const { readable, writable } = new DecompressionStream('deflate-raw');
  const writer = writable.getWriter();
  const written = writer.write(bytesOf(base64)).then(() => writer.close());
  const decoder = new TextDecoder();
  const reader = readable.getReader();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await written;
  return text + decoder.decode();
}

const read = new Map<string, Promise<unknown>>();
/** A part that could not be read: a file of the folder is missing. */
export const unread = signal('');

/** Reads a part, once. */
export function part<T>(name: string): Promise<T> {
  let found = read.get(name);
  if (!found) {
    found = textOf(name).then(inflate).then(text => JSON.parse(text));
    found.catch(() => (unread.value = name));
    read.set(name, found);
  }
  return found as Promise<T>;
}

/** Reads what a numbered part says about one of its items. */
export async function item<T>(name: string, position: number): Promise<T | undefined> {
  const starts = index.parts[name] ?? [];
  let chunk = starts.length - 1;
  while (chunk > 0 && starts[chunk] > position) chunk--;
  if (chunk < 0) return undefined;
  const items = await part<T[]>(`${name}-${chunk}`);
  return items[position - starts[chunk]];
}

/** Reads all parts of a name, one after the other, so that the page stays responsive. */
export async function all<T>(name: string): Promise<T[]> {
  const starts = index.parts[name] ?? [];
  const items: T[] = [];
  for (let chunk = 0; chunk < starts.length; chunk++) {
    for (const one of await part<T[]>(`${name}-${chunk}`)) items.push(one);
  }
  return items;
}

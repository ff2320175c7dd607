import { useEffect, useState } from 'preact/hooks';

/** Waits for a value; undefined until it is there. What it depends on starts it anew. A part that
 * cannot be read is told of by the frame. */
export function useAsync<T>(make: () => Promise<T>, on: unknown[]): T | undefined {
  const [state, setState] = useState<{ on: unknown[]; value: T }>();
  useEffect(() => {
    let wanted = true;
    make().then(value => wanted && setState({ on, value }), () => {});
    return () => {
      wanted = false;
    };
  }, on);
  const current = state && state.on.length === on.length && state.on.every((value, i) => Object.is(value, on[i]));
  return current ? state.value : undefined;
}

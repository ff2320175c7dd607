import { useState } from 'preact/hooks';
import { words } from '../strings';

/** Longer texts are folded, so that what follows is found. */
const LONG = 9000;

/**
 * A description. It was Markdown and was made into HTML by Rust, which escapes everything
 * that it does not write itself; nothing else of the project is ever set as HTML.
 */
export function Prose({ html, class: name = '', fold = false }: { html: string; class?: string; fold?: boolean }) {
  const [open, setOpen] = useState(!fold || html.length < LONG);
  return (
    <>
      <div class={`prose ${name}${open ? '' : ' folded'}`} dangerouslySetInnerHTML={{ __html: html }} />
      {!open && <button type="button" class="button" onClick={() => setOpen(true)}>{words.showAll}</button>}
    </>
  );
}

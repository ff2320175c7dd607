/**
 * A description. It was Markdown and was made into HTML by Rust, which escapes everything
 * that it does not write itself; nothing else of the project is ever set as HTML.
 */
export function Prose({ html, class: name = '' }: { html: string; class?: string }) {
  return <div class={`prose ${name}`} dangerouslySetInnerHTML={{ __html: html }} />;
}

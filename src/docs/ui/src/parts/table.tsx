import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { words } from '../strings';

const PAGE = 200;

interface PagedTableProps<T> {
  label: string;
  class?: string;
  head: string[];
  rows: T[];
  row(value: T): JSX.Element;
}

/** A table that grows on demand: thousands of rows at once take a browser seconds. */
export function PagedTable<T>({ label, class: name, head, rows, row }: PagedTableProps<T>) {
  const [shown, setShown] = useState(PAGE);
  if (!rows.length) return <p class="empty-text quiet">{words.lists.empty}</p>;
  return (
    <div class="table-scroll" tabIndex={0} role="group" aria-label={label}>
      <table class={name}>
        <thead><tr>{head.map(title => <th key={title} scope="col">{title}</th>)}</tr></thead>
        <tbody>{rows.slice(0, shown).map(row)}</tbody>
      </table>
      {rows.length > shown && (
        <p><button type="button" class="button" onClick={() => setShown(shown + PAGE)}>{words.showMore(Math.min(PAGE, rows.length - shown))}</button></p>
      )}
    </div>
  );
}

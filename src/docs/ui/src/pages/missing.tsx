import { words } from '../strings';

export function Missing() {
  return <div class="page"><h1 tabIndex={-1}>{words.notFound}</h1><p class="lead">{words.notFoundText}</p></div>;
}

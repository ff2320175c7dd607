// The page's data as Rust writes it: src/docs/payload.rs and src/docs/payload/.
// What is empty is left out of the JSON, hence the many question marks.

export type Kind =
  | 'source' | 'seed' | 'model' | 'snapshot' | 'function' | 'semantic_model' | 'metric'
  | 'saved_query' | 'exposure' | 'analysis' | 'macro' | 'test' | 'unit_test';

export type Layer = 'source' | 'staging' | 'intermediate' | 'dim' | 'fact' | 'mart' | 'exposure' | 'other';
export type Status = 'success' | 'pass' | 'warn' | 'fail' | 'error' | 'skipped';
export type Change = 'added' | 'modified' | 'impacted' | 'removed';
export type Pair = [label: string, value: string];

/** What is read when the page opens. */
export interface Index {
  project: Project;
  /** All nodes but tests: those that are drawn, then macros. */
  nodes: Entry[];
  /** How many of `nodes` are drawn. */
  drawn: number;
  /** From, to, from, to, … */
  edges: number[];
  /** The column and the height of each drawn node. */
  column: number[];
  y: number[];
  /** The nodes with long edges, and the heights at which these pass through columns. */
  trunks: [node: number, heights: number[]][];
  node_height: number;
  blocks?: Block[];
  groups?: Group[];
  /** Nodes of the earlier state that are gone. */
  removed?: Removed[];
  /** The first node of each part, by the part's name. */
  parts: Record<string, number[]>;
  /** Parts are files beside the page. */
  folder?: boolean;
}

export interface Project {
  name: string;
  overview?: string;
  adapter?: string;
  dbt_version?: string;
  tool_version: string;
  generated_at?: string;
  catalog_at?: string;
  freshness_at?: string;
  profiled_at?: string;
  run?: { command?: string; at?: string; seconds?: number };
  schemas: string[];
  /** Where the page was compared with an earlier state. */
  compared?: boolean;
  /** Columns have lineage. */
  lineage?: boolean;
}

export interface Block { name: string; html: string }
export interface Group { name: string; owner?: string; email?: string; description?: string }
/** `parents` and `children` are ids, some of what is gone as well. */
export interface Removed { id: string; name: string; kind: Kind; layer: Layer; parents?: string[]; children?: string[] }

export interface Entry {
  id: string;
  name: string;
  kind: Kind;
  layer: Layer;
  label?: string;
  package?: string;
  folder?: string;
  /** The path of the file below the project. */
  path?: string;
  tags?: string[];
  group?: string;
  access?: string;
  materialized?: string;
  status?: Status;
  seconds?: number;
  tests?: Tally;
  freshness?: Status;
  /** Columns, and how many of them are described. */
  columns?: [all: number, described: number];
  /** What it tells about patients. */
  phi?: Sensitivity;
  described?: boolean;
  hidden?: boolean;
  color?: string;
  change?: Change;
  /** An exposure with charts. */
  charts?: boolean;
}

/** In which form something is told of a patient, the worst first. */
export type Form = 'plain' | 'made' | 'hashed' | 'shifted' | 'picked' | 'touched';

/** What a node as a whole tells about patients. */
export interface Sensitivity {
  columns: number;
  kinds: string[];
  /** The worst form. */
  form?: Form;
  /** Whether all that was promised of it holds. */
  kept?: boolean;
}

/** Something that is told about patients. */
export interface Told {
  kind: string;
  form: Form;
  /** One step back on its way; none where it is declared. */
  from?: Origin;
}
/** `kind` is how it goes on, and is none where that is not known. */
export interface Origin { place: Place; form: Form; kind?: string; via?: string[] }
/** A column of a node, its rows, or what nobody knows of it. */
export interface Place { node: number; column?: string; rows?: boolean }

export interface PromiseKept {
  strength: 'none' | 'pseudonymous';
  /** The one column that it is about. */
  column?: string;
  at: string;
  broken?: { place: Place; told: Told[] }[];
}

export interface Tally { pass: number; warn: number; fail: number; open: number }

export interface Detail {
  description?: string;
  relation?: string;
  columns?: Column[];
  /** What is set; the page has words for the names. */
  facts?: Pair[];
  meta?: Pair[];
  rows?: number;
  bytes?: number;
  stats?: Pair[];
  result?: { at?: string; seconds?: number; rows_affected?: number; failures?: number };
  freshness?: { loaded_at?: string; checked_at?: string; age_seconds?: number; warn_after?: string; error_after?: string };
  owner?: string;
  email?: string;
  url?: string;
  /** The macros that it calls, as positions. */
  macros?: number[];
  arguments?: Argument[];
  /** Earlier runs, the newest last. */
  history?: Run[];
  charts?: Chart[];
  /** What its rows tell about patients, and columns that nobody knows of. */
  phi_rows?: Told[];
  phi_unlisted?: Told[];
  promises?: PromiseKept[];
}

export interface Argument { name: string; type?: string; description?: string }

export interface Column {
  name: string;
  type?: string;
  description?: string;
  tags?: string[];
  meta?: Pair[];
  constraints?: string[];
  missing?: boolean;
  /** What it tells about patients, the worst form first. */
  phi?: Told[];
  profile?: Profile;
}

/** What `--profile` found out about a column. */
export interface Profile {
  rows: number;
  /** Null where so few are empty, or are not, that it is withheld. */
  nulls: number | null;
  distinct?: number;
  min?: string;
  max?: string;
  /** Bars from the smallest value to the largest; null where too few rows fell into one. */
  bars?: (number | null)[];
  /** The most frequent values. */
  top?: [value: string, rows: number][];
  /** Why there is no more. */
  withheld?: 'few' | 'identifier';
}

export interface Run { at: string; status: Status; seconds?: number; rows?: number; failures?: number; age?: number }

export interface Chart {
  type: 'bar' | 'line' | 'table' | 'stat';
  title: string;
  description?: string;
  of: number;
  columns: string[];
  rows: (string | number | null)[][];
  /** How values are written, and single columns where that differs. */
  format?: string;
  formats?: (string | null)[];
  /** What the database was asked. */
  sql?: string;
  /** How many groups were left out for being small. */
  suppressed?: number;
  smallest?: number;
  /** It could not be drawn. */
  failed?: boolean;
}

export interface Code { raw?: string; compiled?: string; language?: string }

/** What a test's page shows besides. */
export interface TestDetail extends Code { history?: Run[] }

export interface Test {
  id: string;
  name: string;
  kind: Kind;
  /** The nodes that it reads, the one it is about first. */
  checks?: number[];
  column?: string;
  status?: Status;
  /** What it asks; none for a query of its own and for a unit test. */
  question?: string;
  arguments?: Pair[];
  description?: string;
  path?: string;
  facts?: Pair[];
  result?: Detail['result'];
  /** The other side of a relationship: a node and its column. */
  refers?: [node: number, column: string];
}

/** Where a node's columns come from. */
export interface NodeLineage {
  columns: string[];
  lineage: ColumnLineage[];
  /** What decides about the node's rows, and so goes into every column. */
  rows?: ColumnInput[];
}
/** `column` is a place in `columns`; `gap` says why this is not all. */
export interface ColumnLineage { column: number; expression?: string; from: ColumnInput[]; gap?: string }
/** `expression` is by what it decides; `lines` are those of the reader's compiled SQL, from 1. */
export interface ColumnInput { node: number; column: string; kind: string; expression?: string; lines?: number[] }

/** `tests` are those that are documents; `skipped` are words that nearly all SQL has: there, they are not looked for. */
export interface SearchData { words: string[]; postings: string; tests: [id: string, name: string][]; skipped: string[] }

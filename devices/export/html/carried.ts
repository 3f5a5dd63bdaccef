/** The texts that a page is made of. */
export interface PageParts {
  /** The script of the page, and that of the worker in which the model lives. */
  readonly page: string;
  readonly worker: string;
  readonly style: string;
}

/** What an exported page carries beside its artifact; written by export.ts, read by page/setup.ts. */
export interface Setup {
  readonly title: string;
  /** A recording that is replayed; null: the artifact's golden windows are. */
  readonly example: Example | null;
  /** Address of the script that keeps the page for offline use, beside the page. */
  readonly serviceWorker: string;
}

/** f32[rows x channels], then f64[rows] of seconds if it is timed, little endian. */
export interface Example {
  readonly name: string;
  readonly rows: number;
  readonly timed: boolean;
  /** Where a part of the recording begins, by row. */
  readonly marks: readonly { readonly row: number; readonly label: string }[];
}

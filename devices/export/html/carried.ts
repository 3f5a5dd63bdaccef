/** The texts that pages are made of. */
export interface PageParts {
  readonly page: string;
  readonly style: string;
  /** The script of the worker in which the model lives, with WebAssembly alone, or with accelerators too. */
  readonly workers: Readonly<Record<Engines, string>>;
}

/** What a page can compute with. */
export type Engines = 'wasm' | 'all';

/** What the loader of a page unpacks. */
export interface PageCode {
  readonly page: string;
  readonly style: string;
  readonly worker: string;
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

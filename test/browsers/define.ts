/** What a browser is asked for beyond its defaults. */
export interface Features {
  /** WebGPU on a software adapter. */
  readonly webgpu?: boolean;
}

/** A running browser with a profile of its own. */
export interface OpenBrowser {
  /** Opens an address in its one tab; resolves when the page has loaded. */
  open(url: string): Promise<void>;
  /** What the browser has said so far: its stderr, and the console where the engine passes it on. */
  said(): string;
  /** Ends the browser and everything that it started. */
  close(): Promise<void>;
}

export interface Engine {
  readonly name: string;
  /** Why pages cannot be opened here, or null. In CI it throws instead: there every engine is expected. */
  missing(): string | null;
  launch(features?: Features): Promise<OpenBrowser>;
}

/** What a browser is asked for beyond its defaults. */
export interface Features {
  /** WebGPU on a software adapter. */
  readonly webgpu?: boolean;
}

/** A tab in which pages are opened. */
export interface OpenTab {
  /** Opens an address; resolves when the page has loaded. */
  open(url: string): Promise<void>;
  /** What the browser has said so far: its stderr, and the console where the engine passes it on. */
  said(): string;
  /** Ends the browser and everything that it started. */
  close(): Promise<void>;
}

/** A running browser with a profile of its own, and one tab. */
export interface OpenBrowser extends OpenTab {
  /** The value of an expression in the page, as JSON carries it, whatever its Content-Security-Policy says. A promise is waited for. */
  evaluate(expression: string): Promise<unknown>;
  /** Makes the page so wide and so high, in CSS pixels; where the window is wider by itself, as narrow as it gets. */
  resize(width: number, height: number): Promise<void>;
  /** What is seen of the page, as PNG. */
  screenshot(): Promise<Uint8Array>;
}

export interface Engine {
  readonly name: string;
  /** Why pages cannot be opened here, or null. In CI it throws instead: there every engine is expected. */
  missing(): string | null;
  launch(features?: Features): Promise<OpenBrowser>;
}

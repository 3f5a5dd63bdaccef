const lineFeed = 0x0a;

/** What of a stream of bytes is whole lines. */
export interface Block {
  /** Ends with a line feed (but for the last one of a stream). */
  readonly bytes: Buffer;
  /** Lines that were longer than they may be, and are left out before it. */
  readonly tooLong: number;
}

/** Cuts a stream of bytes behind lines; what is no whole line yet waits, up to a bound. */
export class LineCutter {
  readonly #maxBytes: number;
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes of a line that is too long, so far; 0: none is. */
  #skipped = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Bytes taken that are in no block yet. */
  get waiting(): number {
    return this.#rest.length + this.#skipped;
  }

  /** The lines that are whole by now. */
  push(chunk: Uint8Array): Block {
    const bytes = Buffer.concat([this.#rest, chunk]);
    const from = this.#skipped > 0 ? bytes.indexOf(lineFeed) + 1 : 0;
    if (this.#skipped > 0 && from === 0) {
      this.#skipped += bytes.length;
      return { bytes: Buffer.alloc(0), tooLong: 0 };
    }
    const tooLong = this.#skipped > 0 ? 1 : 0;
    this.#skipped = 0;
    const end = Math.max(from, bytes.lastIndexOf(lineFeed) + 1);
    this.#rest = bytes.subarray(end);
    if (this.#rest.length > this.#maxBytes) {
      this.#skipped = this.#rest.length;
      this.#rest = Buffer.alloc(0);
    }
    return { bytes: bytes.subarray(from, end), tooLong };
  }

  /** What is left at the end: a line without its line feed. */
  end(): Block {
    const block = { bytes: this.#rest, tooLong: this.#skipped > 0 ? 1 : 0 };
    this.#rest = Buffer.alloc(0);
    this.#skipped = 0;
    return block;
  }
}

/** The lines of a block, without what ends them. */
export function linesOf(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from < bytes.length;) {
    const found = bytes.indexOf(lineFeed, from);
    const to = found < 0 ? bytes.length : found;
    lines.push(bytes.subarray(from, to));
    from = to + 1;
  }
  return lines;
}

/** One line of InfluxDB's line protocol. Numbers as they are; what is in quotes is a text. */
export interface Line {
  measurement: string;
  readonly tags: Map<string, string>;
  readonly fields: Map<string, number | boolean | string>;
  /** As it is written; null: the line has none. */
  timestamp: string | null;
}

const [lineFeed, space, quote, comma, equals, backslash, carriageReturn, hash] = [0x0a, 0x20, 0x22, 0x2c, 0x3d, 0x5c, 0x0d, 0x23];

/** A line breaks the grammar; caught by `LineReader` alone. */
class BadLine extends Error {}

/**
 * Reads line protocol strictly (https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol): a line of which one part
 * breaks the grammar is refused whole. Blank lines and comments are passed over.
 */
export class LineReader {
  readonly #text: string;
  #at = 0;
  #number = 0;
  readonly #line: Line = { measurement: '', tags: new Map(), fields: new Map(), timestamp: null };

  constructor(text: string) {
    this.#text = text;
  }

  /** The next line (the same object each time), what is wrong with it, or null at the end. */
  next(): Line | { readonly problem: string } | null {
    while (this.#skipBlankLine());
    if (this.#at >= this.#text.length) return null;
    const start = this.#at;
    try {
      this.#read();
      return this.#line;
    } catch (error) {
      if (!(error instanceof BadLine)) throw error;
      const end = this.#text.indexOf('\n', this.#at);
      this.#at = end < 0 ? this.#text.length : end + 1;
      return { problem: `line ${this.#number}: ${error.message}: ${JSON.stringify(this.#text.slice(start, start + 40))}` };
    }
  }

  #skipBlankLine(): boolean {
    if (this.#at >= this.#text.length) return false;
    this.#number++;
    while (this.#isBlank()) this.#at++;
    const code = this.#code();
    if (code === hash) {
      const end = this.#text.indexOf('\n', this.#at);
      this.#at = end < 0 ? this.#text.length : end + 1;
      return true;
    }
    if (code !== lineFeed) return false;
    this.#at++;
    return true;
  }

  #read(): void {
    const line = this.#line;
    line.tags.clear();
    line.fields.clear();
    line.timestamp = null;
    line.measurement = this.#word(false);
    if (line.measurement === '') throw new BadLine('has no measurement');
    while (this.#code() === comma) {
      this.#at++;
      const key = this.#key('tag');
      const value = this.#word(true);
      if (value === '') throw new BadLine(`has no value of tag ${key}`);
      line.tags.set(key, value);
    }
    this.#blanks('its fields');
    for (;;) {
      const key = this.#key('field');
      line.fields.set(key, this.#value(key));
      if (this.#code() !== comma) break;
      this.#at++;
    }
    while (this.#isBlank()) this.#at++;
    if (!this.#isEnd()) line.timestamp = this.#timestamp();
    this.#at++;
  }

  #key(what: string): string {
    const key = this.#word(true);
    if (key === '' || this.#code() !== equals) throw new BadLine(`has a ${what} without ${key === '' ? 'a name' : '='}`);
    this.#at++;
    return key;
  }

  #timestamp(): string {
    const start = this.#at;
    while (!this.#isEnd() && !this.#isBlank()) this.#at++;
    const text = this.#text.slice(start, this.#at);
    while (this.#isBlank()) this.#at++;
    if (!/^-?\d{1,19}$/.test(text) || !this.#isEnd()) throw new BadLine('has no whole number as its timestamp');
    return text;
  }

  #value(key: string): number | boolean | string {
    if (this.#code() === quote) return this.#quoted();
    const start = this.#at;
    while (!this.#isEnd() && this.#code() !== comma && !this.#isBlank()) this.#at++;
    const text = this.#text.slice(start, this.#at);
    if (Object.hasOwn(booleans, text)) return booleans[text]!;
    if (text.length <= 64 && number.test(text)) return Number.parseFloat(text);
    throw new BadLine(`has no value of field ${key}`);
  }

  /** In quotes, which may go over several lines; \" and \\ stand for the second letter. */
  #quoted(): string {
    const start = ++this.#at;
    let isEscaped = false;
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#code();
      if (code === quote) break;
      if (code !== backslash) continue;
      isEscaped = true;
      this.#at++;
    }
    if (this.#at >= this.#text.length) {
      this.#at = start;
      throw new BadLine('has a text without its closing quote');
    }
    const text = this.#text.slice(start, this.#at++);
    if (!this.#isEnd() && this.#code() !== comma && !this.#isBlank()) throw new BadLine('goes on behind a closing quote');
    return isEscaped ? text.replaceAll(/\\(["\\])/g, '$1') : text;
  }

  /** Up to a comma or blank (or =) that has no backslash in front. */
  #word(stopsAtEquals: boolean): string {
    const start = this.#at;
    let isEscaped = false;
    for (; !this.#isEnd(); this.#at++) {
      const code = this.#code();
      if (code === comma || code === space || (stopsAtEquals && code === equals)) break;
      if (code !== backslash || !this.#isSpecial(this.#at + 1)) continue;
      isEscaped = true;
      this.#at++;
    }
    const word = this.#text.slice(start, this.#at);
    return isEscaped ? word.replaceAll(/\\([,= ])/g, '$1') : word;
  }

  #blanks(before: string): void {
    if (this.#code() !== space) throw new BadLine(`has no blank before ${before}`);
    while (this.#code() === space) this.#at++;
  }

  #isSpecial(at: number): boolean {
    const code = this.#text.charCodeAt(at);
    return code === comma || code === equals || code === space;
  }

  /** NaN at the end of the text. */
  #code(): number {
    return this.#text.charCodeAt(this.#at);
  }

  #isBlank(): boolean {
    const code = this.#code();
    return code === space || code === carriageReturn;
  }

  #isEnd(): boolean {
    return this.#at >= this.#text.length || this.#code() === lineFeed;
  }
}

/** A float, a signed (i) or an unsigned (u) whole number. */
const number = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|-?\d+i|\d+u)$/;

const booleans: Readonly<Record<string, boolean>> = Object.fromEntries([
  ...['t', 'T', 'true', 'True', 'TRUE'].map((text) => [text, true]),
  ...['f', 'F', 'false', 'False', 'FALSE'].map((text) => [text, false]),
]);

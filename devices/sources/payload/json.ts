import { isUtf8 } from 'node:buffer';
import { maxBadLines } from './define.ts';

/** What a payload of JSON holds: one value, or those of several lines. */
export interface JsonText {
  readonly values: readonly unknown[];
  /** What is wrong with it, or with one of its lines; null: nothing. */
  readonly problem: string | null;
}

/** Parses a payload once, however many rules read it. */
export class JsonOnce {
  #payload: Uint8Array | null = null;
  #parsed: JsonText = { values: [], problem: null };

  parse(payload: Uint8Array): JsonText {
    if (payload !== this.#payload) {
      this.#parsed = parseJson(payload);
      this.#payload = payload;
    }
    return this.#parsed;
  }

  /** After each message: its memory may be used again for another one. */
  forget(): void {
    this.#payload = null;
  }
}

/**
 * JSON, or NDJSON (a value per line). NaN and Infinity, which Python writes, are null. V8's parser keeps no stack, so depth is bounded
 * by the payload's size alone; nothing of ours goes deeper than a path.
 */
export function parseJson(payload: Uint8Array): JsonText {
  const text = textOf(payload);
  if (text === null) return { values: [], problem: 'is not UTF-8' };
  const whole = tryParse(text);
  if (whole !== undefined) return { values: [whole], problem: null };
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length < 2) return { values: [], problem: `is no JSON: ${JSON.stringify(text.slice(0, 40))}` };
  const values: unknown[] = [];
  const bad: number[] = [];
  for (let i = 0; i < lines.length && bad.length < maxBadLines; i++) {
    const value = tryParse(lines[i]!);
    if (value === undefined) bad.push(i);
    else values.push(value);
  }
  const [first] = bad;
  if (first === undefined) return { values, problem: null };
  return { values, problem: `has a line ${first + 1} that is no JSON: ${JSON.stringify(lines[first]!.slice(0, 40))}` };
}

/** The text of UTF-8, without the mark that Windows puts in front; null: it is none. */
export function textOf(payload: Uint8Array): string | null {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8');
  if (text.includes('\uFFFD') && !isUtf8(payload)) return null;
  return text.startsWith('\uFEFF') ? text.slice(1) : text;
}

/** undefined: it is no JSON (which has no undefined of its own). */
function tryParse(text: string): unknown {
  // Nobody looks at the stack, and taking it down costs four times the parsing: a publisher of nonsense would have the core to itself.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return parseOr(text, () => {
      const mended = withoutNaN(text);
      return mended === null ? undefined : parseOr(mended, () => undefined);
    });
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function parseOr(text: string, otherwise: () => unknown): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return otherwise();
  }
}

const notFinite = /-?(?:NaN|Infinity)/y;

/** With null for NaN and Infinity outside of strings; null: there are none. */
function withoutNaN(text: string): string | null {
  if (!text.includes('NaN') && !text.includes('Infinity')) return null;
  let [mended, from, isQuoted] = ['', 0, false];
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (letter === '"') isQuoted = !isQuoted;
    else if (isQuoted && letter === '\\') i++;
    else if (!isQuoted && (letter === 'N' || letter === 'I' || letter === '-')) {
      notFinite.lastIndex = i;
      if (!notFinite.test(text)) continue;
      mended += `${text.slice(from, i)}null`;
      from = notFinite.lastIndex;
      i = from - 1;
    }
  }
  return from === 0 ? null : mended + text.slice(from);
}

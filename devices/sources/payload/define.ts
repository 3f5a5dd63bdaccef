import type { Refusal } from '../define.ts';
import type { TimeUnit } from '../time.ts';
import type { JsonOnce } from './json.ts';

/** One value of a sample. */
export interface WantedField {
  /** Path, metric, field or (of formats without names) the number of the place, from 0. */
  readonly name: string;
  /** Where the message says its unit, and whether that is the right one; null: it is not asked. */
  readonly unit: { readonly at: string; readonly isRight: (unit: string) => boolean } | null;
}

/** What is looked for in payloads; known from the start to the end. */
export interface Wanted {
  readonly fields: readonly WantedField[];
  /** Where the time stands; null: nowhere, or where the format itself has it. */
  readonly time: string | null;
  readonly timeUnit: TimeUnit;
  /** Where the name of the sensor stands; null: not in the payload. */
  readonly sensor: string | null;
}

/** What a format asks of whoever writes it into a config; each format says which of them it knows. */
export interface PayloadOptions {
  /** Whether a text like "21.5" counts as a number. */
  readonly textNumbers: boolean;
  /** Formats without names: values per sample in the payload; null: as many as are read. */
  readonly columns: number | null;
  /**
   * Raw frames: the time of the first sample in 8 bytes in front, little-endian: `f64` seconds, or whole milliseconds, microseconds or
   * nanoseconds since 1970.
   */
  readonly header: 'none' | 'f64' | 'ms' | 'us' | 'ns';
  /** Raw int16: value = number * scale + offset; one for all channels, or one per channel in the order of the artifact. */
  readonly scale: number | readonly number[];
  readonly offset: number | readonly number[];
  /** Line protocol: lines of other measurements are passed over; null: all are read. */
  readonly measurement: string | null;
}

export const payloadDefaults: PayloadOptions = {
  textNumbers: false,
  columns: null,
  header: 'none',
  scale: 1,
  offset: 0,
  measurement: null,
};

/** Takes what a payload holds. Values are f32[fields], a new array each; NaN: not there, null, or no number. */
export interface Taker {
  /** One sample; `time` in seconds since 1970, null where the payload has none. */
  sample(values: Float32Array, time: number | null, sensor: string | null): void;
  /** Samples that follow each other at the artifact's rate, f32[samples x fields]; `first`: time of the first. */
  series(values: Float32Array, first: number | null): void;
  /** Something of the payload is left out. The text is made only where it is wanted. */
  refuse(reason: Refusal, detail: () => string): void;
}

/** Lines of one payload that cannot be read, after which the rest of it is not looked at: each costs more than one that can. */
export const maxBadLines = 16;

/** Reads one payload. Never throws: what cannot be read is refused. */
export type Decode = (payload: Uint8Array, taker: Taker) => void;

/** A format of payloads: how values are found in it. */
export interface Format {
  /** Whether values are found by their names or by their places. */
  readonly by: 'name' | 'place';
  /** Whether one payload holds samples that only the rate puts into time. */
  readonly isSeries: boolean;
  /** Options that mean something to it. */
  readonly options: readonly (keyof PayloadOptions)[];
  /** Which of the things beside the values it can say, by a path. */
  readonly says: readonly ('time' | 'sensor' | 'unit')[];
  /** In which unit its time is where the rule does not say; null: `auto`. */
  readonly timeUnit: TimeUnit | null;
  /** `json`: what payloads are parsed with, once for all that read the same one. */
  bind(wanted: Wanted, options: PayloadOptions, json: JsonOnce): Decode;
}

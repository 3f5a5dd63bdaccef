import { csvLine } from './csv-line.ts';
import type { Format } from './define.ts';
import { f32 } from './f32.ts';
import { influx } from './influx.ts';
import { int16 } from './int16.ts';
import { jsonArray } from './json-array.ts';
import { jsonObject } from './json-object.ts';

/** Formats whose payloads stand for themselves, by the names that a config gives them. */
export const formats = {
  'json-object': jsonObject,
  'json-array': jsonArray,
  f32,
  int16,
  influx,
  'csv-line': csvLine,
} satisfies Record<string, Format>;

export type FormatName = keyof typeof formats;

export const isFormatName = (name: string): name is FormatName => Object.hasOwn(formats, name);

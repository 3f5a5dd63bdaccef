import { InputError } from '../../compiler/error.ts';
import { nearest } from '../../compiler/nearest.ts';
import type { Recording } from './recording.ts';

export interface ColumnOptions {
  /** Column of the time; null: `time`, `timestamp`, `datetime`, `date` or `ts`, if there is one. */
  readonly time: string | null;
  /** Column with the name of the sensor; null: the file is one sensor, of its name. */
  readonly sensor: string | null;
  /** Columns that are published; null: all others. */
  readonly columns: readonly string[] | null;
}

/** Where a recording has what. */
export interface Columns {
  readonly time: number | null;
  readonly sensor: number | null;
  readonly names: readonly string[];
  /** Where the column of each name stands. */
  readonly values: readonly number[];
  /** Texts, and columns that fill a level; null: the sensor. */
  readonly topic: readonly ({ readonly text: string } | { readonly column: number | null })[];
}

const usual = new Set(['time', 'timestamp', 'datetime', 'date', 'ts']);

/** Throws an InputError with the nearest name of a column. */
export function columnsOf({ name, header }: Recording, options: ColumnOptions & { readonly topic: string }): Columns {
  const place = (column: string): number => {
    const found = header.indexOf(column);
    if (found >= 0) return found;
    const similar = nearest(column, header);
    throw new InputError({
      where: name,
      what: `has no column "${column}"`,
      hint: similar === null ? `Its header names ${header.slice(0, 12).join(', ')}.` : `Did you mean ${similar}?`,
    });
  };
  const guessed = header.findIndex((column) => usual.has(column.toLowerCase()));
  const time = options.time !== null ? place(options.time) : guessed < 0 ? null : guessed;
  const sensor = options.sensor === null ? null : place(options.sensor);
  const topic = options.topic.split(/\{([^{}]*)\}/).map((text, i) => {
    if (i % 2 === 0) return { text };
    return { column: text === 'sensor' && !header.includes('sensor') ? sensor : place(text) };
  });
  if (/[+#]/.test(options.topic.replaceAll(/\{[^{}]*\}/g, ''))) {
    throw new InputError({
      where: 'topic',
      what: `"${options.topic}" has a wildcard, and messages go to one topic each`,
      hint: 'Write {sensor}, or the name of a column in braces.',
    });
  }
  const levels = new Set(topic.map((part) => ('column' in part ? part.column : null)));
  const names = options.columns ?? header.filter((_, i) => i !== time && i !== sensor && !levels.has(i));
  return { time, sensor, names, values: names.map(place), topic };
}

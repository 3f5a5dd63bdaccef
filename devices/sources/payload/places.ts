import { readTime, type TimeUnit } from '../time.ts';
import type { PayloadOptions, Taker, Wanted } from './define.ts';

/** Where the values of a sample stand among others in a row. */
export interface Places {
  /** Per field. */
  readonly fields: readonly number[];
  /** Values per row. */
  readonly columns: number;
  readonly time: number | null;
  readonly sensor: number | null;
  readonly timeUnit: TimeUnit;
}

/** The places that were checked at the start: each is a number below `columns`. */
export function placesOf({ fields, time, sensor, timeUnit }: Wanted, { columns }: Pick<PayloadOptions, 'columns'>): Places {
  const places = fields.map(({ name }) => Number(name));
  const others = [time, sensor].flatMap((place) => (place === null ? [] : [Number(place)]));
  return {
    fields: places,
    columns: columns ?? 1 + Math.max(...places, ...others),
    time: time === null ? null : Number(time),
    sensor: sensor === null ? null : Number(sensor),
    timeUnit,
  };
}

/** A row of values of JSON or of CSV as a sample. `numberAt`: undefined where there is no number. */
export function readRow(
  row: readonly unknown[],
  places: Places,
  numberAt: (value: unknown) => number | undefined,
  taker: Taker,
): Float32Array | null {
  if (row.length !== places.columns) {
    taker.refuse('malformed', () => `has ${row.length} values; expected ${places.columns}`);
    return null;
  }
  const values = new Float32Array(places.fields.length);
  for (let i = 0; i < values.length; i++) {
    const value = row[places.fields[i]!];
    const read = numberAt(value);
    if (read === undefined) {
      taker.refuse(
        'malformed',
        () => `has ${JSON.stringify(String(value).slice(0, 40))} at place ${places.fields[i]!}; expected a number`,
      );
      return null;
    }
    values[i] = read;
  }
  return values;
}

/** Rows of one payload: each with its own time or sensor, or all in a row at the artifact's rate. */
export function takeRows(
  rows: readonly (readonly unknown[])[],
  places: Places,
  numberAt: (value: unknown) => number | undefined,
  taker: Taker,
): void {
  const series: Float32Array[] = [];
  for (const row of rows) {
    const values = readRow(row, places, numberAt, taker);
    if (values === null) continue;
    if (places.time === null && places.sensor === null) {
      series.push(values);
      continue;
    }
    const time = places.time === null ? null : readTime(row[places.time], places.timeUnit);
    if (Number.isNaN(time)) {
      taker.refuse(
        'malformed',
        () => `has no time at place ${places.time}: ${JSON.stringify(String(row[places.time!]).slice(0, 40))}`,
      );
      continue;
    }
    const sensor = places.sensor === null ? null : String(row[places.sensor]).trim();
    taker.sample(values, time, sensor);
  }
  if (series.length === 1) taker.sample(series[0]!, null, null);
  else if (series.length > 1) taker.series(joined(series), null);
}

function joined(rows: readonly Float32Array[]): Float32Array {
  const values = new Float32Array(rows.length * rows[0]!.length);
  rows.forEach((row, i) => values.set(row, i * row.length));
  return values;
}

import { numberOfText } from '../sources/payload/number.ts';

/** A row as it is published. */
export interface Said {
  readonly sensor: string;
  /** Names and texts of the columns that are no time and no name of a sensor. */
  readonly names: readonly string[];
  readonly values: readonly string[];
  /** null: the recording has none. */
  readonly time: { readonly name: string; readonly text: string | number; readonly seconds: number } | null;
}

/** Formats that a replay can write; each is read by the format of the same name. */
export const replayFormats = {
  'json-object': ({ names, values, time }) =>
    JSON.stringify({
      ...(time === null ? {} : { [time.name]: time.text }),
      ...Object.fromEntries(names.map((name, i) => [name, jsonOf(values[i]!)])),
    }),
  'json-array': ({ values, time }) => JSON.stringify([...(time === null ? [] : [time.text]), ...values.map(jsonOf)]),
  'csv-line': ({ values, time }) => [...(time === null ? [] : [time.text]), ...values].join(','),
  influx: lineOf,
  f32: frameOf,
} satisfies Record<string, (row: Said, measurement: string) => string | Uint8Array>;

export type ReplayFormat = keyof typeof replayFormats;

/** A number, null where there is none, or the text. */
function jsonOf(text: string): number | string | null {
  const value = numberOfText(text);
  return value === undefined ? text : Number.isNaN(value) ? null : value;
}

/** Line protocol: numbers are floats, other texts are quoted, what is missing is left out. */
function lineOf({ sensor, names, values, time }: Said, measurement: string): string {
  const fields = names.flatMap((name, i) => {
    const value = jsonOf(values[i]!);
    if (value === null) return [];
    return [`${escaped(name)}=${typeof value === 'number' ? value : `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`}`];
  });
  const stamp = time === null ? '' : ` ${nanoseconds(time.seconds)}`;
  return `${escaped(measurement)},sensor=${escaped(sensor)} ${fields.join(',')}${stamp}`;
}

const escaped = (text: string): string => text.replaceAll(/[,= ]/g, String.raw`\$&`);

/** Whole nanoseconds, of microseconds: more an f64 does not hold. */
const nanoseconds = (seconds: number): string => `${BigInt(Math.round(seconds * 1e6)) * 1000n}`;

/** One sample with a header of f64 seconds. */
function frameOf({ values, time }: Said): Uint8Array {
  const start = time === null ? 0 : 8;
  const view = new DataView(new ArrayBuffer(start + 4 * values.length));
  if (time !== null) view.setFloat64(0, time.seconds, true);
  values.forEach((text, i) => view.setFloat32(start + 4 * i, numberOfText(text) ?? NaN, true));
  return new Uint8Array(view.buffer);
}

import { readTime } from '../time.ts';
import type { Format, Taker, Wanted, WantedField } from './define.ts';
import { numberOf, shown } from './number.ts';
import { isObject, readPath, valueAt, type Path } from './path.ts';

/** An object with the values of one sample; an array of such, or one on each line, are several. */
export const jsonObject: Format = {
  by: 'name',
  isSeries: false,
  options: ['textNumbers'],
  says: ['time', 'sensor', 'unit'],
  timeUnit: null,
  bind(wanted, { textNumbers }, json) {
    const reader = readerOf(wanted, textNumbers);
    return (payload, taker) => {
      const { values, problem } = json.parse(payload);
      if (problem !== null) taker.refuse('malformed', () => problem);
      for (const value of values) {
        if (Array.isArray(value)) for (const each of value) readSample(each, reader, taker);
        else readSample(value, reader, taker);
      }
    };
  },
};

interface Field extends WantedField {
  readonly path: Path;
  readonly unitPath: Path | null;
}

interface Reader {
  readonly fields: readonly Field[];
  readonly time: Path | null;
  readonly sensor: Path | null;
  readonly timeUnit: Wanted['timeUnit'];
  readonly textNumbers: boolean;
}

const readerOf = ({ fields, time, sensor, timeUnit }: Wanted, textNumbers: boolean): Reader => ({
  fields: fields.map((field) => ({
    ...field,
    path: readPath(field.name),
    unitPath: field.unit === null ? null : readPath(field.unit.at),
  })),
  time: time === null ? null : readPath(time),
  sensor: sensor === null ? null : readPath(sensor),
  timeUnit,
  textNumbers,
});

function readSample(value: unknown, reader: Reader, taker: Taker): void {
  if (!isObject(value) || Array.isArray(value)) {
    taker.refuse('malformed', () => `is ${shown(value)}; expected an object`);
    return;
  }
  const { fields } = reader;
  const values = new Float32Array(fields.length);
  let found = 0;
  for (let i = 0; i < fields.length; i++) {
    const read = readValue(value, fields[i]!, reader.textNumbers, taker);
    if (read === undefined) values[i] = NaN;
    else {
      values[i] = read;
      found++;
    }
  }
  if (found === 0) {
    taker.refuse('unknown-channel', () => `holds none of the channels, but ${Object.keys(value).slice(0, 6).join(', ')}`);
    return;
  }
  const time = reader.time === null ? null : readTime(valueAt(value, reader.time), reader.timeUnit);
  if (Number.isNaN(time)) {
    taker.refuse('malformed', () => `has no time at "${reader.time!.text}": ${shown(valueAt(value, reader.time!))}`);
    return;
  }
  const sensor = reader.sensor === null ? null : nameOf(valueAt(value, reader.sensor));
  if (sensor === undefined) taker.refuse('malformed', () => `has no name of a sensor at "${reader.sensor!.text}"`);
  else taker.sample(values, time, sensor);
}

/** undefined: there is none, or none that may be used. */
function readValue(object: object, { path, unit, unitPath }: Field, textNumbers: boolean, taker: Taker): number | undefined {
  const value = valueAt(object, path);
  if (value === undefined) return undefined;
  const read = numberOf(value, textNumbers);
  if (read === undefined) taker.refuse('malformed', () => `has ${shown(value)} at "${path.text}"; expected a number`);
  if (unit === null || unitPath === null) return read;
  const said = valueAt(object, unitPath);
  // A message that says no unit is taken at the word of the config.
  if (said === undefined || said === null || (typeof said === 'string' && unit.isRight(said))) return read;
  taker.refuse('unit', () => `gives "${path.text}" in ${shown(said)}`);
  return undefined;
}

const nameOf = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;

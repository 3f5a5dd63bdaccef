import { readNanoseconds, readTime, type TimeUnit } from '../time.ts';
import { maxBadLines, type Format, type Taker, type Wanted } from './define.ts';
import { LineReader, type Line } from './influx-line.ts';
import { textOf } from './json.ts';
import { numberOf, shown } from './number.ts';

/** Line protocol of InfluxDB: each line a sample. A channel is a field, also as `measurement.field`; a sensor is a tag. */
export const influx: Format = {
  by: 'name',
  isSeries: false,
  options: ['textNumbers', 'measurement'],
  says: ['sensor'],
  timeUnit: 'ns',
  bind(wanted, { textNumbers, measurement }) {
    const places = new Map(wanted.fields.map(({ name }, i) => [name, i]));
    const isQualified = wanted.fields.some(({ name }) => name.includes('.'));
    return (payload, taker) => {
      const text = textOf(payload);
      if (text === null) {
        taker.refuse('malformed', () => 'is not UTF-8');
        return;
      }
      const lines = new LineReader(text);
      let bad = 0;
      for (let line = lines.next(); line !== null && bad < maxBadLines; line = lines.next()) {
        if ('problem' in line) {
          const { problem } = line;
          bad++;
          taker.refuse('malformed', () => problem);
        } else if (measurement === null || line.measurement === measurement) {
          readSample(line, { wanted, places, isQualified, textNumbers }, taker);
        }
      }
    };
  },
};

interface Reader {
  readonly wanted: Wanted;
  readonly places: ReadonlyMap<string, number>;
  /** Whether a channel may be `measurement.field`. */
  readonly isQualified: boolean;
  readonly textNumbers: boolean;
}

function readSample(line: Line, { wanted, places, isQualified, textNumbers }: Reader, taker: Taker): void {
  const values = new Float32Array(wanted.fields.length).fill(NaN);
  let found = 0;
  for (const [field, value] of line.fields) {
    const place = places.get(field) ?? (isQualified ? places.get(`${line.measurement}.${field}`) : undefined);
    if (place === undefined) continue;
    found++;
    const read = numberOf(value, textNumbers);
    if (read === undefined) taker.refuse('malformed', () => `has ${shown(value)} in field ${field}; expected a number`);
    else values[place] = read;
  }
  if (found === 0) {
    const { measurement, fields } = line;
    const names = [...fields.keys()].slice(0, 6).join(', ');
    taker.refuse('unknown-channel', () => `${measurement} holds none of the channels, but ${names}`);
    return;
  }
  const time = line.timestamp === null ? null : timeOf(line.timestamp, wanted.timeUnit);
  if (Number.isNaN(time)) {
    const { timestamp } = line;
    taker.refuse('malformed', () => `has the timestamp ${timestamp} in ${wanted.timeUnit}`);
    return;
  }
  const sensor = wanted.sensor === null ? null : line.tags.get(wanted.sensor);
  if (sensor === undefined) taker.refuse('malformed', () => `has no tag ${wanted.sensor}`);
  else taker.sample(values, time, sensor);
}

const timeOf = (timestamp: string, unit: TimeUnit): number =>
  unit === 'ns' ? readNanoseconds(timestamp) : readTime(timestamp, unit);

import { Buffer } from 'node:buffer';
import type { Receiver } from '../../devices/sources/define.ts';
import { MessageDecoder } from '../../devices/sources/message.ts';
import { ruleDefaults, type TopicRule } from '../../devices/sources/rule.ts';
import { gearboxChannels, gearboxSamples } from '../devices/sources/gearbox.ts';

// Messages per second of CPU time (its own threads included) from bytes to samples: four channels of the recorded gearbox, 1000 sensors.
//
//   node test/bench/decode.ts [seconds per format]

const sensors = 1000;
const seconds = Number(process.argv[2] ?? 2);
const samples = gearboxSamples(256);

const named = (values: readonly number[], i: number) => ({
  ...Object.fromEntries(gearboxChannels.map((name, channel) => [name, values[channel]])),
  t: 1.6e9 + i / 100,
});
const line = (values: readonly number[], i: number): string =>
  `gearbox,site=a ${gearboxChannels.map((name, channel) => `${name}=${values[channel]}`).join(',')} ${1_600_000_000_000 + i * 10}000000`;

/** A frame of 256 samples. */
function frame(bytes: number, write: (view: DataView, at: number, value: number) => void): Buffer {
  const view = new DataView(new ArrayBuffer(8 + bytes * samples.length * gearboxChannels.length));
  view.setFloat64(0, 1.6e9, true);
  samples.flat().forEach((value, i) => write(view, 8 + i * bytes, value));
  return Buffer.from(view.buffer);
}

interface Contestant {
  readonly title: string;
  readonly rule: Partial<TopicRule>;
  readonly payload: (i: number) => Buffer;
  /** What the topic has behind the sensor. */
  readonly level?: (i: number) => string;
}

const text = (make: (values: readonly number[], i: number) => string) => (i: number) =>
  Buffer.from(make(samples[i % samples.length]!, i));
const withTime = { time: 't' } as const;

const contestants: readonly Contestant[] = [
  { title: 'json-object', rule: withTime, payload: text((values, i) => JSON.stringify(named(values, i))) },
  {
    title: 'json-object, paths, ISO time',
    rule: { time: 'at', channels: Object.fromEntries(gearboxChannels.map((name, i) => [name, `data.values[${i}]`])) },
    payload: text((values, i) => JSON.stringify({ at: new Date(1.6e12 + i * 10).toISOString(), data: { values } })),
  },
  { title: 'json-array', rule: { format: 'json-array' }, payload: text((values) => JSON.stringify(values)) },
  { title: 'csv-line', rule: { format: 'csv-line' }, payload: text((values) => values.join(',')) },
  { title: 'influx', rule: { format: 'influx' }, payload: text(line) },
  {
    title: 'f32, 256 samples',
    rule: { format: 'f32', header: 'f64', rateHz: 100 },
    payload: () => frame(4, (view, at, value) => view.setFloat32(at, value, true)),
  },
  {
    title: 'int16, 256 samples',
    rule: { format: 'int16', header: 'f64', rateHz: 100, scale: 0.002 },
    payload: () => frame(2, (view, at, value) => view.setInt16(at, value, true)),
  },
  {
    title: 'a channel per topic, JSON',
    rule: withTime,
    payload: (i) =>
      Buffer.from(JSON.stringify({ value: samples[(i >> 2) % samples.length]![i % 4], t: 1.6e9 + Math.floor(i / 4 / sensors) })),
    level: (i) => `/${gearboxChannels[i % 4]}`,
  },
  { title: 'json-object, reordered', rule: withTime, payload: text((values, i) => JSON.stringify(named(values, i))) },
  { title: 'no JSON at all', rule: withTime, payload: () => Buffer.from('{"a1": 1, "a2":') },
];

for (const { title, rule, payload, level } of contestants) {
  const pattern = level === undefined ? 'plant/{site}/{sensor}/gear' : 'plant/{site}/{sensor}/gear/{channel}';
  const input = { channels: gearboxChannels.map((name) => ({ name, unit: null })), channelCount: 4, rateHz: null, time: null };
  const rules = [{ ...ruleDefaults, artifact: 'gearbox', pattern, ...rule }];
  const decoder = new MessageDecoder(rules, new Map([['gearbox', input]]), 'bench', {
    reorderMs: title.endsWith('reordered') ? 1000 : 0,
  });
  let [taken, refused] = [0, 0];
  const receiver: Receiver = {
    take() {
      taken++;
    },
    refuse() {
      refused++;
    },
    mark() {},
    safe: () => Promise.resolve(),
  };
  const perSensor = level === undefined ? 1 : 4;
  const messages = Array.from({ length: 20_000 }, (_, i) => ({
    topic: `plant/north/p${Math.floor(i / perSensor) % sensors}/gear${level?.(i) ?? ''}`,
    payload: payload(i),
  }));
  const pass = (): number => {
    const from = process.cpuUsage();
    // A topic comes as a string of its own each time, whose hash is not known yet.
    for (const each of messages) decoder.receive(Buffer.from(each.topic).toString(), each.payload, 1.6e9, receiver);
    const { user, system } = process.cpuUsage(from);
    return (user + system) / 1000;
  };
  pass();
  [taken, refused] = [0, 0];
  let [passes, milliseconds] = [0, 0];
  while (milliseconds < seconds * 1000) {
    milliseconds += pass();
    passes++;
  }
  const count = passes * messages.length;
  const rate = count / milliseconds;
  console.log(
    `${title.padEnd(30)} ${(1000 * rate).toFixed(0).padStart(9)} messages/s  ${(1000 / rate).toFixed(2).padStart(6)} us  ${(taken / count).toFixed(2).padStart(7)} samples and ${(refused / count).toFixed(2)} refusals each`,
  );
}

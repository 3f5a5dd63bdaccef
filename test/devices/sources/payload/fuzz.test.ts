import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { FormatName } from '../../../../devices/sources/payload/index.ts';
import { formats } from '../../../../devices/sources/payload/index.ts';
import type { TopicRule } from '../../../../devices/sources/rule.ts';
import { bytes, Collected, decoder, input, rule } from '../collect.ts';
import { gearboxChannels, gearboxSamples } from '../gearbox.ts';

const samples = gearboxSamples(20);
const gearbox = input(gearboxChannels, 100);
const named = (values: readonly number[], i: number) => ({
  ...Object.fromEntries(gearboxChannels.map((name, c) => [name, values[c]])),
  t: 1.6e9 + i,
  id: 'g"1',
});

const frame = (write: (view: DataView, at: number, value: number) => void, size: number): Uint8Array => {
  const view = new DataView(new ArrayBuffer(8 + 4 * size * samples.length));
  view.setFloat64(0, 1.6e9, true);
  samples.flat().forEach((value, i) => write(view, 8 + i * size, value));
  return new Uint8Array(view.buffer);
};

/** A rule and messages as sensors would send them, of the recorded gearbox. */
const cases: Readonly<Record<FormatName, { readonly changes: Partial<TopicRule>; readonly valid: readonly Uint8Array[] }>> = {
  'json-object': {
    changes: { time: 't', sensorField: 'id', textNumbers: true },
    valid: [
      JSON.stringify(named(samples[0]!, 0)),
      JSON.stringify(samples.map(named)),
      samples.map((each, i) => JSON.stringify(named(each, i))).join('\n'),
    ].map(bytes),
  },
  'json-array': {
    changes: {},
    valid: [JSON.stringify(samples[0]), JSON.stringify(samples), samples.map((each) => JSON.stringify(each)).join('\n')].map(
      bytes,
    ),
  },
  f32: { changes: { header: 'f64' }, valid: [frame((view, at, value) => view.setFloat32(at, value, true), 4)] },
  int16: { changes: { header: 'f64', scale: 0.002 }, valid: [frame((view, at, value) => view.setInt16(at, value, true), 2)] },
  influx: {
    changes: { sensorField: 'id' },
    valid: [
      samples
        .map(
          (each, i) =>
            `gear\\ box,id=g\\,1 ${gearboxChannels.map((name, c) => `${name}=${each[c]}i`).join(',')},note="a \\"b\\"" ${i + 1}000000000`,
        )
        .join('\n'),
    ].map(bytes),
  },
  'csv-line': { changes: {}, valid: [samples[0]!.join(','), samples.map((each) => each.join(';')).join('\r\n')].map(bytes) },
};

/** What comes of one message; fails if that is nothing at all, or a sample that is none. */
function expectReadable(format: FormatName, payload: Uint8Array): Collected {
  const collected = new Collected();
  decoder(gearbox, [
    rule('t/{sensor}', { format, ...cases[format].changes, ...(cases[format].changes.sensorField ? { sensor: null } : {}) }),
  ]).receive('t/g', payload, 0, collected);
  for (const { sensor, time, values } of collected.samples) {
    expect(sensor.length).toBeGreaterThan(0);
    expect(sensor.length).toBeLessThanOrEqual(256);
    expect(time === null || Math.abs(time) <= 1e11).toBe(true);
    expect(values).toHaveLength(4);
    expect(values.every((value) => Number.isFinite(value) || Number.isNaN(value))).toBe(true);
  }
  for (const [, detail] of collected.refusals) expect(detail.length).toBeLessThanOrEqual(200);
  return collected;
}

describe.each(Object.keys(formats) as FormatName[])('%s', (format) => {
  const { valid } = cases[format];

  test('recorded samples are read to the last bit', () => {
    for (const payload of valid) {
      const { samples: read, refusals } = expectReadable(format, payload);
      expect(refusals).toEqual([]);
      const scale = format === 'int16' ? 0.002 : 1;
      expect(read.map(({ values }) => [...values])).toEqual(
        samples.slice(0, read.length).map((each) => each.map((value) => Math.fround(value * scale))),
      );
    }
  });

  test('random bytes are refused, or read as numbers', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (payload) => {
        const { samples: read, refusals } = expectReadable(format, payload);
        // Blank lines and comments of line protocol say nothing, and that is no mistake.
        expect(read.length + refusals.length + (format === 'influx' ? 1 : 0)).toBeGreaterThan(0);
      }),
      { numRuns: 200 },
    );
  });

  test('messages with a few bytes changed, cut or doubled are refused, or read as numbers', () => {
    const change = fc.tuple(fc.constantFrom('set', 'cut', 'double'), fc.nat(1e6), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.constantFrom(...valid), fc.array(change, { minLength: 1, maxLength: 6 }), (payload, changes) => {
        let damaged = Buffer.from(payload);
        for (const [kind, place, byte] of changes) {
          const at = damaged.length === 0 ? 0 : place % damaged.length;
          if (kind === 'set' && damaged.length > 0) damaged[at] = byte;
          if (kind === 'cut') damaged = damaged.subarray(0, at);
          if (kind === 'double') damaged = Buffer.concat([damaged.subarray(0, at), damaged.subarray(Math.floor(at / 2))]);
        }
        expectReadable(format, damaged);
      }),
      { numRuns: 200 },
    );
  });
});

const megabyte = 1 << 20;

test.each<readonly [FormatName, string, string]>([
  ['json-object', 'deep nesting', '['.repeat(megabyte / 2) + ']'.repeat(megabyte / 2)],
  ['json-object', 'deep nesting that does not end', '{"a1":'.repeat(megabyte / 8)],
  ['json-object', 'many empty samples', `[${'{},'.repeat(megabyte / 4)}{}]`],
  ['json-object', 'escaped quotes without an end, and NaN', `"NaN${String.raw`\"`.repeat(megabyte / 3)}`],
  ['json-object', 'many NaN', `[${'NaN,'.repeat(megabyte / 5)}`],
  ['json-object', 'many lines that are no JSON', '{\n'.repeat(megabyte / 8)],
  ['json-object', 'a long text as a number', JSON.stringify({ a1: '1'.repeat(megabyte / 2), t: 1, id: 'x' })],
  ['json-array', 'many rows of the wrong length', `[${'[],'.repeat(megabyte / 4)}[]]`],
  ['csv-line', 'many lines of one number', '1\n'.repeat(megabyte / 2)],
  ['csv-line', 'one line of many numbers', '1,'.repeat(megabyte / 2)],
  ['csv-line', 'blanks', ' '.repeat(megabyte)],
  ['influx', 'quotes that do not close', 'm f="\\"\n'.repeat(megabyte / 8)],
  ['influx', 'backslashes', 'm,'.concat('\\'.repeat(megabyte - 10))],
  ['influx', 'many tags', `m${',a=b'.repeat(megabyte / 5)} f=1`],
])('%s: %s takes no more than its megabyte is worth', (format, _, text) => {
  const started = process.cpuUsage();
  expectReadable(format, bytes(text));
  const { user, system } = process.cpuUsage(started);
  // Any of these takes minutes where time grows with the square of the size; CPU time, so that a busy machine does not count.
  expect((user + system) / 1e6).toBeLessThan(5);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Assembler, assemblerDefaults, type AssemblerOptions } from '../../../devices/sources/assemble.ts';
import { SampleClock } from '../../../devices/sources/clock.ts';
import { Collected, decoder, input, received, rule } from './collect.ts';

const three = input(['x', 'y', 'z']);
const byChannel = [rule('t/{sensor}/{channel}', { format: 'csv-line', channels: { z: 'temp' } })];
const timed = [rule('t/{sensor}/{channel}', { time: 't' })];
const at = (time: number, value: number): string => JSON.stringify({ value, t: time });

const frame = (first: number, ...values: number[]): Uint8Array => {
  const view = new DataView(new ArrayBuffer(8 + 4 * values.length));
  view.setFloat64(0, first, true);
  values.forEach((value, i) => view.setFloat32(8 + 4 * i, value, true));
  return new Uint8Array(view.buffer);
};

describe('a channel per topic', () => {
  test('without times: a sample goes on when all channels have come, or one comes again', () => {
    const { rows, refusals } = received(
      decoder(three, byChannel),
      ['t/p/x', '1'],
      ['t/q/x', '10'],
      ['t/p/temp', '3'],
      ['t/p/y', '2'],
      ['t/p/x', '4'],
      ['t/p/x', '5'],
      ['t/p/z', '6'],
    );
    expect(rows).toEqual([
      ['p', null, 1, 2, 3],
      ['p', null, 4, NaN, NaN],
    ]);
    expect(refusals).toEqual([['unknown-channel', 't/p/z: "pump" has no channel "z"']]);
  });

  test('with times: values of the same time are one sample; a later time lets it go on without the rest', () => {
    const { rows } = received(
      decoder(three, timed),
      ['t/p/x', at(1, 1)],
      ['t/p/z', at(1, 3)],
      ['t/p/y', at(1, 2)],
      ['t/p/x', at(2, 4)],
      ['t/p/y', at(3, 5)],
      ['t/p/x', at(3, 6)],
      ['t/p/z', at(3, 7)],
    );
    expect(rows).toEqual([
      ['p', 1, 1, 2, 3],
      ['p', 2, 4, NaN, NaN],
      ['p', 3, 6, 5, 7],
    ]);
  });

  test('the first value stays; what comes for a time that has gone on goes on as it is, to be counted as late', () => {
    const { rows } = received(
      decoder(three, timed),
      ['t/p/x', at(1, 1)],
      ['t/p/x', at(1, 9)],
      ['t/p/y', at(2, 4)],
      ['t/p/z', at(1, 3)],
    );
    expect(rows).toEqual([
      ['p', 1, 1, NaN, NaN],
      ['p', 1, NaN, NaN, 3],
    ]);
  });

  test('what is incomplete goes on after a while, when anything comes or the source asks', () => {
    const messages = decoder(three, timed, { combineTimeoutMs: 5000 });
    const { rows } = received(messages, ['t/p/x', at(1, 1), 100], ['t/q/x', at(1, 2), 104], ['t/q/y', at(1, 2), 105.1]);
    expect(rows).toEqual([['p', 1, 1, NaN, NaN]]);
    const collected = new Collected();
    messages.expire(108, collected);
    expect(collected.rows).toEqual([]);
    messages.expire(109.1, collected);
    expect(collected.rows).toEqual([['q', 1, 2, 2, NaN]]);
  });

  test('a clock that is set back by more than a minute begins anew instead of being late for good', () => {
    const sent = [1000, 1001, 500, 501].flatMap((time) =>
      ['x', 'y', 'temp'].map((channel) => [`t/p/${channel}`, at(time, time)] as const),
    );
    const rules = [rule('t/{sensor}/{channel}', { time: 't', channels: { z: 'temp' } })];
    expect(received(decoder(three, rules), ...sent).rows).toEqual(
      [1000, 1001, 500, 501].map((time) => ['p', time, time, time, time]),
    );
  });

  test('there is a bound to the sensors of which parts wait', () => {
    const { refusals } = received(decoder(three, byChannel, { maxSensors: 1 }), ['t/p/x', '1'], ['t/q/x', '1'], ['t/p/y', '1']);
    expect(refusals).toEqual([['too-many-sensors', 't/q/x sensor q']]);
  });

  test('frames of single channels are put together sample by sample', () => {
    const rules = [rule('t/{sensor}/{channel}', { format: 'f32', header: 'f64', rateHz: 4 })];
    const sent = [10, 10.5].flatMap((first) =>
      ['x', 'y', 'z'].map((channel, i) => [`t/p/${channel}`, frame(first, i, i + 10)] as const),
    );
    const messages = decoder(three, rules, { reorderMs: 1000 });
    const collected = received(messages, ...sent);
    messages.flush(collected);
    expect(collected.rows).toEqual(
      [10, 10.25, 10.5, 10.75].map((time, i) => ['p', time, ...[0, 1, 2].map((n) => n + 10 * (i % 2))]),
    );
  });
});

test('rules of one artifact complete each other', () => {
  const rules = [
    rule('t/{sensor}/motion', { combine: true, channels: { x: 'a', y: 'b' }, time: 't' }),
    rule('t/{sensor}/heat', { combine: true, channels: { z: '1' }, format: 'csv-line', time: '0' }),
  ];
  expect(
    received(decoder(three, rules), ['t/p/motion', '{"a":1,"b":2,"t":1600000000.5}'], ['t/p/heat', '2020-09-13T12:26:40.5Z,3'])
      .rows,
  ).toEqual([['p', 1600000000.5, 1, 2, 3]]);
});

const sample = (time: number): string => JSON.stringify({ x: time, y: 0, z: 0, t: time });

describe('a reorder buffer', () => {
  const whole = [rule('t/{sensor}', { time: 't' })];

  test('without one, samples go on as they come', () => {
    const { rows } = received(decoder(three, whole), ...[1, 3, 2, 3].map((time) => ['t/p', sample(time)] as const));
    expect(rows.map(([, time]) => time)).toEqual([1, 3, 2, 3]);
  });

  test('puts samples into order that come within its time, and drops those that come twice', () => {
    const messages = decoder(three, whole, { reorderMs: 2000 });
    const collected = received(messages, ...[1, 3, 2, 3, 5, 4, 4, 9].map((time) => ['t/p', sample(time)] as const));
    expect(collected.rows.map(([, time]) => time)).toEqual([1, 2, 3, 4, 5]);
    messages.flush(collected);
    expect(collected.rows.map(([, time]) => time)).toEqual([1, 2, 3, 4, 5, 9]);
    expect(messages.duplicates).toBe(2);
  });

  test('any order within the bound comes out sorted, each sample once, none lost', () => {
    const hold = 5;
    const arrivals = fc.array(fc.integer({ min: 0, max: hold - 1 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(arrivals, fc.boolean(), (delays, isTwice) => {
        const sent = delays
          .map((delay, time) => ({ time, due: time + delay }))
          .toSorted((a, b) => a.due - b.due)
          .flatMap(({ time }) => (isTwice ? [time, time] : [time]));
        const assembler = new Assembler('pump', { ...assemblerDefaults, reorderMs: hold * 1000 });
        const collected = new Collected();
        for (const time of sent) {
          assembler.take({ sensor: 'p', time, values: Float32Array.of(time), isPartial: false, arrived: 0 }, collected);
        }
        assembler.flush(collected);
        expect(collected.rows).toEqual(delays.map((_, time) => ['p', time, time]));
      }),
      { numRuns: 200 },
    );
  });
});

test('parts in any order within the bound become whole samples', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { minLength: 1, maxLength: 40 }), (delays) => {
      const parts = delays.flatMap(([a, b], time) => [
        { time, channel: 0, due: time + a },
        { time, channel: 1, due: time + b },
      ]);
      const assembler = new Assembler('pump', { ...assemblerDefaults, reorderMs: 5000 });
      const collected = new Collected();
      for (const { time, channel } of parts.toSorted((a, b) => a.due - b.due)) {
        const values = new Float32Array(2).fill(NaN);
        values[channel] = 10 * time + channel;
        assembler.take({ sensor: 'p', time, values, isPartial: true, arrived: 0 }, collected);
      }
      assembler.flush(collected);
      expect(collected.rows).toEqual(delays.map((_, time) => ['p', time, 10 * time, 10 * time + 1]));
    }),
    { numRuns: 200 },
  );
});

test('whatever comes, what waits is bounded, and what goes on in order keeps its order', () => {
  const options: AssemblerOptions = { reorderMs: 10_000, combineTimeoutMs: 1000, maxSensors: 3 };
  const part = fc.record({
    sensor: fc.constantFrom('a', 'b', 'c', 'd'),
    time: fc.option(fc.double({ min: -1e9, max: 1e9, noNaN: true })),
  });
  fc.assert(
    fc.property(fc.array(part, { maxLength: 300 }), fc.boolean(), (parts, isPartial) => {
      const assembler = new Assembler('pump', options);
      const collected = new Collected();
      let refused = 0;
      parts.forEach(({ sensor, time }, i) => {
        const values = Float32Array.of(i, NaN);
        if (!assembler.take({ sensor, time, values, isPartial, arrived: i / 100 }, collected)) refused++;
      });
      assembler.flush(collected);
      const left = collected.samples.length;
      assembler.expire(1e6, collected);
      expect(collected.samples).toHaveLength(left);
      // Each message became a sample, was one of the same time as another, or was refused.
      expect(left + refused).toBeLessThanOrEqual(parts.length);
      const seen = new Set(collected.samples.flatMap(({ values }) => values.filter((value) => !Number.isNaN(value))));
      expect(seen.size).toBe(left);
    }),
    { numRuns: 100 },
  );
});

/** Times of the first samples, and the largest deviation of an interval from 1 / rate, as a share. */
function run(stamps: readonly number[], count: number, rateHz: number, clock: SampleClock) {
  const times = stamps.flatMap((stamp) => {
    const { first, step } = clock.next(stamp, count);
    return Array.from({ length: count }, (_, i) => first + i * step);
  });
  let [least, most] = [Infinity, -Infinity];
  for (let i = 1; i < times.length; i++) {
    const interval = (times[i]! - times[i - 1]!) * rateHz;
    least = Math.min(least, interval);
    most = Math.max(most, interval);
  }
  return { times, least, most };
}

describe('a clock of samples', () => {
  test('stamps of milliseconds, of 20 samples each, give an even row', () => {
    const stamps = Array.from({ length: 40 }, (_, i) => Math.floor((i * 4096 * 1000) / 20_000) / 1000);
    const { times, least, most } = run(stamps, 4096, 20_000, new SampleClock(20_000, 2e-3, false));
    expect([least, most].map((interval) => Math.abs(interval - 1) < 0.02)).toEqual([true, true]);
    expect(Math.abs(times.at(-1)! - (40 * 4096 - 1) / 20_000)).toBeLessThan(2e-3);
  });

  test('a clock that runs 200 ppm off is followed, without a gap and without a sample that is late', () => {
    const stamps = Array.from({ length: 50 }, (_, i) => i * 0.2048 * 1.0002);
    const { times, least, most } = run(stamps, 4096, 20_000, new SampleClock(20_000, 0, false));
    expect([least > 0.95, most < 1.05]).toEqual([true, true]);
    expect(times.at(-1)).toBeCloseTo(50 * 0.2048 * 1.0002, 3);
  });

  test('a frame that is lost is a gap', () => {
    const { times, most } = run([0, 0.25, 0.75, 1], 256, 1024, new SampleClock(1024, 2e-3, false));
    expect(times[512]).toBe(0.75);
    expect(most).toBe(257);
  });

  test('by arrival, jitter is evened out, and a burst after a break goes on in order', () => {
    const clock = new SampleClock(10, 1, true);
    const jitter = [0.03, -0.02, 0.08, -0.09, 0.01, 0.05, -0.04];
    const regular = Array.from({ length: 70 }, (_, i) => 100 + i * 0.1 + jitter[i % 7]!);
    const burst = Array.from({ length: 30 }, () => 110);
    const { times, least, most } = run([...regular, ...burst], 1, 10, clock);
    expect(least).toBeGreaterThan(0.9);
    // The break of 3 s itself is one gap.
    const intervals = times.slice(1).map((time, i) => time - times[i]!);
    expect(intervals.filter((interval) => interval > 0.15)).toHaveLength(1);
    expect(most).toBeGreaterThan(10);
  });
});

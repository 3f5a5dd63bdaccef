import { describe, expect, test } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import { openSource, readNamed } from '../../compiler/files.ts';
import type { FaultPolicy } from '../../runtime-js/artifact/manifest.ts';
import { Feed, type Scored } from '../../runtime-js/feed.ts';
import { strict } from '../../runtime-js/intake.ts';
import { loadBytes } from '../../runtime-js/model.ts';

const clip = readNamed('test/models/ad01/normal_id_01_00000000_hist_librosa.bin');
const values = new Float32Array(clip.bytes.buffer.slice(clip.bytes.byteOffset, clip.bytes.byteOffset + clip.bytes.length));
const { artifact } = await compile({ model: openSource('test/models/ad01/ad01.h5'), data: clip, hop: 64, rateHz: 10 });
const model = await loadBytes(artifact, 'ad01');

const policy = (more: Partial<FaultPolicy>): FaultPolicy => ({ ...strict, ...more });

/** The scores of samples that come with their times. */
function run(
  samples: Iterable<readonly [value: number, time: number | null]>,
  faults: FaultPolicy,
): { scored: Scored[]; feed: Feed } {
  model.reset();
  const feed = new Feed(model, faults);
  const scored: Scored[] = [];
  for (const [value, time] of samples) scored.push(...feed.push([value], time));
  scored.push(...feed.end());
  return { scored, feed };
}

const recorded = [...values.subarray(0, 2000)].map((value, i) => [value, 100 + i / 10] as const);
const expected = run(recorded, strict).scored;
/** Windows of 640 samples, every 64, that hold none of the samples from `first` to `last`. */
const holds = (i: number, first: number, last: number): boolean => 64 * i <= last && 64 * i + 639 >= first;

test('samples without faults give the scores of their windows, with the time of the newest sample', () => {
  expect(expected).toHaveLength(22);
  expected.forEach(({ score, time }, i) => {
    expect(score).toBe(model.run(values.subarray(64 * i, 64 * i + 640)));
    expect(time).toBeCloseTo(100 + (64 * i + 639) / 10, 9);
  });
});

describe('a value that is missing', () => {
  const gap = recorded.map(([value, time], i) => [i >= 800 && i < 803 ? NaN : value, time] as const);

  test('invalid: its windows have no score, all others do', () => {
    const { scored, feed } = run(gap, strict);
    scored.forEach(({ score }, i) => expect(score).toBe(holds(i, 800, 802) ? null : expected[i]!.score));
    expect(feed.faults).toEqual({ missing: 3, stuck: 0, gap: 0, late: 0, rate: 0 });
  });

  test('hold: as if the value before had come again', () => {
    const held = recorded.map(([value, time], i) => [i >= 800 && i < 803 ? values[799]! : value, time] as const);
    expect(run(gap, policy({ missing: 'hold', bridge: 3 })).scored).toEqual(run(held, strict).scored);
  });

  test('interpolate: as if values on the line had come', () => {
    const line = recorded.map(([value, time], i) => {
      const on = Math.fround(values[799]! + ((values[803]! - values[799]!) * (i - 799)) / 4);
      return [i >= 800 && i < 803 ? on : value, time] as const;
    });
    expect(run(gap, policy({ missing: 'interpolate', bridge: 3 })).scored).toEqual(run(line, strict).scored);
  });

  test.each(['hold', 'interpolate'] as const)('%s: a gap that is too long has no score', (missing) => {
    const { scored } = run(gap, policy({ missing, bridge: 2 }));
    const first = missing === 'hold' ? 802 : 800;
    scored.forEach(({ score }, i) =>
      expect(score).toBe(holds(i, first, 802) ? null : missing === 'hold' && holds(i, 800, 801) ? score : expected[i]!.score),
    );
    expect(scored.filter(({ score }) => score === null).length).toBeGreaterThan(8);
  });

  test('interpolate: at the end of a recording nothing comes any more', () => {
    const { scored } = run(
      recorded.map(([value, time], i) => [i > 1980 ? NaN : value, time]),
      policy({ missing: 'interpolate', bridge: 100 }),
    );
    expect(scored.at(-1)).toMatchObject({ score: null });
    expect(scored).toHaveLength(22);
  });

  test('reset: the window is empty again', () => {
    const { scored } = run(gap, policy({ missing: 'reset' }));
    const behind = Array.from({ length: Math.floor((2000 - 803 - 640) / 64) + 1 }, (_, i) =>
      model.run(values.subarray(803 + 64 * i, 803 + 64 * i + 640)),
    );
    expect(scored.map(({ score }) => score)).toEqual([...expected.slice(0, 3).map(({ score }) => score), ...behind]);
  });
});

describe('time stamps', () => {
  test('samples that did not come are missing ones', () => {
    const without = recorded.filter((_, i) => i < 800 || i >= 803);
    const { scored, feed } = run(without, policy({ missing: 'invalid' }));
    scored.forEach(({ score }, i) => expect(score).toBe(holds(i, 800, 802) ? null : expected[i]!.score));
    expect(feed.faults.missing).toBe(3);
  });

  test('a gap longer than the window begins a new one', () => {
    const later = recorded.map(([value, time], i) => [value, i < 700 ? time : time + 1000] as const);
    const { scored, feed } = run(later, policy({ missing: 'hold', bridge: 1000 }));
    expect(feed.faults.gap).toBe(1);
    expect(scored[0]).toEqual(expected[0]);
    expect(scored[1]!.score).toBe(model.run(values.subarray(700, 1340)));
  });

  test('late and repeated samples are dropped and counted', () => {
    const twice = recorded.flatMap((sample, i) => (i % 100 === 99 ? [sample, sample, recorded[i - 5]!] : [sample]));
    const { scored, feed } = run(twice, strict);
    expect(scored).toEqual(expected);
    expect(feed.faults.late).toBe(40);
  });

  test('or begin a new window, where clocks are set back', () => {
    const back = recorded.map(([value, time], i) => [value, i < 700 ? time : time - 3600] as const);
    const { scored, feed } = run(back, policy({ late: 'reset' }));
    expect(feed.faults.late).toBe(1);
    expect(scored[1]!.score).toBe(model.run(values.subarray(700, 1340)));
  });

  test.each([0.8, 1.3])('at %d times the rate there is no score', (rate) => {
    const { scored, feed } = run(
      recorded.map(([value], i) => [value, i / (10 * rate)]),
      policy({ missing: 'hold' }),
    );
    expect(scored.length).toBeGreaterThan(10);
    expect(scored.every(({ score, alarm }) => score === null && !alarm)).toBe(true);
    expect(feed.faults.rate).toBe(scored.length);
  });

  test('jitter of a third of an interval is none', () => {
    const jittered = recorded.map(([value, time], i) => [value, time! + 0.015 * Math.sin(i * i)] as const);
    expect(run(jittered, strict).scored.map(({ score }) => score)).toEqual(expected.map(({ score }) => score));
  });
});

test('a sensor that hangs', () => {
  const hanging = recorded.map(([value, time], i) => [i >= 800 && i < 830 ? values[799]! : value, time] as const);
  const { scored, feed } = run(hanging, policy({ stuck: 10 }));
  expect(feed.faults).toMatchObject({ stuck: 21, missing: 21 });
  scored.forEach(({ score }, i) => expect(score === null).toBe(holds(i, 809, 829)));
});

test('a sample of another length', () => {
  expect(() => new Feed(model).push([1, 2])).toThrow(new RangeError('a sample has 1 values, found 2'));
});

import { describe, expect, test } from 'vitest';
import { SensorPool, type PoolOptions, type Scored } from '../../../devices/scoring/pool.ts';
import { publishDefaults, type PublishRule } from '../../../devices/scoring/publish.ts';
import type { FaultPolicy } from '../../../runtime-js/artifact/manifest.ts';
import { Feed } from '../../../runtime-js/feed.ts';
import { strict } from '../../../runtime-js/intake.ts';
import { loadBytes } from '../../../runtime-js/model.ts';
import { random } from '../../random.ts';
import { ad01Bytes, clipValues, loaded } from './artifacts.ts';

const bytes = await ad01Bytes({ hop: 128, rateHz: 10, alarm: { raise: 2, clear: 2, clearBelow: 0.9 } });

function poolOf(artifact: Awaited<ReturnType<typeof loaded>>, options: Partial<PoolOptions> = {}) {
  const published: Scored[] = [];
  const pool = new SensorPool(artifact, {
    publish: publishDefaults,
    why: 3,
    onPublished: (scored) => published.push(scored),
    ...options,
  });
  const push = (sensor: string, value: number, time: number | null): void => pool.push(pool.rows.take(sensor), [value], time);
  return { pool, published, push };
}

/** A value of the clip; disturbed, as from a machine that rattles. */
const recorded = (i: number, disturbed: boolean): number => clipValues[i % clipValues.length]! + (disturbed ? 20 * (i % 7) : 0);

/** The recorded values with what happens to streams: gaps, samples that come twice or late, values that are missing, stuck or huge, a clock that is off. */
function* troubled(seed: number, count: number, trouble: number): Generator<readonly [value: number, time: number | null]> {
  const bits = random(seed);
  const next = (): number => bits() / 2 ** 32;
  const happens = (share: number): boolean => next() < share * trouble;
  let time = 100;
  for (let i = 0; i < count; i++) {
    time += 0.1 * (happens(0.001) ? 700 : happens(0.008) ? 3 : 1);
    const value = recorded(i, i % 1500 > 1200) * (happens(0.0005) ? 1e30 : 1);
    yield [happens(0.002) ? NaN : value, time + 0.02 * (next() - 0.5)];
    if (happens(0.004)) yield [value, time - 0.3 * next()];
  }
}

const policies: Record<string, FaultPolicy> = {
  invalid: strict,
  reset: { ...strict, missing: 'reset', late: 'reset' },
  hold: { ...strict, missing: 'hold', bridge: 3 },
  'interpolate and stuck': { ...strict, missing: 'interpolate', bridge: 2, stuck: 2 },
};

describe.each(Object.entries(policies))('samples of many sensors in turn, %s', (_, policy) => {
  test('each gets the bits, the times and the faults of a feed of its own', async () => {
    const { pool, published, push } = poolOf(await loaded(bytes, 'ad01', policy));
    const sensors = await Promise.all(
      Array.from({ length: 5 }, async (__, i) => ({
        name: `pump ${i}`,
        feed: new Feed(await loadBytes(bytes, 'ad01'), policy),
        stream: [...troubled(7 + i, 2200 + 100 * i, policy.missing === 'reset' ? 0.1 : 0.3)],
        expected: [] as { time: number | null; score: number | null }[],
      })),
    );
    for (let at = 0; at < 2700; at++) {
      for (const { name, feed, stream, expected } of sensors) {
        const sample = stream[at];
        if (sample === undefined) continue;
        push(name, ...sample);
        expected.push(...feed.push([sample[0]], sample[1]).map(({ time, score }) => ({ time, score: finite(score) })));
      }
      if (at % 7 === 0) pool.flush();
    }
    pool.flush();
    for (const { name, expected } of sensors) {
      const own = published.filter(({ sensor }) => sensor === name);
      expect(own.map(({ time, score }) => ({ time, score }))).toEqual(expected);
      expect(own.map(({ seq }) => seq)).toEqual(expected.map((__, i) => i + 1));
    }
    const scores = sensors.flatMap(({ expected }) => expected.map(({ score }) => score));
    expect(scores.filter((score) => score !== null).length).toBeGreaterThan(5);
    const sums = { missing: 0, stuck: 0, gap: 0, late: 0, rate: 0 };
    for (const { feed } of sensors)
      for (const fault of Object.keys(sums) as (keyof typeof sums)[]) sums[fault] += feed.faults[fault];
    expect(pool.faults).toEqual(sums);
    expect(sums.late).toBeGreaterThan(0);
  });
});

/** A model gives no finite score for huge values. */
const finite = (score: number | null): number | null => (score !== null && Number.isFinite(score) ? score : null);

test('what is saved and restored in another pool goes on with the same messages', async () => {
  const stream = [...troubled(3, 4000, 0.1)];
  const whole = poolOf(await loaded(bytes));
  for (const sample of stream) whole.push('a', ...sample);
  whole.pool.flush();

  const first = poolOf(await loaded(bytes));
  const second = poolOf(await loaded(bytes));
  for (const sample of stream.slice(0, 1777)) first.push('a', ...sample);
  first.pool.flush();
  const saved = first.pool.save('a')!;
  second.pool.restore(
    {
      ...saved,
      ...JSON.parse(JSON.stringify({ ...saved, window: null, state: null })),
      window: saved.window,
      state: saved.state,
    },
    true,
  );
  for (const sample of stream.slice(1777)) second.push('a', ...sample);
  second.pool.flush();
  expect([...first.published, ...second.published]).toEqual(whole.published);
  expect(whole.published.some(({ alarmChanged }) => alarmChanged)).toBe(true);
});

test('an alarm names the channel, goes on and off as the artifact says, and stays on over a gap', async () => {
  const { pool, published, push } = poolOf(await loaded(bytes));
  const times = { now: 0 };
  const feed = (count: number, disturbed: boolean): void => {
    for (let i = 0; i < count; i++) push('a', recorded(i, disturbed), (times.now += 0.1));
    pool.flush();
  };
  feed(1280, false);
  expect(published.every(({ alarm }) => !alarm)).toBe(true);
  feed(1280, true);
  const on = published.find(({ alarmChanged }) => alarmChanged)!;
  expect(on).toMatchObject({ alarm: true, why: [{ channel: 'channel 1', share: 1 }] });
  times.now += 1000;
  const before = published.length;
  feed(640, true);
  expect(published.slice(before)).toMatchObject([{ alarm: true, alarmChanged: false }]);
  feed(1280, false);
  expect(published.at(-1)).toMatchObject({ alarm: false });
});

async function publishedBy(publish: PublishRule): Promise<{ all: number; scored: Scored[] }> {
  const run = poolOf(await loaded(bytes), { publish });
  for (let i = 0; i < 6400; i++) run.push('a', recorded(i, i > 3200 && i < 4800), i / 10);
  run.pool.flush();
  return { all: run.pool.scores, scored: run.published };
}

describe('what is published', () => {
  test('every n-th score, and each change of the alarm', async () => {
    const { all, scored } = await publishedBy({ every: 10, change: null });
    const changes = scored.filter(({ alarmChanged }) => alarmChanged);
    expect(changes.length).toBeGreaterThanOrEqual(2);
    expect(scored.length).toBeLessThanOrEqual(all / 10 + changes.length + 1);
    expect(scored.map(({ seq }) => seq)).toEqual(scored.map((_, i) => i + 1));
  });

  test('scores that differ from the one before', async () => {
    const { scored } = await publishedBy({ every: 1000, change: 0.05 });
    const threshold = (await loaded(bytes)).manifest.score.threshold;
    scored.slice(1).forEach(({ score, alarmChanged }, i) => {
      expect(alarmChanged || Math.abs(score! - scored[i]!.score!) > 0.05 * threshold).toBe(true);
    });
  });
});

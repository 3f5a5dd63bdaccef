import { describe, expect, test } from 'vitest';
import { Engine, type EngineOptions, type Turn } from '../../../devices/agent/engine.ts';
import { decodeSnapshot, encodeSnapshot, type Snapshot } from '../../../devices/agent/snapshot.ts';
import { decodeRecord, type ScoreMessage } from '../../../devices/record.ts';
import type { LoadedArtifact } from '../../../devices/scoring/artifact.ts';
import type { Sample } from '../../../devices/sources/define.ts';
import { random } from '../../random.ts';
import { ad01Bytes, clipValues, loaded } from '../scoring/artifacts.ts';

const [ad01, other] = await Promise.all([ad01Bytes({ hop: 128, rateHz: 10 }), ad01Bytes({ hop: 64, rateHz: 10 })]);
const sameAgain = await ad01Bytes({ hop: 128, rateHz: 10, threshold: 'sigma:1' });
const options: EngineOptions = { node: 'hall', publish: { every: 1, change: null }, why: 2, maxSensors: 100 };

const told: string[] = [];
const engineOf = (artifacts: readonly LoadedArtifact[], more: Partial<EngineOptions> = {}): Engine =>
  new Engine(
    artifacts,
    1000,
    { ...options, ...more },
    {
      sensor: (change, device) => told.push(`${change} ${device}`),
    },
  );

/** What a turn says, without the time of scoring. */
const said = (records: readonly Uint8Array[]): Omit<ScoreMessage, 'scoredAt'>[] =>
  records.map((record) => {
    const { scoredAt, ...rest } = JSON.parse(Buffer.from(decodeRecord(record).json).toString()) as ScoreMessage;
    expect(Date.parse(scoredAt)).toBeGreaterThan(1.7e12);
    return rest;
  });

/** Turns of samples of ten sensors of two artifacts, now and then disturbed. */
function turns(count: number): Sample[][] {
  const bits = random(5);
  const at = new Map<string, number>();
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + (bits() % 900) }, () => {
      const which = bits() % 10;
      const sensor = `pump ${which}`;
      const i = at.get(sensor) ?? 0;
      at.set(sensor, i + 1);
      const value = clipValues[i % clipValues.length]! + (i % 2000 > 1500 ? 20 * (i % 7) : 0);
      return { artifact: which < 6 ? 'a' : 'b', sensor, time: 1e9 + i / 10, values: Float32Array.of(value) };
    }),
  );
}

function run(engine: Engine, samples: readonly Sample[]): Turn {
  for (const sample of samples) expect(engine.take(sample)).toBeNull();
  const { journal, records } = engine.endTurn();
  return { journal: new Uint8Array(journal), records };
}

const both = async (): Promise<LoadedArtifact[]> => [await loaded(ad01, 'a'), await loaded(other, 'b')];

describe('a crash', () => {
  test('what a snapshot and the journal make again is what there was, record by record, and it goes on the same', async () => {
    const all = turns(40);
    const whole = engineOf(await both());
    const expected = all.map((samples) => said(run(whole, samples).records));
    expect(expected.flat().some(({ alarm }) => alarm)).toBe(true);
    for (const [saveAt, crashAt] of [
      [0, 7],
      [11, 12],
      [13, 30],
    ] as const) {
      const first = engineOf(await both());
      let snapshot: Uint8Array = new Uint8Array();
      const journal: Uint8Array[] = [];
      all.slice(0, crashAt).forEach((samples, i) => {
        if (i === saveAt) {
          snapshot = encodeSnapshot(first.save(0, i));
          first.saved();
        }
        const turn = run(first, samples);
        if (i >= saveAt) journal.push(turn.journal);
      });
      const second = engineOf(await both());
      expect(second.restore(decodeSnapshot(snapshot)!)).toEqual([]);
      const again = journal.map((turn) => said(second.replay(turn)));
      expect(again).toEqual(expected.slice(saveAt, crashAt));
      expect(all.slice(crashAt).map((samples) => said(run(second, samples).records))).toEqual(expected.slice(crashAt));
    }
  });

  test('marks and sensors that were given up are part of it', async () => {
    const first = engineOf(await both());
    first.mark('csv', '4711');
    run(first, turns(3).flat());
    const { journal } = first.endTurn();
    expect(first.forgetBefore(Date.now() + 1)).toHaveLength(10);
    const removal = new Uint8Array(first.endTurn().journal);
    const second = engineOf(await both());
    const snapshot: Snapshot = decodeSnapshot(encodeSnapshot(engineOf(await both()).save(0, 0)))!;
    second.restore(snapshot);
    const third = engineOf(await both());
    third.mark('csv', '4711');
    const turn = run(third, turns(3).flat());
    second.replay(turn.journal);
    expect(journal).toHaveLength(0);
    expect(second.marks.get('csv')).toBe('4711');
    expect(second.sensorCount).toBe(10);
    second.replay(removal);
    expect(second.sensorCount).toBe(0);
  });
});

const scores = (engine: Engine, samples: Sample[]) =>
  said(run(engine, samples).records).map(({ device, score, seq }) => ({ device, score, seq }));

const sample = (artifact: string, sensor: string): Sample => ({ artifact, sensor, time: null, values: Float32Array.of(1) });

test('a series of samples is the samples one by one, also from the journal', async () => {
  const [one, series, again] = [engineOf(await both()), engineOf(await both()), engineOf(await both())];
  const values = clipValues.slice(0, 2000).map((value, i) => (i === 700 ? NaN : value));
  const first = 1e9;
  values.forEach((value, i) => one.take({ artifact: 'a', sensor: 'x', time: first + i * 0.1, values: Float32Array.of(value) }));
  for (let at = 0; at < 2000; at += 250) {
    expect(
      series.takeSeries({ artifact: 'a', sensor: 'x', first: first + at * 0.1, step: 0.1, values: values.slice(at, at + 250) }),
    ).toBeNull();
  }
  const turn = series.endTurn();
  const expected = said(one.endTurn().records).map(({ time, ...rest }) => ({ ...rest, time: time!.slice(0, 22) }));
  expect(said(turn.records).map(({ time, ...rest }) => ({ ...rest, time: time!.slice(0, 22) }))).toEqual(expected);
  expect(expected.length).toBeGreaterThan(8);
  expect(said(again.replay(turn.journal))).toEqual(said(turn.records));
});

describe('another artifact', () => {
  test('with the same pipeline goes on with the windows; only the threshold differs', async () => {
    const all = turns(30);
    const [plain, swapped] = [engineOf(await both()), engineOf(await both())];
    for (const samples of all.slice(0, 15)) expect(scores(swapped, samples)).toEqual(scores(plain, samples));
    const replacement = [await loaded(sameAgain, 'a'), (await both())[1]!];
    expect(swapped.swap(replacement, options)).toEqual([]);
    for (const samples of all.slice(15)) expect(scores(swapped, samples)).toEqual(scores(plain, samples));
    expect(swapped.pools[0]!.artifact.manifest.score.threshold).toBeLessThan(plain.pools[0]!.artifact.manifest.score.threshold);
  });

  test('with another pipeline begins with empty windows, and goes on with the sequence numbers', async () => {
    const engine = engineOf([await loaded(ad01, 'a')]);
    const samples = turns(60)
      .flat()
      .filter(({ artifact }) => artifact === 'a');
    const before = said(run(engine, samples.slice(0, 6000)).records);
    told.length = 0;
    expect(engine.swap([await loaded(other, 'a')], options)).toEqual(['a']);
    expect(told.toSorted()).toEqual([
      'changed pump 0',
      'changed pump 1',
      'changed pump 2',
      'changed pump 3',
      'changed pump 4',
      'changed pump 5',
    ]);
    const after = said(run(engine, samples.slice(6000)).records);
    const last = before.findLast(({ device }) => device === 'pump 0')!;
    expect(after.find(({ device }) => device === 'pump 0')!.seq).toBe(last.seq + 1);
  });
});

describe('bounds', () => {
  test('more sensors than allowed, and a sensor of two artifacts, are refused', async () => {
    const engine = engineOf(await both(), { maxSensors: 2 });
    expect(engine.take(sample('a', 'x'))).toBeNull();
    expect(engine.take(sample('b', 'x'))).toBe('other-artifact');
    expect(engine.take(sample('b', 'y'))).toBeNull();
    expect(engine.take(sample('b', 'z'))).toBe('too-many-sensors');
    expect(engine.sensorCount).toBe(2);
  });
});

import { expect, test } from 'vitest';
import { readWindows } from '../../compiler/calibrate/samples.ts';
import { readNamed } from '../../compiler/files.ts';
import { DriftWatch, type Drift } from '../../runtime-js/drift.ts';
import { loadSync } from '../../runtime-js/node.ts';
import { gearbox } from './artifact.ts';

const model = loadSync(await gearbox());
const scoresOf = (file: string): Float32Array =>
  model.runBatch(readWindows(readNamed(`examples/gearbox/${file}`), { size: 16, hop: null }).data);

function firstDrift(scores: ArrayLike<number>, manifest = model.info.manifest): (Drift & { readonly at: number }) | null {
  const watch = new DriftWatch(manifest);
  for (let at = 0; at < scores.length; at++) {
    const drift = watch.look(scores[at]!);
    if (drift !== null) return { at, ...drift };
  }
  return null;
}

test('the healthy gearbox does not drift, over loads that calibration knew', () => {
  expect(firstDrift(scoresOf('healthy-test.csv'))).toBeNull();
});

test('a broken tooth is a drift too, if nobody mends it', () => {
  const healthy = scoresOf('healthy-test.csv');
  const found = firstDrift([...healthy, ...scoresOf('broken-test.csv')])!;
  expect(found.direction).toBe('up');
  expect(found.at).toBeGreaterThanOrEqual(healthy.length);
  expect(found.at).toBeLessThan(healthy.length + 200);
});

const known = { score: { normal: { mean: 10, deviation: 2 } } } as unknown as typeof model.info.manifest;

test('a level that is off by one deviation is found after 50 scores, and where it began is known', () => {
  const scores = [...Array.from({ length: 300 }, () => 10), ...Array.from({ length: 100 }, () => 12)];
  expect(firstDrift(scores, known)).toEqual({ at: 350, direction: 'up', since: 51 });
  expect(
    firstDrift(
      scores.map((score) => 20 - score),
      known,
    ),
  ).toEqual({ at: 350, direction: 'down', since: 51 });
});

test('single outliers are none, however large', () => {
  expect(
    firstDrift(
      Array.from({ length: 1000 }, (_, i) => (i % 20 === 0 ? 1e6 : 10)),
      known,
    ),
  ).toBeNull();
});

test('reset forgets', () => {
  const watch = new DriftWatch(known);
  for (let i = 0; i < 45; i++) watch.look(12);
  watch.reset();
  for (let i = 0; i < 45; i++) expect(watch.look(12)).toBeNull();
});

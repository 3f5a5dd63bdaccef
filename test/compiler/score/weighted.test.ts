import { describe, expect, test } from 'vitest';
import { compile } from '../../../compiler/compile.ts';
import { openSource, readNamed } from '../../../compiler/files.ts';
import { readWindows } from '../../../compiler/calibrate/samples.ts';
import { loadBytes } from '../../../runtime-js/model.ts';
import { rocCurve } from '../../../compiler/report/roc.ts';

const options = { model: openSource('examples/gearbox/model/model.json'), data: readNamed('examples/gearbox/normal.csv') };
const windowsOf = (file: string) => readWindows(readNamed(`examples/gearbox/${file}`), { size: 16, hop: null }).data;

describe('the gearbox, each feature by what is usual of it', async () => {
  const { artifact, manifest } = await compile({ ...options, score: 'weighted' });
  const model = await loadBytes(artifact, 'gearbox');

  test('normal windows score about 1', () => {
    expect(manifest.score.weights).toHaveLength(16);
    expect(manifest.accuracy.meanFloat).toBeGreaterThan(0.5);
    expect(manifest.accuracy.meanFloat).toBeLessThan(2);
    expect(manifest.accuracy.meanRelativeError).toBeLessThan(0.02);
    expect(model.verify().mismatches).toEqual([]);
  });

  test('errors are weighed too: their mean is the score', () => {
    const score = model.run(windowsOf('broken-test.csv').subarray(0, 16));
    expect(model.errors.reduce((sum, error) => sum + error, 0) / 16 / score).toBeCloseTo(1, 5);
  });

  test('the same bits on the scalar target', async () => {
    const scalar = await loadBytes((await compile({ ...options, score: 'weighted', target: 'scalar' })).artifact, 'scalar');
    const windows = windowsOf('healthy-test.csv');
    expect(scalar.runBatch(windows)).toEqual(model.runBatch(windows));
  });

  test('it tells healthy from broken', () => {
    const { auc } = rocCurve(model.runBatch(windowsOf('healthy-test.csv')), model.runBatch(windowsOf('broken-test.csv')));
    expect(auc).toBeGreaterThan(0.9);
  });
});

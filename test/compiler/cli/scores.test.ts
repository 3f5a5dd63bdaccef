import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { readNamed } from '../../../compiler/files.ts';
import { readWindows } from '../../../compiler/calibrate/samples.ts';
import { digits } from '../../../examples/digits/digits.ts';
import { sandglass } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandglass-scores-'));
const at = (name: string): string => join(folder, name);
const gearbox = 'examples/gearbox/model/model.json';

/** Raw samples of the gearbox in g, with a column that says whether it is broken. */
function csv(state: 'h' | 'b', samples: number): string {
  const { data } = readWindows(readNamed(`examples/gearbox/recordings/${state}30hz20.npy.gz`), { size: 4, hop: 1 });
  const rows = Array.from({ length: samples }, (_, i) => {
    const values = Array.from(data.subarray(4 * i, 4 * i + 4), (value) => (value * 0.002).toFixed(3));
    return `${values.join(',')},${state === 'b' ? 1 : 0}`;
  });
  return `a1,a2,a3,a4,broken\n${rows.join('\n')}\n`;
}

beforeAll(() => {
  writeFileSync(at('normal.csv'), csv('h', 12_000));
  writeFileSync(at('broken.csv'), csv('b', 3000));
});

describe.each(['mahalanobis', 'latent'] as const)('%s from raw samples', (score) => {
  const artifact = at(`${score}.wasm`);
  const config = {
    score,
    channels: ['a1', 'a2', 'a3', 'a4'],
    rateHz: 1000,
    window: 300,
    hop: 100,
    features: ['sum-abs', { kind: 'std', ddof: 1 }, 'max', { kind: 'kurtosis', bias: false }],
    threshold: 'conformal:0.05',
  };

  test('a config chooses it', () => {
    writeFileSync(at(`${score}.json`), JSON.stringify(config));
    const words = ['--data', at('normal.csv'), '--config', at(`${score}.json`), '-o', artifact, '--allow-poor-fit'];
    const { code, stdout, stderr } = sandglass('compile', gearbox, ...words);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain(`${score}, compared in normalised space`);
  });

  test('verify computes the float score from what the manifest says', () => {
    const { code, stdout } = sandglass('verify', artifact, '--model', gearbox, '--data', at('normal.csv'), '--json');
    const { mismatches, accuracy } = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(mismatches).toEqual([]);
    expect(accuracy.windows).toBe(118);
    expect(accuracy.meanRelativeError).toBeLessThan(0.02);
  });

  test('score --why names channels, evaluate and tune take it like any other', () => {
    const scored = sandglass('score', artifact, at('broken.csv'), '--why', '1');
    expect(scored.code).toBe(0);
    expect(scored.stdout.trim().split('\n')[1]).toMatch(/^0,\d+\.\d+,[01],a[1-4] \d+%/);
    const evaluated = sandglass('evaluate', artifact, at('normal.csv'), at('broken.csv'), '--label', 'broken', '--json');
    expect(JSON.parse(evaluated.stdout).aucRoc).toBeGreaterThan(0.5);
    const tuned = sandglass('tune', artifact, at('normal.csv'), at('broken.csv'), '--label', 'broken');
    expect(tuned.stdout).toContain('false alarms');
  });
});

test('ssim of images: verify knows its range', () => {
  const images = digits().slice(0, 60);
  const bytes = new Uint8Array(Float32Array.from(images.flatMap((image) => [...image])).buffer);
  writeFileSync(at('digits.f32'), bytes);
  const model = 'examples/digits/model/model.json';
  expect(sandglass('compile', model, '--data', at('digits.f32'), '--score', 'ssim', '-o', at('digits.wasm')).code).toBe(0);
  const { stdout } = sandglass('verify', at('digits.wasm'), '--model', model, '--data', at('digits.f32'), '--json');
  expect(JSON.parse(stdout).accuracy.meanRelativeError).toBeLessThan(0.02);
});

test('what was fitted to more than a manifest keeps cannot be recomputed, which is said', () => {
  const [model, clip] = ['test/models/ad01/ad01.h5', 'test/models/ad01/normal_id_01_00000000_hist_librosa.bin'];
  const words = ['--data', clip, '--hop', '128', '--score', 'latent', '--cut', 'dense_2', '-o', at('wide.wasm')];
  expect(sandglass('compile', model, ...words).code).toBe(0);
  const { code, stderr } = sandglass('verify', at('wide.wasm'), '--model', model, '--data', clip, '--hop', '128');
  expect(code).toBe(1);
  expect(stderr).toContain(
    "cannot be compared: the artifact's score (latent) was fitted to more numbers than its manifest can say",
  );
});

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { ad01Windows } from '../../data.ts';
import { chain, saved, trained } from '../read/layers-models.ts';
import { sandglass } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandglass-'));
const path = (name: string): string => join(folder, name);
const [steps, channels] = [7, 6];

/** Real log-mel values, one row of 6 per frame. */
const frames = ad01Windows().map((window) => Array.from({ length: channels }, (_, i) => window[20 * i]! / 20 + 1.5));

beforeAll(async () => {
  await tf.setBackend('cpu');
  const { layers } = tf;
  const model = chain(
    layers.lstm({ inputShape: [10, channels], units: 8, returnSequences: true }),
    layers.timeDistributed({ layer: layers.dense({ units: channels }) }),
  );
  const { json, weights } = await saved(trained(model));
  writeFileSync(path('model.json'), json);
  writeFileSync(path('weights.bin'), weights);
  writeFileSync(path('steps.csv'), frames.join('\n'));
  const sequences = Array.from({ length: frames.length / steps }, (_, i) => frames.slice(i * steps, (i + 1) * steps));
  writeFileSync(path('sequences.csv'), sequences.join('\n'));
  const words = ['compile', path('model.json'), '--data', path('steps.csv'), '--stateful', '--allow-poor-fit'];
  const { code, stdout } = sandglass(...words, '-o', path('step.wasm'));
  expect(code).toBe(0);
  expect(stdout).toContain('6 values per step of a sequence');
});

/** The scores of a file, one per step. */
function scoresOf(data: string): readonly string[] {
  const { code, stdout } = sandglass('score', path('step.wasm'), path(data));
  expect(code).toBe(0);
  return stdout.trim().split('\n').slice(1);
}

test('score goes on from row to row; a row of several steps begins a sequence of its own', () => {
  const [one, many] = [scoresOf('steps.csv'), scoresOf('sequences.csv')];
  expect(many).toHaveLength(one.length);
  expect(many.slice(0, steps)).toEqual(one.slice(0, steps));
  const differs = many.map((line, i) => line !== one[i]);
  expect(differs.indexOf(true)).toBe(steps);
});

test.each(['steps.csv', 'sequences.csv'])('verify compares the steps of %s with those of the float model', (data) => {
  const words = ['verify', path('step.wasm'), '--model', path('model.json'), '--data', path(data), '--json'];
  const { code, stdout } = sandglass(...words);
  expect(code).toBe(0);
  const { mismatches, accuracy } = JSON.parse(stdout);
  expect(mismatches).toEqual([]);
  expect(accuracy.windows).toBe(frames.length);
  expect(accuracy.correlation).toBeGreaterThan(0.999);
});

test('inspect says that it takes a step', () => {
  expect(sandglass('inspect', path('step.wasm')).stdout).toContain('6 values per step of a sequence');
});

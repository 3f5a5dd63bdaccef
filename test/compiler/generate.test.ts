import { describe, expect, test } from 'vitest';
import { compileGraph } from '../../compiler/compile.ts';
import { normalQuantiles } from '../../compiler/plan/normal.ts';
import { settle } from '../../compiler/options.ts';
import { loadBytes } from '../../runtime-js/model.ts';
import { ad01Windows } from '../data.ts';
import { Layers } from './layers-build.ts';

/** A variational autoencoder with seeded weights: 640 -> mean and log variance of 8 -> 640. */
async function variational(target: 'simd' | 'scalar', sampling = true) {
  const l = new Layers(21);
  const x = l.builder.input('x', [1, 640]);
  const hidden = l.apply(l.dense(x, 32), 'relu');
  const mean = l.dense(hidden, 8);
  const code = sampling ? l.builder.node({ kind: 'sample' }, 'sampling', [mean, l.dense(hidden, 8)]) : mean;
  const windows = ad01Windows().slice(0, 40);
  const data = Float32Array.from(windows.flatMap((window) => [...window].map((value) => value / 40)));
  const model = { name: 'vae.h5', bytes: new Uint8Array(1), sibling: () => Promise.reject(new Error('none')) };
  const settled = settle({
    model,
    data: { name: 'frames', data, count: 40, size: 640, columns: null },
    target,
    allowPoorFit: true,
  });
  const { artifact } = await compileGraph(l.finish(l.apply(l.dense(code, 32), 'relu'), 640), 'generated', settled);
  return loadBytes(artifact, 'vae');
}

describe('a variational autoencoder', () => {
  test('scores with the mean: the log variance is not even computed', async () => {
    const { info } = await variational('simd');
    expect(info.manifest.layers.filter((layer) => layer.startsWith('dense'))).toHaveLength(4);
    expect(info.manifest.latent).toBe(8);
  });

  test('generates the same window for the same seed on both targets, another one for another seed', async () => {
    const [simd, scalar] = [await variational('simd'), await variational('scalar')];
    expect(simd.generate(7)).toEqual(scalar.generate(7));
    expect(simd.generate(7)).toEqual(simd.generate(7));
    expect(simd.generate(7)).not.toEqual(simd.generate(8));
    expect(() => simd.generate(0.5)).toThrow('vae: a seed is a whole number, found 0.5');
  });

  test('any other model cannot generate, and says so', async () => {
    const plain = await variational('simd', false);
    expect(() => plain.generate(7)).toThrow('vae: cannot generate: its model is no variational autoencoder');
  });
});

test('the quantiles are those of the normal distribution', () => {
  const table = normalQuantiles();
  // https://www.itl.nist.gov/div898/handbook/eda/section3/eda3671.htm: P(X < 0.67449) = 0.75, P(X < 1.15035) = 0.875.
  expect(table[0]).toBe(0);
  expect(table[256]).toBeCloseTo(0.67449, 5);
  expect(table[384]).toBeCloseTo(1.15035, 5);
  expect(table[512]).toBeCloseTo(3.29, 1);
});

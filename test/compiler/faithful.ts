import { expect } from 'vitest';
import { compileGraph } from '../../compiler/compile.ts';
import { settle } from '../../compiler/options.ts';
import { evaluate, type FloatGraph } from '../../compiler/ops/float-graph.ts';
import { loadBytes, type Model } from '../../runtime-js/model.ts';
import { ad01Windows } from '../data.ts';

/** Real log-mel frames as small images of height 5 and width 32, of about one. */
export const [height, width] = [5, 32];
export const size = height * width;
export const windows = ad01Windows()
  .slice(0, 60)
  .map((window) =>
    Float32Array.from({ length: size }, (_, i) => window[Math.floor(i / width) * 128 + 3 * (i % width)]! / 20 + 1.5),
  );

type Compiled = readonly [
  graph: FloatGraph,
  target: 'simd' | 'scalar',
  activations: 'int8' | 'int16',
  observer?: 'minmax' | 'percentile',
];

export const compiled = async (...how: Compiled): Promise<Model> => loadBytes(await artifactOf(...how), 'generated');

export async function artifactOf(...[graph, target, activations, observer = 'minmax']: Compiled): Promise<Uint8Array> {
  const model = { name: 'generated.h5', bytes: new Uint8Array(1), sibling: () => Promise.reject(new Error('none')) };
  const data = Float32Array.from(windows.flatMap((window) => [...window]));
  const settled = settle({
    model,
    data: { name: 'frames', data, count: windows.length, size, columns: null },
    target,
    activations,
    // As precise as its activations: one build, without a search.
    weights: activations,
    observer,
    allowPoorFit: true,
    batch: 2,
  });
  return (await compileGraph(graph, 'generated', settled)).artifact;
}

/** Signal to noise of the reconstruction against the float model's, in dB. */
export function fidelity(graph: FloatGraph, model: Model): number {
  const { shape } = graph.values.get(graph.inputs[0]!)!.type;
  let [signal, noise] = [0, 0];
  for (const data of windows.slice(0, 10)) {
    const exact = evaluate(graph, [{ shape, data }]).get(graph.outputs[0]!)!.data;
    model.run(data);
    exact.forEach((value, i) => {
      signal += value ** 2;
      noise += (value - model.reconstruction[i]!) ** 2;
    });
  }
  return 10 * Math.log10(signal / noise);
}

/** Both targets give the same bits; int16 activations (14 bits: 86 dB of headroom) are true to the float model. */
export async function expectFaithful(graph: FloatGraph, decibels: number): Promise<void> {
  const wide = await compiled(graph, 'simd', 'int16');
  expect(fidelity(graph, wide)).toBeGreaterThan(decibels);
  const [simd, scalar] = [await compiled(graph, 'simd', 'int8'), await compiled(graph, 'scalar', 'int8')];
  for (const window of windows.slice(0, 5)) expect(simd.run(window)).toBe(scalar.run(window));
  expect(simd.reconstruction).toEqual(scalar.reconstruction);
}

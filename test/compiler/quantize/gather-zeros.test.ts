import { beforeAll, describe, expect, test } from 'vitest';
import { calibrate } from '../../../compiler/calibrate/run.ts';
import { openSource } from '../../../compiler/files.ts';
import { interpret } from '../../../compiler/kernels/interpret.ts';
import type { Calibrated } from '../../../compiler/ops/calibrated.ts';
import { evaluate } from '../../../compiler/ops/float-graph.ts';
import { gatherZeros } from '../../../compiler/quantize/gather-zeros.ts';
import { quantize } from '../../../compiler/quantize/index.ts';
import { readModel } from '../../../compiler/read/index.ts';
import { simplify } from '../../../compiler/simplify/index.ts';
import { ad01Windows } from '../../data.ts';

const windows = ad01Windows();
let calibrated: Calibrated;

beforeAll(async () => {
  const { graph } = simplify((await readModel(openSource('test/models/ad01/ad01.h5'))).graph);
  const data = new Float32Array(windows.flatMap((window) => [...window]));
  const all = { name: 'clip', data, count: windows.length, size: 640, columns: null };
  calibrated = calibrate(
    graph,
    all,
    { observes: () => true, names: ['minmax'], percent: 100 },
    () => {},
    () => {},
    null,
  );
});

describe('sorting the units of each ReLU', () => {
  test('changes no bit of the reconstruction', () => {
    const options = { scaling: null, activations: 'int8', rounding: 'float' } as const;
    const sorted = quantize(calibrated, options, 'ad01');
    const plain = quantize({ ...calibrated, activity: new Map() }, options, 'ad01');
    for (const window of windows.slice(0, 10)) {
      const [a, b] = [sorted, plain].map(({ graph, reconstruction }) => interpret(graph, window).get(reconstruction));
      expect(a).toEqual(b);
    }
  });

  test('puts pairs of zeros together: nearly twice as many on the recorded clip', () => {
    expect(pairs(gatherZeros(calibrated, null).ordered.graph)).toBeGreaterThan(1.6 * pairs(calibrated.graph));
  });

  test('leaves the latent code as the model has it', () => {
    const [before, after] = [latent(calibrated.graph), latent(gatherZeros(calibrated, null).ordered.graph)];
    expect(after).toHaveLength(8);
    after.forEach((value, i) => expect(value).toBeCloseTo(before[i]!, 3));
  });
});

/** Pairs of neighbouring zeros in the hidden values of the first window. */
const pairs = (graph: Calibrated['graph']): number => {
  const values = evaluate(graph, [{ shape: [1, 640], data: windows[0]! }]);
  const hidden = graph.nodes.map(({ output }) => values.get(output)!.data).filter((data) => data.length === 128);
  return hidden.reduce((sum, data) => sum + data.filter((value, i) => i % 2 === 0 && value === 0 && data[i + 1] === 0).length, 0);
};

/** The latent code of the first window, in float. */
const latent = (graph: Calibrated['graph']): Float32Array => {
  const narrow = graph.nodes.find(({ name }) => name === 'dense_4')!;
  return evaluate(graph, [{ shape: [1, 640], data: windows[0]! }]).get(narrow.output)!.data;
};

import { expect, test } from 'vitest';
import { evaluate, type FloatGraph } from '../../../compiler/ops/float-graph.ts';
import { joinModels } from '../../../compiler/read/join.ts';
import { ad01Windows } from '../../data.ts';
import { Layers } from '../layers-build.ts';

const window = ad01Windows()[0]!;

function dense(seed: number, from: readonly number[], to: readonly number[]): FloatGraph {
  const l = new Layers(seed);
  const x = l.builder.input('x', from);
  const flat = l.reshape(x, [1, from.reduce((a, b) => a * b, 1)]);
  return l.builder.finish([
    l.reshape(
      l.dense(
        flat,
        to.reduce((a, b) => a * b, 1),
      ),
      to,
    ),
  ]);
}

const run = (graph: FloatGraph, shape: readonly number[], data: Float32Array): Float32Array =>
  evaluate(graph, [{ shape, data }]).get(graph.outputs[0]!)!.data;

test.each([
  ['the same shape', [1, 8], [1, 8]],
  ['another shape of as many values', [1, 8], [1, 2, 2, 2]],
] as const)('encoder and decoder, joined at %s, give what they give one after the other', (_, code, taken) => {
  const [encoder, decoder] = [dense(3, [1, 640], code), dense(5, taken, [1, 640])];
  const joined = joinModels({ name: 'e.onnx', graph: encoder }, { name: 'd.onnx', graph: decoder });
  const apart = run(decoder, taken, run(encoder, [1, 640], window));
  expect(run(joined, [1, 640], window)).toEqual(apart);
});

test('a decoder of another latent code is refused', () => {
  const parts = [dense(3, [1, 640], [1, 8]), dense(5, [1, 4], [1, 640])] as const;
  expect(() => joinModels({ name: 'e.onnx', graph: parts[0] }, { name: 'd.onnx', graph: parts[1] })).toThrow(
    'e.onnx, d.onnx: the encoder gives [1 x 8]; the decoder takes [1 x 4]\n' +
      '  Give the encoder and the decoder of the same autoencoder: --encoder e.onnx --decoder d.onnx.',
  );
});

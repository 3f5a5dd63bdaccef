import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { difference, from, functional, graphOf, run, tensor, weight, type LayerConfig } from './keras-config.ts';

beforeAll(() => tf.setBackend('cpu'));

const keras3 = 'keras.src.ops.numpy';

const slice = (start: number | null, stop: number | null, step: number | null = null): object => ({
  class_name: '__slice__',
  config: { start, stop, step },
});
const tuple = (...items: readonly unknown[]): object => ({ class_name: '__tuple__', items });

/** Operators of Keras 3 between layers: x * 2 + tanh(x) and its like. */
describe('operators of the functional API', () => {
  test.each<[title: string, layers: Readonly<Record<string, LayerConfig>>, meaning: (x: tf.Tensor) => tf.Tensor]>([
    ['x + 2', { y: { kind: 'Add', module: keras3, args: [from('x'), 2] } }, (x) => x.add(2)],
    ['2 - x', { y: { kind: 'Subtract', module: keras3, args: [2, from('x')] } }, (x) => tf.scalar(2).sub(x)],
    [
      'x / y',
      { a: { kind: 'Exp', module: keras3 }, y: { kind: 'Divide', module: keras3, args: [from('x'), from('a')] } },
      (x) => x.div(x.exp()),
    ],
    ['mean over an axis', { y: { kind: 'Mean', module: keras3, config: { axis: 1, keepdims: false } } }, (x) => x.mean(1)],
    ['transpose', { y: { kind: 'Transpose', module: keras3, config: { axes: [0, 2, 1] } } }, (x) => x.transpose([0, 2, 1])],
  ])('%s', (_, layers, meaning) => {
    const { x, y } = run(graphOf(functional([3, 4], layers)));
    expect(difference(y, meaning(tensor(x)))).toBeLessThan(1e-5);
  });

  test.each<[title: string, key: object, meaning: (x: tf.Tensor) => tf.Tensor]>([
    ['x[:, -1]', tuple(slice(null, null), -1), (x) => x.slice([0, 2, 0], [1, 1, 4]).reshape([1, 4])],
    [
      'x[:, 1:, ::2]',
      tuple(slice(null, null), slice(1, null), slice(null, null, 2)),
      (x) => x.stridedSlice([0, 1, 0], [1, 3, 4], [1, 1, 2]),
    ],
    ['x[..., 0]', tuple({ class_name: '__ellipsis__', config: {} }, 0), (x) => x.slice([0, 0, 0], [1, 3, 1]).reshape([1, 3])],
    ['x[:, None]', tuple(slice(null, null), null), (x) => x.expandDims(1)],
  ])('%s', (_, key, meaning) => {
    const { x, y } = run(graphOf(functional([3, 4], { y: { kind: 'GetItem', module: keras3, args: [from('x'), key] } })));
    expect(difference(y, meaning(tensor(x)))).toBe(0);
  });

  test('of TensorFlow, as Keras 2 writes them', () => {
    const model = {
      class_name: 'Functional',
      config: {
        layers: [
          { class_name: 'InputLayer', name: 'x', config: { batch_input_shape: [null, 4] }, inbound_nodes: [] },
          {
            class_name: 'TFOpLambda',
            name: 'twice',
            config: { function: 'math.multiply' },
            inbound_nodes: [['x', 0, 0, { y: 2, name: null }]],
          },
          {
            class_name: 'TFOpLambda',
            name: 'y',
            config: { function: '__operators__.add' },
            inbound_nodes: [['x', 0, 0, { y: ['twice', 0, 0], name: null }]],
          },
        ],
        input_layers: [['x', 0, 0]],
        output_layers: [['y', 0, 0]],
      },
    };
    const { x, y } = run(graphOf(model, {}, 2));
    expect(difference(y, tensor(x).mul(3))).toBeLessThan(1e-6);
  });
});

test('a variational autoencoder scores with the mean, and what only its loss reads is left out', () => {
  const model = functional([4], {
    mean: { kind: 'Dense', config: { units: 2 } },
    log_var: { kind: 'Dense', config: { units: 2 } },
    z: { kind: 'Sampling', module: 'builtins', args: [[from('mean'), from('log_var')]] },
    loss: { kind: 'KLDivergenceLayer', args: [[from('mean'), from('log_var')]] },
    decoded: { kind: 'Dense', config: { units: 4 }, args: [from('z')] },
  });
  const weights = Object.fromEntries(
    [
      ['mean', 4, 2],
      ['log_var', 4, 2],
      ['decoded', 2, 4],
    ].flatMap(([name, inputs, outputs]) => [
      [`${name}/kernel`, weight(`${name}k`, [Number(inputs), Number(outputs)])],
      [`${name}/bias`, weight(`${name}b`, [Number(outputs)])],
    ]),
  );
  const graph = graphOf(model, weights);
  const { x, y } = run(graph);
  const dense = (input: tf.Tensor, name: string): tf.Tensor =>
    input.matMul(tensor(weights[`${name}/kernel`]!)).add(tensor(weights[`${name}/bias`]!));
  expect(difference(y, dense(dense(tensor(x), 'mean'), 'decoded'))).toBeLessThan(1e-6);
  expect(graph.nodes.map(({ op }) => op.kind)).toContain('sample');
});

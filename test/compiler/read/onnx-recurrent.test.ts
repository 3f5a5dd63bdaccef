import { describe, expect, test } from 'vitest';
import { readOnnx } from '../../../compiler/read/onnx/read.ts';
import { buildOnnx, int64s, type OnnxNodeParts, type OnnxParts } from './onnx-build.ts';
import { distanceFromOrt, text, weights, type Case } from './onnx-run.ts';

type Attributes = NonNullable<OnnxNodeParts['attributes']>;
const [hidden, depth] = [3, 4];

/** x [1 x 5 x 4] -> a recurrent layer; y holds its sequence, last hidden state and, of an LSTM, last cell state. */
function layer(op: string, attributes: Attributes = {}, optional: readonly ('h' | 'c' | 'p')[] = [], directions = 1): OnnxParts {
  const gates = { LSTM: 4, GRU: 3, RNN: 1 }[op]!;
  const given = (name: 'h' | 'c' | 'p'): string => (optional.includes(name) ? name : '');
  const states = op === 'LSTM' ? ['last', 'cell'] : ['last'];
  return {
    nodes: [
      { op: 'Transpose', inputs: ['x'], output: 't', attributes: { perm: [1, 0, 2] } },
      {
        op,
        inputs: ['t', 'w', 'r', 'b', '', given('h'), ...(op === 'LSTM' ? [given('c'), given('p')] : [])],
        output: ['sequence', ...states],
        attributes: { hidden_size: hidden, ...attributes },
      },
      ...states.map((name) => ({ op: 'Unsqueeze', inputs: [name, 'zero'], output: `${name}4` })),
      { op: 'Concat', inputs: ['sequence', ...states.map((name) => `${name}4`)], output: 'y', attributes: { axis: 0 } },
    ],
    initializers: [
      weights('w', [directions, gates * hidden, depth]),
      weights('r', [directions, gates * hidden, hidden], 0.31),
      weights('b', [directions, 2 * gates * hidden], 0.21),
      weights('h', [directions, 1, hidden], 0.9),
      weights('c', [directions, 1, hidden], 0.7),
      weights('p', [directions, 3 * hidden], 0.8),
      int64s('zero', [0]),
    ].filter(({ name }) => !/^[hcp]$/.test(name) || optional.some((wanted) => wanted === name)),
    opset: 14,
  };
}

const reverse = { direction: text('reverse') };
const both = { direction: text('bidirectional') };
const others = {
  activations: { texts: ['HardSigmoid', 'Relu', 'Softsign'] },
  activation_alpha: { floats: [0.3] },
  activation_beta: { floats: [0.4] },
};

const layers = (
  [
    ['LSTM', layer('LSTM')],
    ['LSTM in reverse, with first states and peepholes', layer('LSTM', reverse, ['h', 'c', 'p'])],
    ['LSTM in both directions', layer('LSTM', both, ['h', 'c'], 2)],
    ['LSTM with other activations', layer('LSTM', others)],
    ['GRU', layer('GRU')],
    ['GRU whose reset comes after', layer('GRU', { linear_before_reset: 1 }, ['h'])],
    ['GRU in both directions', layer('GRU', both, [], 2)],
    ['RNN', layer('RNN')],
    ['RNN with Relu in reverse', layer('RNN', { ...reverse, activations: { texts: ['Relu'] } })],
  ] as const
).map(([title, parts]): Case => [title, parts, [1, 5, depth]]);

/** nn.LSTM as it is without batch_first: it reads the input itself, whose first extent are then the steps. */
const [, lstm, ...rest] = layer('LSTM').nodes;
const stepsFirst: OnnxParts = { ...layer('LSTM'), nodes: [{ ...lstm!, inputs: ['x', ...lstm!.inputs.slice(1)] }, ...rest] };

test('a layer that reads [steps x batch x values] keeps its steps', async () => {
  expect(await distanceFromOrt(stepsFirst, [5, 1, depth])).toBeLessThan(1e-5);
});

test('its steps must be fixed', async () => {
  const bytes = buildOnnx({ ...stepsFirst, inputs: { x: ['steps', 1, depth] } });
  await expect(readOnnx({ name: 'lstm.onnx', bytes, sibling: () => Promise.reject(new Error('none')) })).rejects.toThrow(
    'lstm.onnx, input "x": has shape [? x 1 x 4]; only the second extent, the batch, may be open',
  );
});

describe.each(Object.entries({ layers }))('%s mean what they mean to onnxruntime-web, to 1e-5', (_, cases) => {
  test.each(cases)('%s', async (_title, parts, shape) => {
    expect(await distanceFromOrt(parts, shape)).toBeLessThan(1e-5);
  });
});

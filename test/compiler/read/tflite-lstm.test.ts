import { expect, test } from 'vitest';
import { relativeDifference } from '../../data.ts';
import { floats, type OnnxParts } from './onnx-build.ts';
import { runOrt } from './onnx-run.ts';
import { buildTflite, type TensorParts, type TfliteParts } from './tflite-build.ts';
import { inputsOf, optionTypes, ours, series, whole } from './tflite-compare.ts';

const [hidden, depth, steps] = [6, 5, 4];
const gates = ['input', 'forget', 'cell', 'output'] as const;
type Gate = (typeof gates)[number];

/** Weights of one gate: w of the input, u of the recurrence, b bias, p peephole. */
const shapes = { w: [hidden, depth], u: [hidden, hidden], b: [hidden], p: [hidden] } as const;
type Letter = keyof typeof shapes;

const valuesOf = (letter: Letter, gate: Gate): Float32Array => {
  const size = shapes[letter].reduce<number>((product, extent) => product * extent, 1);
  const step = 0.37 + 0.11 * gates.indexOf(gate) + 0.05 * Object.keys(shapes).indexOf(letter);
  return series(size, step).map((value) => value * 0.6);
};

const all = (letter: Letter): string[] => gates.map((gate) => `${letter} ${gate}`);

function tflite(timeMajor: boolean, peepholes: boolean): TfliteParts {
  const trained = Object.keys(shapes).flatMap((letter) =>
    gates.map((gate): [string, TensorParts] => {
      const known = letter as Letter;
      return [`${letter} ${gate}`, { shape: shapes[known], data: valuesOf(known, gate) }];
    }),
  );
  const state = { shape: [1, hidden], isVariable: true };
  const peep = peepholes ? ['p input', 'p forget', 'p output'] : ['', '', ''];
  const [from, to] = timeMajor ? ['t', 's'] : ['x', 'y'];
  const layer = {
    code: 44,
    inputs: [from!, ...all('w'), ...all('u'), ...peep, ...all('b'), '', '', 'h', 'c', '', '', '', ''],
    output: to!,
    // TANH, which is what Keras means by an LSTM; time_major.
    options: {
      type: optionTypes.lstm,
      fields: [
        ['int8', 0, 4],
        ['int8', 3, timeMajor ? 1 : 0],
      ] as const,
    },
  };
  return {
    tensors: {
      x: { shape: [1, steps, depth] },
      ...Object.fromEntries(trained),
      h: state,
      c: state,
      order: whole(1, 0, 2),
      t: { shape: [steps, 1, depth] },
      s: { shape: [steps, 1, hidden] },
      y: { shape: [1, steps, hidden] },
    },
    operators: timeMajor
      ? [{ code: 39, inputs: ['x', 'order'], output: 't' }, layer, { code: 39, inputs: ['s', 'order'], output: 'y' }]
      : [layer],
  };
}

const joined = (letter: Letter, order: readonly Gate[]): number[] => order.flatMap((gate) => [...valuesOf(letter, gate)]);

/** The same layer in ONNX, whose gates stand in the order input, output, forget, cell. */
function onnx(peepholes: boolean): OnnxParts {
  const order = ['input', 'output', 'forget', 'cell'] as const;
  return {
    nodes: [
      { op: 'Transpose', inputs: ['x'], output: 't', attributes: { perm: [1, 0, 2] } },
      {
        op: 'LSTM',
        inputs: ['t', 'w', 'u', 'b', '', '', '', peepholes ? 'p' : ''],
        output: ['s'],
        attributes: { hidden_size: hidden },
      },
      // [steps x directions x n x hidden]
      { op: 'Transpose', inputs: ['s'], output: 'y', attributes: { perm: [2, 1, 0, 3] } },
    ],
    initializers: [
      floats('w', [1, 4 * hidden, depth], joined('w', order)),
      floats('u', [1, 4 * hidden, hidden], joined('u', order)),
      floats('b', [1, 8 * hidden], [...joined('b', order), ...Array.from({ length: 4 * hidden }, () => 0)]),
      ...(peepholes ? [floats('p', [1, 3 * hidden], joined('p', ['input', 'output', 'forget']))] : []),
    ],
    opset: 14,
  };
}

// LiteRT.js does not load models with variable tensors, which the states of an LSTM are.
test.each([
  ['batch first', false, false],
  ['time first', true, false],
  ['with peepholes', false, true],
])(
  'UNIDIRECTIONAL_SEQUENCE_LSTM [4 x 5 -> 6] %s means what it means to onnxruntime-web, to 1e-5',
  async (_, timeMajor, peepholes) => {
    const inputs = inputsOf(steps * depth);
    const found = await ours(buildTflite(tflite(timeMajor, peepholes)), inputs);
    const expected = (await runOrt(onnx(peepholes), inputs, [1, steps, depth])).map(({ data }) => data);
    expect(relativeDifference(found, expected)).toBeLessThan(1e-5);
  },
);

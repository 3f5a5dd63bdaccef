import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../compiler/error.ts';
import { openSource } from '../../../compiler/files.ts';
import { readOnnx } from '../../../compiler/read/onnx/read.ts';
import { missing, sharedData } from '../../data.ts';
import { buildOnnx, floats, int64s, scalar64, type OnnxNodeParts, type OnnxParts } from './onnx-build.ts';

/** What the reader says about a model: the InputError's place and fact, or the error itself if it is another. */
async function complaint(read: () => Promise<unknown>): Promise<string> {
  try {
    await read();
  } catch (error) {
    if (error instanceof InputError) return `${error.where}: ${error.what}`;
    throw error;
  }
  return 'it was read';
}

const file = (path: string): Promise<string> => complaint(() => readOnnx({ ...openSource(path), name: 'model.onnx' }));
const built = (parts: OnnxParts): Promise<string> =>
  complaint(() =>
    readOnnx({ name: 'model.onnx', bytes: buildOnnx(parts), sibling: () => Promise.reject(new Error('no neighbours')) }),
  );
const one = (
  node: Partial<OnnxNodeParts> & { readonly op: string },
  initializers: OnnxParts['initializers'] = [],
): Promise<string> => built({ nodes: [{ inputs: ['x'], output: 'y', name: 'n', ...node }], initializers });

describe('a model of another kind is refused with its node and all its operators', () => {
  describe.each([
    [
      'hls4ml/bnn_model_fc_1layer.onnx',
      'node "/linear/input_quant/export_handler/BipolarQuant" (BipolarQuant): operator BipolarQuant of domain onnx.brevitas is not supported (nor Quant of domain onnx.brevitas)',
    ],
  ])('%s', (path, expected) => {
    test.skipIf(missing(path) !== null)('is refused', async () => {
      expect(await file(join(sharedData, path))).toBe(`model.onnx, ${expected}`);
    });
  });

  test.each([
    ['Quant', 'qonnx.custom_op.general', 'QONNX is not ONNX: export the float model'],
    ['If', '', 'Export the model without control flow'],
    ['FusedConv', 'com.microsoft', 'Export the model again without the optimizer'],
    ['Anything', 'my.domain', 'Operators of other domains than that of ONNX itself are unknown here'],
    ['TopK', '', 'Export the model for inference and with plain layers'],
  ])('%s of domain "%s": the hint says what to do', async (op, domain, hint) => {
    const bytes = buildOnnx({ nodes: [{ op, domain, inputs: ['x'], output: 'y' }] });
    const read = readOnnx({ name: 'model.onnx', bytes, sibling: () => Promise.reject(new Error('no neighbours')) });
    await expect(read).rejects.toThrow(new RegExp(`operator ${op} .*is not supported\\n  ${hint}`));
  });
});

describe('what an operator cannot say is refused with its node', () => {
  const w = floats(
    'w',
    [16, 5],
    Array.from({ length: 80 }, () => 1),
  );

  test.each<
    [
      title: string,
      node: Partial<OnnxNodeParts> & { readonly op: string },
      initializers: NonNullable<OnnxParts['initializers']>,
      what: string,
    ]
  >([
    [
      'Gemm with C for another width',
      { op: 'Gemm', inputs: ['x', 'w', 'c'] },
      [w, floats('c', [3], [1, 2, 3])],
      'C of 3 values for 5 outputs is not supported',
    ],
    [
      'Gemm by a vector',
      { op: 'Gemm', inputs: ['x', 'v'] },
      [
        floats(
          'v',
          [16],
          Array.from({ length: 16 }, () => 1),
        ),
      ],
      'B on [16] is not supported',
    ],
    [
      'Conv by computed weights',
      { op: 'Conv', inputs: ['x', 'x'] },
      [],
      'its input 1 ("x") is computed by the model; it must be a constant',
    ],
    [
      'Gather at computed indices',
      { op: 'Gather', inputs: ['x', 'x'] },
      [],
      'its input 1 ("x") is computed by the model; it must be a constant',
    ],
    [
      'Where by a computed condition',
      { op: 'Where', inputs: ['x', 'x', 'x'] },
      [],
      'its input 0 ("x") is computed by the model; it must be a constant',
    ],
    [
      'Dropout in training',
      { op: 'Dropout', inputs: ['x', '', 't'] },
      [{ name: 't', dims: [], type: 9, raw: new Uint8Array([1]) }],
      'training_mode with ratio 0.5 is not supported',
    ],
    ['Softmax over an axis that is not there', { op: 'Softmax', attributes: { axis: 2 } }, [], 'axis 2 is not one of 2'],
    [
      'arithmetic with whole numbers beyond f32',
      { op: 'Add', inputs: ['x', 'big'] },
      [scalar64('big', 2 ** 24 + 1)],
      'computes with the whole number 16777217 of "big"; those beyond 2^24 are not exact in f32',
    ],
    [
      'a Gather outside of its values',
      { op: 'Gather', inputs: ['x', 'at'], attributes: { axis: 1 } },
      [int64s('at', [3, 16])],
      'index 16 is outside of 16 values',
    ],
    ['Resize without a size', { op: 'Resize', inputs: ['x'] }, [], 'scales [] with sizes [] for 2 axes is not supported'],
    ['a value that nothing defines', { op: 'Relu', inputs: ['z'] }, [], 'reads "z", which nothing before it defines'],
  ])('%s', async (_, node, initializers, what) => {
    expect(await one(node, initializers)).toBe(`model.onnx, node "n" (${node.op}): ${what}`);
  });

  test('a Reshape to another size', async () => {
    expect(await one({ op: 'Reshape', inputs: ['x', 'shape'] }, [int64s('shape', [3, 5])])).toBe(
      'model.onnx, node "n" (reshape): cannot reshape [1 x 16] (16 values) to [3 x 5] (15 values)',
    );
  });
});

describe('inputs and outputs that an autoencoder has not are refused by name', () => {
  const relu = [{ op: 'Relu', inputs: ['x'], output: 'y' }];

  test.each<[title: string, parts: OnnxParts, expected: string]>([
    [
      'two inputs',
      { nodes: relu, inputs: { x: ['N', 16], state: ['N', 4] } },
      'model.onnx: has 2 inputs (x, state); an autoencoder has one',
    ],
    [
      'two outputs',
      { nodes: [...relu, { op: 'Relu', inputs: ['x'], output: 'z' }], outputs: ['y', 'z'] },
      'model.onnx: has 2 outputs (y [1 x 16], z [1 x 16]); which one is meant is not clear',
    ],
    [
      'an open window',
      { nodes: relu, inputs: { x: ['N', 'T', 16] } },
      'model.onnx, input "x": has shape [? x ? x 16]; only the first extent, the batch, may be open',
    ],
    [
      'no batch axis',
      { nodes: relu, inputs: { x: [16] } },
      'model.onnx, input "x": has shape [16]; expected a batch axis and the values, such as [1 x 640]',
    ],
    [
      'integers as input',
      { nodes: relu, type: 2 },
      'model.onnx, input "x": holds uint8; expected float32, float64, float16, bfloat16',
    ],
    [
      'text as input',
      { nodes: relu, type: 8 },
      expect.stringContaining('model.onnx, input "x": has data type 8; supported are float32'),
    ],
    [
      'integers as output',
      { nodes: [{ op: 'Cast', inputs: ['x'], output: 'y', attributes: { to: 3 } }] },
      'model.onnx, output "y": holds int8; expected float32, float64, float16, bfloat16',
    ],
    ['no nodes', { nodes: [] }, 'model.onnx: holds no graph'],
    ['an output that no node defines', { nodes: relu, outputs: ['z'] }, 'model.onnx: its output "z" is defined by no node'],
  ])('%s', async (_, parts, expected) => {
    expect(await built(parts)).toEqual(expected);
  });
});

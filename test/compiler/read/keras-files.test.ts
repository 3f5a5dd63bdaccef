import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { File, Group, ready } from 'h5wasm';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../../compiler/error.ts';
import type { Tensor } from '../../../compiler/ir/tensor.ts';
import type { FloatGraph } from '../../../compiler/ops/float-graph.ts';
import { readModel } from '../../../compiler/read/index.ts';
import { missing, relativeDifference, sharedData } from '../../data.ts';
import { floatReference } from './float.ts';
import { from, functional, graphOf, run, weight } from './keras-config.ts';
import { numbers } from './layers-models.ts';

/** A HDF5 file of weights by path, with the names of layers that Keras notes beside theirs. */
async function hdf5(weights: Readonly<Record<string, Tensor>>, names: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const { FS } = await ready;
  const file = new File('built.h5', 'w');
  for (const [path, { shape, data }] of Object.entries(weights)) {
    const parts = path.split('/');
    parts.slice(0, -1).forEach((_, i) => {
      const group = parts.slice(0, i + 1).join('/');
      if (file.get(group) === null) file.create_group(group);
    });
    file.create_dataset({ name: path, data, shape: [...shape] });
  }
  for (const [path, name] of Object.entries(names)) {
    const group = file.get(path);
    if (group instanceof Group) group.create_attribute('name', name);
  }
  file.close();
  return FS.readFile('built.h5');
}

interface Archive {
  readonly model: object;
  readonly weights: Readonly<Record<string, Tensor>>;
  readonly names?: Readonly<Record<string, string>>;
}

/** Reads a .keras archive that was built of its parts. */
async function readArchive({ model, weights, names }: Archive): Promise<FloatGraph> {
  const bytes = zipSync({
    'config.json': strToU8(JSON.stringify(model)),
    'metadata.json': strToU8('{ "keras_version": "3.5.0" }'),
    'model.weights.h5': await hdf5(weights, names ?? {}),
  });
  return (await readBytes('model.keras', bytes)).graph;
}

const readBytes = (name: string, bytes: Uint8Array): ReturnType<typeof readModel> =>
  readModel({ name, bytes, sibling: () => Promise.reject(new Error('no neighbours')) });

/** The same model read with its weights by path, which other tests compare with TensorFlow.js. */
const same = (a: FloatGraph, b: FloatGraph): boolean => {
  const [first, second] = [run(a).y.data, run(b).y.data];
  return first.length > 0 && first.every((value, i) => value === second[i]);
};

describe('weights of a .keras archive', () => {
  const kernels = [weight('a', [4, 4]), weight('b', [4, 4]), weight('c', [4, 4])];
  const dense = { kind: 'Dense', config: { units: 4, use_bias: false } };
  const three = functional([4], {
    first: dense,
    added: { kind: 'Add', module: 'keras.src.ops.numpy', args: [from('first'), 1] },
    second: { ...dense, args: [from('added')] },
    third: { ...dense, args: [from('second')] },
  });
  const expected = graphOf(three, { 'first/kernel': kernels[0]!, 'second/kernel': kernels[1]!, 'third/kernel': kernels[2]! });

  test('by class and rank, as Keras names their groups', async () => {
    const weights = Object.fromEntries(['dense', 'dense_1', 'dense_2'].map((key, i) => [`layers/${key}/vars/0`, kernels[i]!]));
    expect(same(await readArchive({ model: three, weights }), expected)).toBe(true);
  });

  test('by the name beside them, where Keras notes it', async () => {
    const weights = Object.fromEntries(['dense_2', 'dense', 'dense_1'].map((key, i) => [`layers/${key}/vars/0`, kernels[i]!]));
    const names = { 'layers/dense_2/vars': 'first', 'layers/dense/vars': 'second', 'layers/dense_1/vars': 'third' };
    expect(same(await readArchive({ model: three, weights, names }), expected)).toBe(true);
  });

  test('counted twice, as Keras 2.12 wrote them', async () => {
    const weights = Object.fromEntries(
      ['dense', 'dense_2', 'dense_4'].map((key, i) => [`_layer_checkpoint_dependencies/${key}/vars/0`, kernels[i]!]),
    );
    expect(same(await readArchive({ model: three, weights }), expected)).toBe(true);
  });

  test('of a model inside of a model, and of layers inside of layers', async () => {
    const inner = functional([5, 3], {
      both: {
        kind: 'Bidirectional',
        config: {
          merge_mode: 'concat',
          layer: { class_name: 'LSTM', config: { name: 'lstm', units: 2, return_sequences: true } },
        },
      },
      look: { kind: 'MultiHeadAttention', config: { num_heads: 1, key_dim: 2 }, args: [from('both'), from('both')] },
    }) as { config: object };
    const outer = functional([5, 3], {
      encoder: { kind: 'Functional', config: inner.config as Record<string, unknown> },
      each: {
        kind: 'TimeDistributed',
        config: { layer: { class_name: 'Dense', config: { name: 'd', units: 3 } } },
        args: [from('encoder')],
      },
    });
    const parts: Readonly<Record<string, readonly [path: string, shape: readonly number[]]>> = {
      'encoder/both/forward_lstm/lstm_cell/kernel': ['functional/layers/bidirectional/forward_layer/cell/vars/0', [3, 8]],
      'encoder/both/forward_lstm/lstm_cell/recurrent_kernel': [
        'functional/layers/bidirectional/forward_layer/cell/vars/1',
        [2, 8],
      ],
      'encoder/both/forward_lstm/lstm_cell/bias': ['functional/layers/bidirectional/forward_layer/cell/vars/2', [8]],
      'encoder/both/backward_lstm/lstm_cell/kernel': ['functional/layers/bidirectional/backward_layer/cell/vars/0', [3, 8]],
      'encoder/both/backward_lstm/lstm_cell/recurrent_kernel': [
        'functional/layers/bidirectional/backward_layer/cell/vars/1',
        [2, 8],
      ],
      'encoder/both/backward_lstm/lstm_cell/bias': ['functional/layers/bidirectional/backward_layer/cell/vars/2', [8]],
      ...Object.fromEntries(
        ['query', 'key', 'value'].flatMap((name) => [
          [`encoder/look/${name}/kernel`, [`functional/layers/multi_head_attention/${name}_dense/vars/0`, [4, 1, 2]]],
          [`encoder/look/${name}/bias`, [`functional/layers/multi_head_attention/${name}_dense/vars/1`, [1, 2]]],
        ]),
      ),
      'encoder/look/attention_output/kernel': ['functional/layers/multi_head_attention/_output_dense/vars/0', [1, 2, 4]],
      'encoder/look/attention_output/bias': ['functional/layers/multi_head_attention/_output_dense/vars/1', [4]],
      'each/d/kernel': ['time_distributed/layer/vars/0', [4, 3]],
      'each/d/bias': ['time_distributed/layer/vars/1', [3]],
    };
    const byPath = Object.fromEntries(Object.entries(parts).map(([path, [, shape]]) => [path, weight(path, shape)]));
    const byGroup = Object.fromEntries(
      Object.entries(parts).map(([path, [group, shape]]) => [`layers/${group}`, weight(path, shape)]),
    );
    expect(same(await readArchive({ model: outer, weights: byGroup }), graphOf(outer, byPath))).toBe(true);
  });
});

describe('real models', () => {
  test.skipIf(missing('transformer_monitor') !== null)('the LSTM autoencoder as .keras and as ONNX says the same', async () => {
    const [keras, onnx] = await Promise.all(
      ['keras', 'onnx'].map((ending) => floatReference(join(sharedData, `transformer_monitor/lstm_autoencoder.${ending}`))),
    );
    const windows = Array.from({ length: 10 }, (_, i) => numbers(100, i + 1));
    expect(relativeDifference(windows.map(keras!.read), windows.map(onnx!.read))).toBeLessThan(1e-5);
    expect(relativeDifference(windows.map(keras!.simplified), windows.map(onnx!.read))).toBeLessThan(1e-5);
  });

  test.skipIf(missing('mlperf_ic01') !== null)('ResNet-8 as .h5 and as float TFLite says the same', async () => {
    const [keras, tflite] = await Promise.all(
      ['h5', 'tflite'].map((ending) => floatReference(join(sharedData, `mlperf_ic01/pretrainedResnet.${ending}`))),
    );
    const image = numbers(3072).map((value) => 128 + 127 * value);
    expect(relativeDifference([keras!.read(image)], [tflite!.read(image)])).toBeLessThan(1e-5);
    expect(relativeDifference([keras!.simplified(image)], [tflite!.read(image)])).toBeLessThan(1e-5);
  });
});

/** The sentence of a refusal. */
async function refusal(read: Promise<unknown> | (() => unknown)): Promise<string> {
  try {
    await (typeof read === 'function' ? read() : read);
    return 'read';
  } catch (error) {
    if (error instanceof InputError) return error.message.split('\n')[0]!;
    throw error;
  }
}

describe('what cannot be read is refused in a sentence', () => {
  test.each<[title: string, kind: string, config: object, expected: string]>([
    ['a Lambda', 'Lambda', {}, 'is a Lambda: the file holds its Python code, not its meaning'],
    ['a custom layer', 'MyLayer', {}, 'layers of class MyLayer are not supported'],
    ['an unknown activation', 'Activation', { activation: 'wild' }, 'has activation "wild"; supported are '],
    ['a stateful layer', 'LSTM', { units: 2, stateful: true }, 'is stateful: it carries its state from batch to batch'],
    ['a layer without weights', 'Dense', { units: 2 }, 'has no weight "kernel"'],
    ['another padding', 'Conv1D', { filters: 2, kernel_size: 3, padding: 'full' }, 'padding "full" is not supported'],
    ['another interpolation', 'UpSampling2D', { interpolation: 'bicubic' }, 'is applied to [1 x 5 x 4]; it wants 2 spatial axes'],
    ['masking', 'Masking', { mask_value: 0 }, 'layers of class Masking are not supported'],
  ])('%s', async (_, kind, config, expected) => {
    const model = functional([5, 4], { odd: { kind, config: config as Record<string, unknown> } });
    const weights = kind === 'Conv1D' ? { 'odd/kernel': weight('k', [3, 4, 2]), 'odd/bias': weight('b', [2]) } : {};
    expect(await refusal(() => graphOf(model, weights))).toContain(`model.keras, layer "odd" (${kind}): ${expected}`);
  });

  test('an open window', async () => {
    const model = functional([null as unknown as number, 4], { y: { kind: 'ReLU' } });
    expect(await refusal(() => graphOf(model))).toBe(
      'model.keras, input "x": has shape [? x ? x 4]; only the first extent, the batch, may be open',
    );
  });

  test('a subclassed model', async () => {
    expect(await refusal(() => graphOf({ class_name: 'VAE', config: {} }))).toBe(
      'model.keras: is a model of class "VAE"; supported are Sequential and Functional models',
    );
  });

  test('layers that read each other', async () => {
    const model = functional([4], { a: { kind: 'Add', args: [[from('x'), from('b')]] }, b: { kind: 'ReLU', args: [from('a')] } });
    expect(await refusal(() => graphOf(model))).toContain('model.keras, layer "a" (Add): reads "x", "b", which wait for it');
  });

  test('weights alone', async () => {
    const bytes = await hdf5({ 'layers/dense/vars/0': weight('a', [2, 2]) }, {});
    expect(await refusal(readBytes('model.weights.h5', bytes))).toBe(
      'model.weights.h5: holds no model configuration: it is a weights-only file, or not from Keras',
    );
  });

  test('another zip archive, as PyTorch writes its models', async () => {
    expect(await refusal(readBytes('model.pt', zipSync({ 'archive/data.pkl': strToU8('x') })))).toBe(
      'model.pt: is a zip archive without config.json: not a whole .keras model',
    );
  });
});

describe.skipIf(missing('transformer_monitor') !== null)('a damaged .keras archive', () => {
  const whole = readFileSync(join(sharedData, 'transformer_monitor/lstm_autoencoder.keras'));

  test('is read or refused with a clear error, and never hangs', async () => {
    const noise = numbers(400);
    for (let i = 0; i < 60; i++) {
      const place = Math.floor(((noise[i]! + 1) / 2) * whole.length);
      // Half of them lose their end; the others a byte near one of the ends, where the structure lies.
      const damaged = i % 2 === 0 ? whole.subarray(0, place) : Uint8Array.from(whole);
      if (i % 2 === 1) damaged[i % 4 === 1 ? place % 12_000 : whole.length - 1 - (place % 2000)]! ^= 1 << (i % 8);
      const outcome = await readBytes('model.keras', damaged).then(
        () => 'read',
        (error: unknown) => (error instanceof InputError && error.where.includes('model.keras') ? 'refused' : String(error)),
      );
      expect(['read', 'refused']).toContain(outcome);
    }
  });
});

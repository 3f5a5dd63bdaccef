import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { compile, compileGraph } from '../../compiler/compile.ts';
import { calibrate } from '../../compiler/calibrate/run.ts';
import { openSource } from '../../compiler/files.ts';
import { interpret, type Memories } from '../../compiler/kernels/interpret.ts';
import { evaluate, type FloatGraph } from '../../compiler/ops/float-graph.ts';
import { settle, type CompileOptions } from '../../compiler/options.ts';
import { quantize } from '../../compiler/quantize/index.ts';
import { simplify } from '../../compiler/simplify/index.ts';
import { stepwise } from '../../compiler/stateful.ts';
import { loadBytes, type Model } from '../../runtime-js/model.ts';
import { ad01Windows, missing, sharedData } from '../data.ts';
import { Layers } from './layers-build.ts';
import { chain, readBack, trained } from './read/layers-models.ts';

beforeAll(() => tf.setBackend('cpu'));

const { layers } = tf;
const [steps, channels] = [10, 6];

/** Real log-mel values of about one, one row per frame. */
const rows = ad01Windows().map((window) => Float32Array.from({ length: channels }, (_, i) => window[20 * i]! / 20 + 1.5));

const shape = { inputShape: [steps, channels] };
const sequential = {
  LSTM: () =>
    chain(
      layers.lstm({ ...shape, units: 12, returnSequences: true }),
      layers.dropout({ rate: 0.1 }),
      layers.lstm({ units: 8, returnSequences: true }),
      layers.timeDistributed({ layer: layers.dense({ units: channels }) }),
    ),
  'GRU and layer normalization': () =>
    chain(
      layers.gru({ ...shape, units: 12, returnSequences: true }),
      layers.layerNormalization(),
      layers.dense({ units: channels, activation: 'tanh' }),
    ),
};

async function compiled(graph: FloatGraph, options: Partial<CompileOptions>): Promise<Model> {
  const model = { name: 'built.json', bytes: new Uint8Array(1), sibling: () => Promise.reject(new Error('none')) };
  const data = {
    name: 'frames',
    data: Float32Array.from(rows.flatMap((row) => [...row])),
    count: rows.length,
    size: channels,
    columns: null,
  };
  const settled = settle({ model, data, allowPoorFit: true, stateful: true, activations: 'int16', ...options });
  return loadBytes((await compileGraph(graph, 'built', settled)).artifact, 'built');
}

const ignore = () => undefined;

describe.each(Object.entries(sequential))('%s, step by step', (_, build) => {
  test('the reconstruction is that of the whole sequence', async () => {
    const graph = await readBack(trained(build()));
    const model = await compiled(graph, {});
    expect([model.size, model.info.manifest.stateful]).toEqual([channels, true]);
    const whole = stepwise(simplify(graph).graph, 'built')(50);
    const x = { shape: [1, 50, channels], data: Float32Array.from(rows.slice(0, 50).flatMap((row) => [...row])) };
    const expected = evaluate(whole, [x]).get(whole.outputs[0]!)!.data;
    let [signal, noise] = [0, 0];
    rows.slice(0, 50).forEach((row, step) => {
      model.run(row);
      model.reconstruction.forEach((value, i) => {
        signal += expected[step * channels + i]! ** 2;
        noise += (value - expected[step * channels + i]!) ** 2;
      });
    });
    expect(10 * Math.log10(signal / noise)).toBeGreaterThan(35);
  });

  test('in integers, 50 steps one by one are the same bits as 50 steps at once', async () => {
    const restep = stepwise(simplify(await readBack(trained(build()))).graph, 'built');
    const [count, data] = [50, Float32Array.from(rows.slice(0, 50).flatMap((row) => [...row]))];
    const windows = { name: 'frames', data, count, size: channels, columns: null };
    const observation = { observes: () => true, names: ['minmax'], percent: 100 } as const;
    const calibrated = calibrate(restep(1), windows, observation, ignore, ignore, restep(count));
    const options = { scaling: null, activations: 'int16', rounding: 'float' } as const;
    const whole = quantize({ ...calibrated, graph: restep(count) }, options, 'built');
    const expected = interpret(whole.graph, data).get(whole.reconstruction)!;
    const step = quantize(calibrated, { ...options, stateful: true }, 'built');
    const memories: Memories = new Map();
    const found = rows.slice(0, count).flatMap((row) => [...interpret(step.graph, row, memories).get(step.reconstruction)!]);
    expect(found).toEqual([...expected]);
  });

  test('one by one, in a batch and on both targets the bits are the same; reset begins again; verify leaves no trace', async () => {
    const graph = await readBack(trained(build()));
    const model = await compiled(graph, {});
    const first = rows.map((row) => model.run(row));
    expect(new Set(first.slice(0, 20)).size).toBe(20);
    expect(model.run(rows[0]!)).not.toBe(first[0]);
    model.reset();
    expect(rows.map((row) => model.run(row))).toEqual(first);
    model.reset();
    expect([...model.runBatch(Float32Array.from(rows.flatMap((row) => [...row])))]).toEqual(first);
    expect(model.verify().mismatches).toEqual([]);
    expect(rows.map((row) => model.run(row))).toEqual(first);
    const scalar = await compiled(graph, { target: 'scalar' });
    expect(rows.map((row) => scalar.run(row))).toEqual(first);
  });

  test('rows of several steps are sequences, each from the beginning: in the threshold, in what is kept to verify', async () => {
    const graph = await readBack(trained(build()));
    const [sequence, count] = [7, 196];
    const data = Float32Array.from(rows.flatMap((row) => [...row]));
    const frames = { name: 'frames', data, count, size: channels, columns: null, sequence };
    const model = await compiled(graph, { data: frames, threshold: 'quantile:1' });
    const scores = rows.map((row, i) => {
      if (i % sequence === 0) model.reset();
      return model.run(row);
    });
    expect(model.threshold).toBe(Math.max(...scores));
    expect(model.verify()).toEqual({ windows: sequence, mismatches: [] });
    const whole = await compiled(graph, { threshold: 'quantile:1' });
    expect(whole.threshold).not.toBe(model.threshold);
  });

  test('a step costs a step: the float model over one step is the model over many', async () => {
    const restep = stepwise(simplify(await readBack(trained(build()))).graph, 'built');
    expect(restep(1).values.size).toBe(restep(steps).values.size);
    expect(restep(1).nodes.map(({ op }) => op.kind)).toEqual(restep(steps).nodes.map(({ op }) => op.kind));
  });
});

/** The sentence of a refusal. */
async function refusal(model: tf.LayersModel): Promise<string> {
  const graph = await readBack(trained(model));
  return compiled(graph, {}).then(
    () => 'compiled',
    (error: Error) => error.message,
  );
}

const dense = () => layers.timeDistributed({ layer: layers.dense({ units: channels }) });

test.each([1, channels])(
  'a model that was exported over one step of %d values is one over any number of steps',
  async (values) => {
    const x = tf.input({ shape: [1, values] });
    const layersOf = [
      layers.timeDistributed({ layer: layers.dense({ units: 3 }) }),
      layers.lstm({ units: 5, returnSequences: true }),
      layers.reshape({ targetShape: [1, 5, 1] }),
      layers.reshape({ targetShape: [1, 5] }),
      layers.timeDistributed({ layer: layers.dense({ units: values }) }),
    ];
    const y = layersOf.reduce((value, layer) => layer.apply(value) as tf.SymbolicTensor, x);
    const restep = stepwise(simplify(await readBack(trained(tf.model({ inputs: x, outputs: y })))).graph, 'built');
    const whole = restep(3);
    expect(whole.outputs.map((id) => whole.values.get(id)!.type.shape)).toEqual([[1, 3, values]]);
  },
);

describe('what needs the whole window is refused by name', () => {
  test.each<[title: string, build: () => tf.LayersModel, expected: string]>([
    [
      'a code that is repeated',
      () =>
        chain(
          layers.lstm({ ...shape, units: 4, name: 'encoder' }),
          layers.repeatVector({ n: steps }),
          layers.lstm({ units: 4, returnSequences: true }),
          dense(),
        ),
      'node "encoder" (recurrent): --stateful: gives its last state alone: the code of a whole window',
    ],
    [
      'both directions',
      () =>
        chain(
          layers.bidirectional({
            ...shape,
            layer: layers.lstm({ units: 4, returnSequences: true }) as tf.RNN,
            mergeMode: 'concat',
          }),
          dense(),
        ),
      '(recurrent): --stateful: reads the steps from the last one to the first',
    ],
    [
      'a convolution over time',
      () => chain(layers.conv1d({ ...shape, filters: 4, kernelSize: 3, padding: 'same', name: 'mix' }), dense()),
      'node "mix" (conv): --stateful: mixes the steps of the window',
    ],
    [
      'states from a layer',
      () => {
        const x = tf.input({ shape: [steps, channels] });
        const state = layers.dense({ units: 4 }).apply(layers.flatten({ name: 'flat' }).apply(x)) as tf.SymbolicTensor;
        const y = layers.gru({ units: 4, returnSequences: true, name: 'from_state' }).apply(x, { initialState: [state] });
        return tf.model({ inputs: x, outputs: dense().apply(y) as tf.SymbolicTensor });
      },
      'node "flat" (reshape): --stateful: mixes the steps of the window',
    ],
    [
      'a sequence in each step',
      () =>
        chain(
          layers.reshape({ ...shape, targetShape: [steps, channels, 1] }),
          layers.timeDistributed({ layer: layers.lstm({ units: 4, name: 'inner' }) }),
          dense(),
        ),
      '(recurrent): --stateful: runs along another axis than time, once in each step',
    ],
    [
      'no sequence',
      () => chain(layers.dense({ inputShape: [channels], units: channels })),
      'takes [1 x 6]; a sequence has three axes: batch, steps, values',
    ],
  ])('%s', async (_, build, expected) => {
    expect(await refusal(build())).toContain(expected);
  });

  test('trained first states', () => {
    const l = new Layers(5);
    const x = l.builder.input('x', [1, steps, channels]);
    const lstm = { cell: 'lstm', reverse: false, resetAfter: false } as const;
    const [y] = l.recurrentOutputs(x, 4, lstm, ['sequence'], { hidden: l.trained([1, 4], 3) });
    expect(() => stepwise(l.builder.finish([l.dense(y!, channels)]), 'built')).toThrow(
      'built, node "lstm7" (recurrent): --stateful: starts from trained states; the first step of a sequence starts from zeros',
    );
  });

  test.skipIf(missing('transformer_monitor') !== null)('the LSTM autoencoder of transformer_monitor', async () => {
    const model = openSource(join(sharedData, 'transformer_monitor/lstm_autoencoder.keras'));
    const data = { name: 'frames', data: new Float32Array(500), count: 100, size: 5, columns: null };
    await expect(compile({ model, data, stateful: true })).rejects.toThrow(
      /node "lstm_1" \(recurrent\): --stateful: gives its last state alone: the code of a whole window/,
    );
  });
});

test('two sequences in turn through one model, by saved states, are as through a model each', async () => {
  const graph = await readBack(trained(sequential.LSTM()));
  const [both, one, two] = [await compiled(graph, {}), await compiled(graph, {}), await compiled(graph, {})];
  expect(both.stateBytes).toBeGreaterThan(0);
  const [a, b] = [new Uint8Array(both.stateBytes), new Uint8Array(both.stateBytes)];
  const step = (state: Uint8Array, row: Float32Array): number => {
    both.restoreState(state);
    const score = both.run(row);
    both.saveStateInto(state);
    return score;
  };
  rows.slice(0, 40).forEach((row, i) => {
    expect(step(a, row)).toBe(one.run(row));
    const other = rows[(3 * i) % rows.length]!;
    expect(step(b, other)).toBe(two.run(other));
  });
  expect(() => both.restoreState(new Uint8Array(3))).toThrow(`a state has ${both.stateBytes} values, found 3`);
});

import { beforeAll, expect, test } from 'vitest';
import { openSource } from '../../compiler/files.ts';
import { typeOf } from '../../compiler/ir/graph.ts';
import { evaluate, type FloatGraph } from '../../compiler/ops/float-graph.ts';
import { prepare } from '../../compiler/prepare.ts';
import { readAutoencoder } from '../../compiler/read/index.ts';
import { Probe } from '../../compiler/sensitivity.ts';
import { ad01Windows } from '../data.ts';

const file = 'test/models/ad01/ad01.h5';
const windows = ad01Windows().slice(0, 6);
let graph: FloatGraph;
let probe: Probe;

const square = (x: Float32Array, y: Float32Array): number => x.reduce((sum, value, i) => sum + (value - y[i]!) ** 2, 0);

const scoreOf = (of: FloatGraph, window: Float32Array): number => {
  const values = evaluate(of, [{ shape: typeOf(of, of.inputs[0]!).shape, data: window }]);
  return square(window, values.get(of.outputs[0]!)!.data);
};

/** What another graph does to the score, the long way round. */
const errorOf = (other: FloatGraph): number =>
  windows.reduce((sum, window) => sum + Math.abs(scoreOf(other, window) / scoreOf(graph, window) - 1), 0) / windows.length;

beforeAll(async () => {
  const { graph: read } = await readAutoencoder(openSource(file), null);
  graph = prepare(read, file, { score: 'mse', stateful: false }, null).model.graph;
  probe = new Probe(graph, windows, (valuesOf) => square(valuesOf(graph.inputs[0]!), valuesOf(graph.outputs[0]!)));
});

test('nothing changed costs nothing', () => {
  for (const { output } of graph.nodes) expect(probe.ofValue(output, (values) => values)).toBe(0);
  expect(probe.ofGraph(graph)).toBe(0);
});

test('other weights of a layer cost what the whole model with them says', () => {
  for (const { inputs } of [graph.nodes[0]!, graph.nodes[4]!]) {
    const tensor = graph.constants.get(inputs[1]!)!;
    const coarse = { ...tensor, data: tensor.data.map((w) => Math.round(w * 20) / 20) };
    const changed = { ...graph, constants: new Map(graph.constants).set(inputs[1]!, coarse) };
    const expected = errorOf(changed);
    expect(expected).toBeGreaterThan(0.001);
    expect(probe.ofConstants(new Map([[inputs[1]!, coarse]]))).toBeCloseTo(expected, 12);
    expect(probe.ofGraph(changed)).toBeCloseTo(expected, 12);
  }
});

const round = (values: Float32Array): Float32Array => values.map(Math.round);

test('the rounded reconstruction costs what its rounding says', () => {
  const expected = windows.map((window) => {
    const values = evaluate(graph, [{ shape: typeOf(graph, graph.inputs[0]!).shape, data: window }]);
    return Math.abs(square(window, round(values.get(graph.outputs[0]!)!.data)) / scoreOf(graph, window) - 1);
  });
  expect(probe.ofValue(graph.outputs[0]!, round)).toBeCloseTo(expected.reduce((sum, one) => sum + one, 0) / windows.length, 12);
});

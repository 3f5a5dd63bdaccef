import type { Activation } from '../../../compiler/kernels/define.ts';
import { definitionOf } from '../../../compiler/kernels/interpret.ts';
import type { ModelGraph } from '../../../runtime-js/artifact/graph.ts';

/** All values of a graph for one window, by the plain references of its kernels. */
export function runPlainly(graph: ModelGraph, window: Float32Array): Activation[] {
  const values: Activation[] = [];
  values[graph.input] = window;
  for (const { kernel, inputs, constants, output } of graph.nodes) {
    const read = inputs.map((index) => values[index]!);
    const size = graph.values[output]!.shape.reduce((product, extent) => product * extent, 1);
    values[output] = definitionOf(kernel).reference(kernel, read, constants, size, {});
  }
  return values;
}

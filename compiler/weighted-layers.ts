import { costOfNode } from './describe.ts';
import type { Windows } from './calibrate/samples.ts';
import { InputError } from './error.ts';
import type { Node, ValueId } from './ir/graph.ts';
import type { Tensor } from './ir/tensor.ts';
import { isLinear } from './ops/linear.ts';
import type { FloatGraph, Op } from './ops/float-graph.ts';
import type { CompileOptions } from './options.ts';
import type { Builder } from './precision.ts';
import { probeOf, someWindows } from './probe-of.ts';
import { quantizeWeights } from './quantize/parameters.ts';
import { roundWeights, usualDamping } from './quantize/round/round-weights.ts';
import type { Probe } from './sensitivity.ts';

/** A layer whose weights may be int8 or int16; nodes that share their weights are one. */
export interface WeightedLayer {
  readonly name: string;
  readonly weights: ValueId;
  readonly nodes: readonly Node<Op>[];
  readonly multiplyAdds: number;
}

/** The layers of a float model; those of an int8 model keep the scales of their file. */
export function weightedLayers(graph: FloatGraph): WeightedLayer[] {
  const groups = new Map<ValueId, Node<Op>[]>();
  for (const node of graph.nodes) {
    const weights = node.inputs[1];
    const constant = weights === undefined ? undefined : graph.constants.get(weights);
    if (!isLinear(node) || constant === undefined || constant.scales !== undefined) continue;
    groups.set(weights!, [...(groups.get(weights!) ?? []), node]);
  }
  return [...groups].map(([weights, nodes]) => ({
    name: nodes[0]!.name,
    weights,
    nodes,
    multiplyAdds: nodes.reduce((sum, node) => sum + costOfNode(graph, node).multiplyAdds, 0),
  }));
}

/** What --weights names. */
export function chosenLayers(
  layers: readonly WeightedLayer[],
  wanted: NonNullable<CompileOptions['weights']>,
  file: string,
): readonly WeightedLayer[] {
  if (typeof wanted === 'string') return wanted === 'int16' ? layers : [];
  const unknown = wanted.find((name) => !layers.some((layer) => layer.name === name));
  // In the order of the question, which the manifest keeps: `report` asks as it stands there.
  if (unknown === undefined) return [...new Set(wanted)].flatMap((name) => layers.filter((layer) => layer.name === name));
  throw new InputError({
    where: file,
    what: `has no layer "${unknown}" whose weights could be int16`,
    hint: `Its layers with weights are ${layers.map(({ name }) => name).join(', ')}.`,
  });
}

/**
 * The layers by what int16 weights would gain: the square of the score's error if only their weights are int8, per multiply-add (errors that
 * have nothing to do with each other add up by their squares). null: the model is too large, or goes on from step to step, to be looked at so.
 */
export function rankLayers(
  { model, data: { windows }, measured, settled }: Builder,
  layers: readonly WeightedLayer[],
): WeightedLayer[] | null {
  const probe = probeOf(model, windows, measured, settled, layers.length);
  if (probe === null) return null;
  const errors = weightErrors(probe, model.graph, windows, layers);
  const gain = ({ weights, multiplyAdds }: WeightedLayer): number => errors.get(weights)! ** 2 / multiplyAdds;
  return layers.toSorted((a, b) => gain(b) - gain(a));
}

/** Of each layer, by its weights: the score's error if only its weights are int8. */
export function weightErrors(
  probe: Probe,
  graph: FloatGraph,
  windows: Windows,
  layers: readonly WeightedLayer[],
): ReadonlyMap<ValueId, number> {
  const rounded = roundWeights(graph, someWindows(windows, windows.count), {
    wide: new Set(),
    damping: usualDamping,
    alone: true,
  });
  return new Map(
    layers.map(({ weights, nodes: [first] }) => {
      const [, ...anew] = rounded.nodes.find(({ output }) => output === first!.output)!.inputs;
      const [, ...before] = first!.inputs;
      const changed = new Map(before.map((id, i) => [id, rounded.constants.get(anew[i]!)!]));
      if (anew[0] === weights) changed.set(weights, toNearest(graph.constants.get(weights)!));
      return [weights, probe.ofConstants(changed)];
    }),
  );
}

/** int8 weights of a layer that is not rounded by what it gives. */
function toNearest(tensor: Tensor): Tensor {
  const { weights, scales } = quantizeWeights(tensor.data, new Float32Array(tensor.shape[0]!), 1);
  const depth = tensor.data.length / scales.length;
  return { ...tensor, data: Float32Array.from(weights, (q, i) => q * scales[Math.floor(i / depth)]!) };
}

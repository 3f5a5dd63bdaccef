import type { Range } from '../ops/calibrated.ts';
import type { FloatGraph, Op } from '../ops/float-graph.ts';
import { typeOf, valueOf, type Node, type ValueId } from '../ir/graph.ts';
import { sizeOf, type Quantization } from '../ir/tensor.ts';
import type { ScoredGraph } from '../kernels/int-graph.ts';
import { storedRange } from '../kernels/stored.ts';
import type { Plan } from '../plan/plan.ts';

/** A value of the float model and the integers (or f32) that stand for it. */
export interface ComparedTensor {
  readonly name: string;
  readonly float: ValueId;
  /** All values of the float model that it stands for; `float` is the last of them. */
  readonly floats: readonly ValueId[];
  readonly integer: ValueId;
  /** The layers that it comes from; of several, the later ones only move or clamp it. None: it is the input. */
  readonly nodes: readonly Node<Op>[];
  /** null: f32. */
  readonly quantization: Quantization | null;
  readonly calibrated: Range | null;
  /** Unit i of the integers is unit order[i] of the float model; null: they stand in the same order. */
  readonly order: readonly number[] | null;
}

/** The tensors of a model, in its order: where several of its values are the same integers, the last of them is compared. */
export function tensorsOf(
  graph: FloatGraph,
  ranges: ReadonlyMap<ValueId, Range>,
  { graph: integers, origins }: ScoredGraph,
): ComparedTensor[] {
  const groups = new Map<ValueId, ValueId[]>();
  for (const id of [...graph.inputs, ...graph.nodes.map(({ output }) => output)]) {
    const lowered = origins.lowered.get(id);
    if (lowered !== undefined) groups.set(lowered, [...(groups.get(lowered) ?? []), id]);
  }
  return [...groups].flatMap(([lowered, ids]): ComparedTensor[] => {
    const float = ids.at(-1)!;
    const integer = ids.map((id) => origins.rounded.get(id)).find((id) => id !== undefined) ?? lowered;
    const type = typeOf(integers, integer);
    if (type.dtype !== 'integer' && type.dtype !== 'f32') return [];
    if (sizeOf(type.shape) !== sizeOf(typeOf(graph, float).shape)) return [];
    return [
      {
        name: valueOf(graph, ids[0]!).name,
        float,
        floats: ids,
        integer,
        nodes: graph.nodes.filter(({ output }) => ids.includes(output)),
        quantization: type.dtype === 'integer' ? type.quantization : null,
        calibrated: ranges.get(float) ?? null,
        order: ids.map((id) => origins.orders.get(id)).find((order) => order !== undefined) ?? null,
      },
    ];
  });
}

/** Least and greatest real value that integers of this kind can say. */
export function representableOf(quantization: Quantization): readonly [number, number] {
  const { low, high } = storedRange(quantization);
  return [low * quantization.scale, high * quantization.scale];
}

/** What a layer's weights are kept as, and the bytes of its constants in memory: each piece counts where it is used first. */
export function weightsOf({ scored, steps, segments }: Plan, nodes: readonly Node<Op>[]): Weights {
  const owners = new Map<number, ValueId>();
  for (const { node, place } of steps) {
    for (const address of place.constants) if (!owners.has(address)) owners.set(address, node.output);
  }
  const outputs = new Set(nodes.map(({ output }) => output));
  const isOurs = (step: ValueId): boolean => outputs.has(scored.origins.madeFor.get(step)!);
  const bytes = segments
    .filter(({ address }) => owners.has(address) && isOurs(owners.get(address)!))
    .reduce((sum, segment) => sum + segment.bytes.length, 0);
  const ours = steps.filter(({ node }) => isOurs(node.output)).map(({ node }) => node);
  const isWide = ours.some(({ op }) => op.kind === 'joinSums');
  const isNarrow = ours.some(({ inputs }) => inputs.some((id) => scored.graph.constants.get(id) instanceof Int8Array));
  return { bytes, format: isWide ? 'int16' : isNarrow ? 'int8' : null };
}

export interface Weights {
  readonly bytes: number;
  readonly format: 'int8' | 'int16' | null;
}

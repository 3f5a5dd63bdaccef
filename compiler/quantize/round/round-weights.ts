import { typeOf, valueId, type Node, type ValueId } from '../../ir/graph.ts';
import { sizeOf, type Tensor } from '../../ir/tensor.ts';
import { evaluateOp, type FloatGraph, type Op } from '../../ops/float-graph.ts';
import { momentsOf } from './moments.ts';
import { readsOf } from './reads.ts';
import { fitLayer, roundLayer } from './round-layer.ts';

/** Values of all windows that are kept at a time, of each of the two models. */
const mostValues = 2 ** 25;
/** Fewer say too little of how inputs correlate: of models that are too large for more, weights are rounded one by one. */
const fewestWindows = 8;

/** How weights are rounded. */
export interface RoundingPlan {
  /** Results of layers that are not rounded: only made up for. */
  readonly wide: ReadonlySet<ValueId>;
  /** Share of the mean of the diagonal that is added to it, so that directions that calibration never saw are not free. */
  readonly damping: number;
}

/** What is usual. */
export const usualDamping = 0.002;

/**
 * The model with the weights of its layers on int8 grids, chosen layer by layer from the first to the last: each makes up for what the
 * rounding of those before it changed. `windows`: normal data, f32[size] each; as many of them as fit are looked at, spread evenly.
 */
export function roundWeights(graph: FloatGraph, windows: readonly Float32Array[], how: RoundingPlan): FloatGraph {
  const perWindow = graph.nodes.reduce((sum, { output }) => sum + sizeOf(typeOf(graph, output).shape), 1);
  const count = Math.min(windows.length, Math.floor(mostValues / perWindow));
  const isRounded = (node: Node<Op>): boolean => !how.wide.has(node.output) && readsOf(graph, node) !== null;
  if (count < fewestWindows || !graph.nodes.some(isRounded)) return graph;
  const some = Array.from({ length: count }, (_, i) => windows[Math.floor((i * windows.length) / count)]!);
  const run = new Run(graph, some, how);
  for (const node of graph.nodes) run.step(node);
  return run.finish();
}

/** The float model and the rounded one side by side, node by node, over all windows. */
class Run {
  readonly #graph: FloatGraph;
  readonly #how: RoundingPlan;
  readonly #float = new Map<ValueId, readonly Float32Array[]>();
  readonly #rounded = new Map<ValueId, readonly Float32Array[]>();
  readonly #constants: Map<ValueId, Tensor>;
  readonly #values: Map<ValueId, FloatGraph['values'] extends ReadonlyMap<ValueId, infer V> ? V : never>;
  readonly #nodes: Node<Op>[] = [];
  /** What became of a layer's weights and bias, which several nodes may read. */
  readonly #replaced = new Map<string, readonly [weights: ValueId, bias: ValueId]>();
  readonly #count: number;
  readonly #lastUse: ReadonlyMap<ValueId, Node<Op>>;

  constructor(graph: FloatGraph, windows: readonly Float32Array[], how: RoundingPlan) {
    this.#graph = graph;
    this.#how = how;
    this.#count = windows.length;
    this.#constants = new Map(graph.constants);
    this.#values = new Map(graph.values);
    this.#lastUse = new Map(graph.nodes.flatMap((node) => node.inputs.map((id) => [id, node] as const)));
    for (const values of [this.#float, this.#rounded]) values.set(graph.inputs[0]!, windows);
  }

  step(node: Node<Op>): void {
    const reads = readsOf(this.#graph, node);
    const rounded = reads === null ? node : this.#round(node, reads);
    this.#nodes.push(rounded);
    const isSame = rounded === node && node.inputs.every((id) => this.#rounded.get(id) === this.#float.get(id));
    const float = this.#evaluate(node, this.#float);
    this.#float.set(node.output, float);
    this.#rounded.set(node.output, isSame ? float : this.#evaluate(rounded, this.#rounded));
    for (const id of node.inputs) {
      if (this.#lastUse.get(id) !== node) continue;
      this.#float.delete(id);
      this.#rounded.delete(id);
    }
  }

  finish(): FloatGraph {
    return { ...this.#graph, values: this.#values, constants: this.#constants, nodes: this.#nodes };
  }

  #round(node: Node<Op>, reads: readonly Int32Array[]): Node<Op> {
    const [input, weights, bias] = node.inputs as [ValueId, ValueId, ValueId];
    const key = `${weights} ${bias}`;
    let changed = this.#replaced.get(key);
    if (changed === undefined) {
      const moments = momentsOf(reads, this.#float.get(input)!, this.#rounded.get(input)!);
      const [w, b] = [this.#constants.get(weights)!, this.#constants.get(bias)!];
      const isWide = this.#how.wide.has(node.output);
      const layer = (isWide ? fitLayer : roundLayer)(w, b, moments, this.#how.damping);
      changed = [this.#add(weights, layer.weights), this.#add(bias, layer.bias)];
      this.#replaced.set(key, changed);
    }
    return { ...node, inputs: [input, ...changed] };
  }

  #add(like: ValueId, tensor: Tensor): ValueId {
    const id = valueId(Math.max(...this.#values.keys()) + 1);
    this.#values.set(id, { ...this.#values.get(like)!, id });
    this.#constants.set(id, tensor);
    return id;
  }

  #evaluate({ op, inputs, output }: Node<Op>, values: ReadonlyMap<ValueId, readonly Float32Array[]>): Float32Array[] {
    const type = typeOf(this.#graph, output);
    return Array.from({ length: this.#count }, (_, window) => {
      const tensors = inputs.map(
        (id) => this.#constants.get(id) ?? { shape: typeOf(this.#graph, id).shape, data: values.get(id)![window]! },
      );
      return evaluateOp(op, tensors, type).data;
    });
  }
}

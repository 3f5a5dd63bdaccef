import { typeOf, type Node, type ValueId } from './ir/graph.ts';
import type { Tensor } from './ir/tensor.ts';
import { evaluate, evaluateOp, type FloatGraph, type Op } from './ops/float-graph.ts';

/** What a score makes of the values of a window. */
export type ScoreValues = (valuesOf: (id: ValueId) => Float32Array) => number;

/**
 * How far the score moves when one value of the float model, or the weights of one layer, are rounded while all else stays exact: mean of
 * |score / float score - 1| over some windows. Only what follows from the change is computed again.
 */
export class Probe {
  readonly #graph: FloatGraph;
  readonly #scoreOf: ScoreValues;
  readonly #known: readonly { readonly values: ReadonlyMap<ValueId, Tensor>; readonly score: number }[];

  /** windows: what the model reads, f32[size] each. */
  constructor(graph: FloatGraph, windows: readonly Float32Array[], scoreOf: ScoreValues) {
    this.#graph = graph;
    this.#scoreOf = scoreOf;
    const { shape } = typeOf(graph, graph.inputs[0]!);
    this.#known = windows.map((data) => {
      const values = evaluate(graph, [{ shape, data }]);
      return { values, score: scoreOf((id) => values.get(id)!.data) };
    });
  }

  /** `round` gives what becomes of the value `id`. */
  ofValue(id: ValueId, round: (values: Float32Array) => Float32Array): number {
    const following = this.#following(new Set([id]));
    return this.#mean((values) => {
      const { shape, data } = values.get(id)!;
      return this.#scoreAfter(values, new Map([[id, { shape, data: round(data) }]]), following);
    });
  }

  /** `changed`: other constants, a layer's weights among them. */
  ofConstants(changed: ReadonlyMap<ValueId, Tensor>): number {
    const following = this.#following(new Set(changed.keys()));
    return this.#mean((values) => this.#scoreAfter(values, changed, following));
  }

  /** Another graph, which gives the same values ids. */
  ofGraph(graph: FloatGraph): number {
    return this.#mean((known) => {
      const values = evaluate(
        graph,
        graph.inputs.map((id) => known.get(id)!),
      );
      return this.#scoreOf((id) => values.get(id)!.data);
    });
  }

  /** The nodes that a change of these values reaches, in order. */
  #following(changed: Set<ValueId>): Node<Op>[] {
    return this.#graph.nodes.filter(({ inputs, output }) => {
      if (changed.has(output) || !inputs.some((id) => changed.has(id))) return false;
      changed.add(output);
      return true;
    });
  }

  #scoreAfter(
    known: ReadonlyMap<ValueId, Tensor>,
    changed: ReadonlyMap<ValueId, Tensor>,
    following: readonly Node<Op>[],
  ): number {
    const anew = new Map(changed);
    const valueOf = (id: ValueId): Tensor => anew.get(id) ?? known.get(id)!;
    for (const { op, inputs, output } of following) {
      anew.set(output, evaluateOp(op, inputs.map(valueOf), typeOf(this.#graph, output)));
    }
    return this.#scoreOf((id) => valueOf(id).data);
  }

  #mean(scoreWith: (values: ReadonlyMap<ValueId, Tensor>) => number): number {
    let sum = 0;
    for (const { values, score } of this.#known) {
      const found = scoreWith(values);
      sum += score === 0 ? (found === 0 ? 0 : 1) : Math.abs(found / score - 1);
    }
    return sum / this.#known.length;
  }
}

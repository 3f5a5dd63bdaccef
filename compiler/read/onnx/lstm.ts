import { producerOf, typeOf, type Node, type ValueId } from '../../ir/graph.ts';
import { sizeOf, type Tensor } from '../../ir/tensor.ts';
import { transposed } from '../../ir/transposed.ts';
import type { Elementwise } from '../../ops/elementwise.ts';
import type { FloatGraph, Op } from '../../ops/float-graph.ts';
import type { Carried } from './row.ts';

/** An LSTM layer that was found in the body of a loop; weights in our order of gates. */
export interface Lstm {
  /** Which value [steps x n x in] it walks along. */
  readonly sequence: ValueId;
  /** Which of the carried values are its states. */
  readonly hiddenAt: number;
  readonly cellAt: number;
  readonly w: Tensor;
  readonly u: Tensor;
  readonly bias: Float32Array;
  readonly gateActivation: Elementwise;
  readonly activation: Elementwise;
  readonly outputActivation: Elementwise;
  /** One entry per collected value; all of them are the hidden state. */
  readonly collected: readonly true[];
}

interface Turn {
  readonly carried: readonly Carried[];
  readonly collected: readonly ValueId[];
}

/**
 * h' = gate(o) * out(c'), c' = gate(f) * c + gate(i) * candidate(g), with i f g o slices of W x + U h + b: whether turn `at` of
 * a loop is that, whatever order and whichever operators the exporter chose. null if it is anything else.
 */
export function matchLstm(graph: FloatGraph, states: readonly Carried[], turn: Turn, at: number): Lstm | null {
  for (const [hiddenAt, h] of states.entries()) {
    for (const [cellAt, c] of states.entries()) {
      if (hiddenAt === cellAt || typeof h !== 'number' || typeof c !== 'number') continue;
      const [nextH, nextC] = [turn.carried[hiddenAt], turn.carried[cellAt]];
      if (typeof nextH !== 'number' || typeof nextC !== 'number') continue;
      const cell = new Cell(graph, h, c, at);
      const found = cell.match(nextH, nextC);
      const collected = turn.collected.filter((value) => cell.strip(value) === cell.strip(nextH)).map(() => true as const);
      if (found !== null && collected.length === turn.collected.length) return { ...found, hiddenAt, cellAt, collected };
    }
  }
  return null;
}

/** A slice of the sums of all gates behind its activation. */
interface Gate {
  readonly fn: Elementwise;
  readonly sums: ValueId;
  readonly start: number;
  readonly length: number;
}

class Cell {
  readonly #graph: FloatGraph;
  readonly #h: ValueId;
  readonly #c: ValueId;
  readonly #at: number;

  constructor(graph: FloatGraph, h: ValueId, c: ValueId, at: number) {
    this.#graph = graph;
    this.#h = h;
    this.#c = c;
    this.#at = at;
  }

  match(nextH: ValueId, nextC: ValueId): Omit<Lstm, 'hiddenAt' | 'cellAt' | 'collected'> | null {
    const out = this.#product(nextH, (id) => this.#elementwise(id, (x) => this.strip(x) === this.strip(nextC)));
    const sum = this.#operands(nextC, 'add');
    if (out === null || sum === null) return null;
    const kept = sum.map((id) => this.#product(id, (x) => (this.strip(x) === this.#c ? true : null)));
    const keptAt = kept.findIndex((found) => found !== null);
    const factors = keptAt < 0 ? null : this.#operands(sum[1 - keptAt]!, 'mul');
    if (factors === null) return null;
    const [o, f] = [this.#gate(out.other), this.#gate(kept[keptAt]!.other)];
    const added = factors.map((id) => this.#gate(id));
    const i = added.find((gate) => gate !== null && gate.fn.fn === f?.fn.fn) ?? null;
    const g = added.find((gate) => gate !== null && gate !== i) ?? null;
    if (i === null || f === null || g === null || o === null) return null;
    const gates = [i, f, g, o];
    const linear = this.#linear(i.sums);
    if (linear === null || gates.some(({ sums, length }) => sums !== i.sums || length !== i.length)) return null;
    const order = gates.flatMap(({ start, length }) => Array.from({ length }, (_, row) => start + row));
    return {
      sequence: linear.sequence,
      w: rowsOf(linear.w, order),
      u: rowsOf(linear.u, order),
      bias: Float32Array.from(order, (row) => linear.bias[row]!),
      gateActivation: f.fn,
      activation: g.fn,
      outputActivation: out.found,
    };
  }

  /** The value behind reshapes. */
  strip(id: ValueId): ValueId {
    const node = producerOf(this.#graph, id);
    return node?.op.kind === 'reshape' ? this.strip(node.inputs[0]!) : id;
  }

  #producer(id: ValueId): Node<Op> | undefined {
    return producerOf(this.#graph, this.strip(id));
  }

  #operands(id: ValueId, fn: 'add' | 'mul'): readonly ValueId[] | null {
    const node = this.#producer(id);
    return node?.op.kind === 'binary' && node.op.fn === fn ? node.inputs : null;
  }

  #elementwise(id: ValueId, fits: (x: ValueId) => boolean): Elementwise | null {
    const node = this.#producer(id);
    return node?.op.kind === 'elementwise' && fits(node.inputs[0]!) ? { fn: node.op.fn, parameters: node.op.parameters } : null;
  }

  /** A product one factor of which is found; the other one with it. */
  #product<Found>(
    id: ValueId,
    find: (factor: ValueId) => Found | null,
  ): { readonly found: Found; readonly other: ValueId } | null {
    const factors = this.#operands(id, 'mul') ?? [];
    for (const [i, factor] of factors.entries()) {
      const found = find(factor);
      if (found !== null) return { found, other: factors[1 - i]! };
    }
    return null;
  }

  #gate(id: ValueId): Gate | null {
    const node = this.#producer(id);
    if (node?.op.kind !== 'elementwise') return null;
    const slice = this.#producer(node.inputs[0]!);
    if (slice?.op.kind !== 'gather') return null;
    const { axis, indices } = slice.op;
    const [start] = indices;
    const isLast = axis === typeOf(this.#graph, slice.output).shape.length - 1;
    if (!isLast || indices.some((index, i) => index !== start! + i)) return null;
    const fn = { fn: node.op.fn, parameters: node.op.parameters };
    return { fn, sums: this.strip(slice.inputs[0]!), start: start!, length: indices.length };
  }

  /** A value as W x + U h + b, with x step `at` of a sequence. */
  #linear(
    id: ValueId,
  ): { readonly sequence: ValueId; readonly w: Tensor; readonly u: Tensor; readonly bias: Float32Array } | null {
    const terms: Terms = { x: null, h: null, bias: new Float32Array(typeOf(this.#graph, id).shape.at(-1)!) };
    return this.#addTerms(id, terms) && terms.x !== null && terms.h !== null
      ? { sequence: terms.x.sequence, w: terms.x.weights, u: terms.h, bias: terms.bias }
      : null;
  }

  #addTerms(id: ValueId, terms: Terms): boolean {
    const constant = this.#graph.constants.get(id);
    if (constant !== undefined) {
      if (constant.data.length !== terms.bias.length) return false;
      constant.data.forEach((value, i) => (terms.bias[i]! += value));
      return true;
    }
    const node = this.#producer(id);
    if (node?.op.kind === 'binary' && node.op.fn === 'add') return node.inputs.every((input) => this.#addTerms(input, terms));
    const layer = node === undefined ? null : this.#layer(node);
    if (layer === null) return false;
    const { x, weights, bias } = layer;
    bias?.forEach((value, i) => (terms.bias[i]! += value));
    if (this.strip(x) === this.#h) {
      if (terms.h !== null) return false;
      terms.h = weights;
      return true;
    }
    const sequence = this.#stepOf(x);
    if (sequence === null || terms.x !== null) return false;
    terms.x = { sequence, weights };
    return true;
  }

  /** A product with weights [out x in], and its bias. */
  #layer({
    op,
    inputs: [x, w, b],
  }: Node<Op>): { readonly x: ValueId; readonly weights: Tensor; readonly bias: Float32Array | null } | null {
    const weights = this.#graph.constants.get(w!);
    if (weights?.shape.length !== 2) return null;
    if (op.kind === 'matmul') return { x: x!, weights: transposed(weights), bias: null };
    const bias = b === undefined ? undefined : this.#graph.constants.get(b);
    return op.kind === 'dense' && op.activation === null && bias !== undefined ? { x: x!, weights, bias: bias.data } : null;
  }

  /** The sequence [steps x ...] of which a value is step `at`. */
  #stepOf(id: ValueId): ValueId | null {
    const node = this.#producer(id);
    if (node?.op.kind !== 'gather' || node.op.axis !== 0 || String(node.op.indices) !== String([this.#at])) return null;
    const [sequence] = node.inputs;
    const { shape } = typeOf(this.#graph, sequence!);
    return shape.length === 3 && sizeOf(shape) > 0 ? sequence! : null;
  }
}

interface Terms {
  x: { readonly sequence: ValueId; readonly weights: Tensor } | null;
  h: Tensor | null;
  readonly bias: Float32Array;
}

/** Rows of a matrix in another order. */
function rowsOf({ shape, data }: Tensor, order: readonly number[]): Tensor {
  const depth = shape[1]!;
  const moved = new Float32Array(order.length * depth);
  order.forEach((from, to) => moved.set(data.subarray(from * depth, (from + 1) * depth), to * depth));
  return { shape: [order.length, depth], data: moved };
}

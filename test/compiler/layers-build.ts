import type { ValueId } from '../../compiler/ir/graph.ts';
import { sizeOf } from '../../compiler/ir/tensor.ts';
import type { Elementwise } from '../../compiler/ops/elementwise.ts';
import { floatGraphBuilder, type FloatGraph, type FloatGraphBuilder } from '../../compiler/ops/float-graph.ts';
import { gatesOf, type Recurrent } from '../../compiler/ops/recurrent.ts';

/** Builds layers on a graph with seeded weights. */
export class Layers {
  readonly builder: FloatGraphBuilder;
  #state: number;
  #count = 0;

  constructor(seed: number) {
    this.builder = floatGraphBuilder('generated');
    this.#state = seed | 1;
  }

  shape(x: ValueId): readonly number[] {
    return this.builder.type(x).shape;
  }

  channels(x: ValueId): number {
    return this.shape(x).at(-1)!;
  }

  name(kind: string): string {
    return `${kind}${this.#count++}`;
  }

  trained(shape: readonly number[], fanIn: number): ValueId {
    const data = Float32Array.from({ length: sizeOf(shape) }, () => this.#next() * Math.sqrt(3 / fanIn));
    return this.builder.constant(this.name('weights'), { shape, data });
  }

  conv(x: ValueId, { out, kernel = 3, stride = 1, dilation = 1, groups = 1, transposed = false }: ConvParts): ValueId {
    const perGroup = this.channels(x) / groups;
    const w = this.trained([out, kernel, kernel, perGroup], kernel * kernel * perGroup);
    const b = this.trained([out], 30);
    const pads = [Math.floor(((kernel - 1) * dilation) / 2), Math.floor(((kernel - 1) * dilation) / 2)];
    const sliding = { strides: [stride, stride], dilations: [dilation, dilation], padBegin: pads, padEnd: pads };
    const common = { ...sliding, groups, activation: null };
    const op = transposed
      ? ({ kind: 'convTranspose', ...common, outputPadding: [stride - 1, stride - 1] } as const)
      : ({ kind: 'conv', ...common } as const);
    return this.builder.node(op, this.name(op.kind), [x, w, b]);
  }

  dense(x: ValueId, out: number): ValueId {
    const depth = this.channels(x);
    const operands = [x, this.trained([out, depth], depth), this.trained([out], 30)];
    return this.builder.node({ kind: 'dense', activation: null }, this.name('dense'), operands);
  }

  apply(x: ValueId, fn: Elementwise['fn'], parameters: readonly number[] = []): ValueId {
    return this.builder.node({ kind: 'elementwise', fn, parameters }, this.name(fn), [x]);
  }

  reshape(x: ValueId, shape: readonly number[]): ValueId {
    return this.builder.node({ kind: 'reshape', shape }, this.name('reshape'), [x]);
  }

  recurrent(x: ValueId, hidden: number, parts: RecurrentParts): ValueId {
    return this.recurrentOutputs(x, hidden, parts, [parts.output])[0]!;
  }

  /** Several outputs of one layer; what is left out of its `states` is zeros. */
  recurrentOutputs(
    x: ValueId,
    hidden: number,
    parts: Omit<RecurrentParts, 'output'>,
    outputs: readonly Recurrent['output'][],
    states: { readonly hidden?: ValueId; readonly cell?: ValueId; readonly peepholes?: ValueId } = {},
  ): readonly ValueId[] {
    const [n, , depth] = this.shape(x);
    const rows = gatesOf[parts.cell] * hidden;
    const zeros = (shape: readonly number[]): ValueId =>
      this.builder.constant(this.name('zeros'), { shape, data: new Float32Array(sizeOf(shape)) });
    const operands = [
      x,
      this.trained([rows, depth!], depth!),
      this.trained([rows, hidden], hidden),
      this.trained([rows], 30),
      this.trained([rows], 30),
      states.hidden ?? zeros([n!, hidden]),
      ...(parts.cell === 'lstm' ? [states.cell ?? zeros([n!, hidden]), states.peepholes ?? zeros([3 * hidden])] : []),
    ];
    const op = {
      kind: 'recurrent',
      ...parts,
      gateActivation: { fn: 'sigmoid', parameters: [] },
      activation: { fn: 'tanh', parameters: [] },
      outputActivation: { fn: 'tanh', parameters: [] },
    } as const;
    return outputs.map((output) => this.builder.node({ ...op, output }, this.name(parts.cell), operands));
  }

  /** A dense layer back to the size of the input. */
  finish(x: ValueId, size: number): FloatGraph {
    const flat = this.reshape(x, [1, sizeOf(this.shape(x))]);
    return this.builder.finish([this.dense(flat, size)]);
  }

  #next(): number {
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return this.#state / 2 ** 31 - 1;
  }
}

interface ConvParts {
  readonly out: number;
  readonly kernel?: number;
  readonly stride?: number;
  readonly dilation?: number;
  readonly groups?: number;
  readonly transposed?: boolean;
}

export interface RecurrentParts {
  readonly cell: keyof typeof gatesOf;
  readonly reverse: boolean;
  readonly output: Recurrent['output'];
  readonly resetAfter: boolean;
}

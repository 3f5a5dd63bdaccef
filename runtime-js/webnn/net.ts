import type { GraphConstant, ModelGraph, ValueIndex } from '../artifact/graph.ts';
import type { GraphBuilder, Operand } from './api.ts';

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);

/** How far apart the ends of an int8 activation lie. */
const narrowest = 255;

/**
 * A graph of WebNN in the making. Each value is f32 of `batch` windows: an i16 activation by the real numbers that it stands for, x' * scale; sums
 * of a layer as they are. Activations of 8 bits go through quantizeLinear and dequantizeLinear, which back ends fuse with the layers around
 * them; of 16 bits, for which WebNN has no type, they are rounded in f32.
 */
export class Net {
  readonly builder: GraphBuilder;
  readonly batch: number;
  readonly #graph: ModelGraph;
  readonly #operands = new Map<ValueIndex, Operand>();

  constructor(builder: GraphBuilder, graph: ModelGraph, batch: number) {
    this.builder = builder;
    this.batch = batch;
    this.#graph = graph;
  }

  /** Values of one window. */
  sizeOf(index: ValueIndex): number {
    return sizeOf(this.#graph.values[index]!.shape);
  }

  /** What a step of an i16 activation stands for; 1 for what is not i16. */
  scaleOf(index: ValueIndex): number {
    const value = this.#graph.values[index]!;
    return value.dtype === 'i16' ? value.scale : 1;
  }

  put(index: ValueIndex, operand: Operand): void {
    this.#operands.set(index, operand);
  }

  /** f32[batch x ...shape]; without a shape f32[batch x size]. */
  read(index: ValueIndex, shape: readonly number[] = [this.sizeOf(index)]): Operand {
    return this.reshape(this.#operands.get(index)!, [this.batch, ...shape]);
  }

  /** The same in steps of the activation: x'. */
  units(index: ValueIndex, shape?: readonly number[]): Operand {
    return this.times(this.read(index, shape), 1 / this.scaleOf(index));
  }

  reshape(operand: Operand, shape: readonly number[]): Operand {
    const same = shape.length === operand.shape.length && shape.every((extent, axis) => extent === operand.shape[axis]);
    return same ? operand : this.builder.reshape(operand, shape);
  }

  constant(values: ArrayLike<number>, shape: readonly number[] = []): Operand {
    return this.builder.constant({ dataType: 'float32', shape }, Float32Array.from(values));
  }

  integers(values: GraphConstant, shape: readonly number[]): Operand {
    if (values instanceof Int8Array) return this.builder.constant({ dataType: 'int8', shape }, values);
    return this.builder.constant({ dataType: 'int32', shape }, Int32Array.from(values));
  }

  times(operand: Operand, factor: number): Operand {
    return factor === 1 ? operand : this.builder.mul(operand, this.constant([factor]));
  }

  clamp(operand: Operand, low: number, high: number): Operand {
    return this.builder.clamp(operand, { minValue: low, maxValue: high });
  }

  /**
   * Rounds real numbers onto the grid of an i16 value, between x' = low and high, and keeps them; of an f32 value, only clamps. `low` and `high` are of
   * the kernel.
   */
  finish(index: ValueIndex, real: Operand, low: number, high: number): void {
    const value = this.#graph.values[index]!;
    if (value.dtype !== 'i16') {
      this.put(index, this.clamp(real, low, high));
      return;
    }
    const { scale } = value;
    if (value.high - value.low > narrowest) {
      const units = this.builder.roundEven(this.clamp(this.times(real, 1 / scale), low, high));
      this.put(index, this.times(units, scale));
      return;
    }
    const isWhole = low === value.low && high === value.high;
    const within = isWhole ? real : this.clamp(real, low * scale, high * scale);
    const ones = Array.from(real.shape, () => 1);
    const [step, zero] = [this.constant([scale], ones), this.integers(Int8Array.of(-128 - value.low), ones)];
    this.put(index, this.builder.dequantizeLinear(this.builder.quantizeLinear(within, step, zero), step, zero));
  }

  /** Weights int8 with a scale per output, which is the given axis. */
  weights(values: GraphConstant, shape: readonly number[], scales: ArrayLike<number>, outputAxis = 0): Operand {
    const perOutput = shape.map((extent, axis) => (axis === outputAxis ? extent : 1));
    const zeros = this.integers(new Int8Array(scales.length), perOutput);
    return this.builder.dequantizeLinear(this.integers(values, shape), this.constant(scales, perOutput), zeros);
  }

  /** Biases int32 with a scale each. */
  biases(values: GraphConstant, scales: ArrayLike<number>): Operand {
    const shape = [values.length];
    const zeros = this.integers(new Int32Array(values.length), shape);
    return this.builder.dequantizeLinear(this.integers(values, shape), this.constant(scales, shape), zeros);
  }

  /**
   * For each output of a linear layer, what a product of a weight and a step of the input stands for: by its multiplier, or 1 where sums stay as
   * they are.
   */
  productScales(output: ValueIndex, outputs: number, multiplier: GraphConstant | undefined): Float64Array {
    return Float64Array.from({ length: outputs }, (_, o) =>
      multiplier === undefined ? 1 : multiplier[o]! * this.scaleOf(output),
    );
  }

  /** Values from others by their places: of each window out[i] = (all inputs one after the other)[table[i]]. */
  pick(inputs: readonly Operand[], table: Int32Array): Operand {
    const joined = inputs.length === 1 ? inputs[0]! : this.builder.concat(inputs, 1);
    return this.builder.gather(joined, this.integers(table, [table.length]), { axis: 1 });
  }

  /** One zero per window. */
  zero(): Operand {
    return this.constant(new Float32Array(this.batch), [this.batch, 1]);
  }
}

import type { Autoencoder } from './autoencoder.ts';
import { InputError } from './error.ts';
import type { ValueId } from './ir/graph.ts';

export type Space = 'raw' | 'normalised';

/**
 * How well the float model reconstructs the calibration data: mean squared error over the variance of the values. 0 is
 * perfect; at 1 a single constant would do as well.
 */
export class Fit {
  readonly #model: Autoencoder;
  readonly #sums: Record<Space, { error: number; sum: number; squares: number; count: number }> = {
    raw: { error: 0, sum: 0, squares: 0, count: 0 },
    normalised: { error: 0, sum: 0, squares: 0, count: 0 },
  };
  min = Infinity;
  max = -Infinity;
  /** Values that are the least or the greatest seen. */
  readonly #atEnds = { min: 0, max: 0 };
  #values = 0;

  constructor(model: Autoencoder) {
    this.#model = model;
  }

  look(values: ReadonlyMap<ValueId, Float32Array>): void {
    const { graph, scaling } = this.#model;
    const output = values.get(graph.outputs[0]!)!;
    const raw = values.get(graph.inputs[0]!)!;
    this.#add('raw', raw, output);
    if (scaling !== null) this.#add('normalised', values.get(scaling.output)!, output);
    for (const value of raw) this.#bound(value);
    this.#values += raw.length;
  }

  #bound(value: number): void {
    if (value < this.min) [this.min, this.#atEnds.min] = [value, 0];
    if (value > this.max) [this.max, this.#atEnds.max] = [value, 0];
    if (value === this.min) this.#atEnds.min++;
    if (value === this.max) this.#atEnds.max++;
  }

  /** Whether values pile up at both ends of their range, as the black and white of images do: then nothing can lie beyond. */
  get isBounded(): boolean {
    const few = Math.max(10, piledUp * this.#values);
    return this.#atEnds.min >= few && this.#atEnds.max >= few;
  }

  /** Unexplained share of the variance in a space; Infinity where it was never looked at. */
  unexplained(space: Space): number {
    const { error, sum, squares, count } = this.#sums[space];
    if (count === 0) return Infinity;
    const variance = squares / count - (sum / count) ** 2;
    return error === 0 ? 0 : error / count / Math.max(variance, Number.MIN_VALUE);
  }

  /** The space in which the model was trained to reconstruct: the one in which it does so better. */
  bestSpace(): Space {
    return this.unexplained('normalised') < this.unexplained('raw') ? 'normalised' : 'raw';
  }

  /** Throws an InputError if the data is not what the model was trained on. `own`: the model itself scales its input. */
  check(space: Space, data: string, own: boolean): void {
    const range = `the values (${format(this.min)} to ${format(this.max)})`;
    const unexplained = this.unexplained(space);
    const rms = this.#rms('normalised');
    if (unexplained > 1) {
      throw poorFit(
        data,
        `the model does not reconstruct this data: its squared error is ${format(unexplained)} times the variance of ${range}`,
      );
    }
    if (own && space === 'normalised' && (rms > 10 || rms < 0.01)) {
      throw poorFit(
        data,
        `the model's own scaling turns ${range} into values of about ${format(rms)}; of its training data it makes about 1`,
      );
    }
  }

  #rms(space: Space): number {
    const { squares, count } = this.#sums[space];
    return Math.sqrt(squares / count);
  }

  #add(space: Space, x: Float32Array, y: Float32Array): void {
    const sums = this.#sums[space];
    for (let i = 0; i < x.length; i++) {
      sums.error += (x[i]! - y[i]!) ** 2;
      sums.sum += x[i]!;
      sums.squares += x[i]! ** 2;
    }
    sums.count += x.length;
  }
}

/** Share of the values that is no chance at one end of their range. */
const piledUp = 0.001;

const format = (value: number): string => String(Number(value.toPrecision(4)));

const poorFit = (where: string, what: string): InputError =>
  new InputError({
    where,
    what,
    hint: 'The data probably has another scale or column order than in training: scale it as in training, or pass --allow-poor-fit.',
  });

/** Activations and rows of weights are padded to this many values, so that kernels need no tails. */
export const vectorValues = 8;
export const padded = (size: number): number => Math.ceil(size / vectorValues) * vectorValues;

/**
 * How two int8 weights share an i16, u the upper one: `biased` = 256 u + l + 128, `bytes` = u and l as they are, `joined` = 256 u + l. What
 * each is good for is said in runtime-as/kernels.
 */
export type PairCode = 'biased' | 'bytes' | 'joined';

/** Called for each place of a stream: byte offset, and indices of what lies there. Index -1 is padding: zero. */
export interface Cells {
  /** An int8. */
  weight(at: number, index: number): void;
  /** Two int8 in an i16. */
  pair(at: number, upper: number, lower: number): void;
  /** An i32. */
  bias(at: number, index: number): void;
  /** Two i32, 16 bytes apart: 256 u + l, and 256 l. */
  biasPair(at: number, upper: number, lower: number): void;
}

/** A piece of the data segment that holds weights and biases of one layer in the order that its kernel reads. */
export interface Stream {
  readonly bytes: number;
  readonly pairs: PairCode;
  /** What biases are multiplied by, modulo 2^32. */
  readonly biasMultiple: number;
  readonly each: (cells: Cells) => void;
}

export type Weights = Int8Array | Int16Array | Int32Array | Float32Array;

/** The stream with these weights and biases. */
export function writeStream({ bytes, pairs, biasMultiple, each }: Stream, weights: Weights, biases: Weights): Uint8Array {
  const out = new Uint8Array(bytes);
  const view = new DataView(out.buffer);
  const weight = (index: number): number => weights[index] ?? 0;
  const bias = (index: number): number => Math.imul(biases[index] ?? 0, biasMultiple);
  each({
    weight: (at, index) => view.setInt8(at, weight(index)),
    pair: (at, upper, lower) => {
      const l = weight(lower);
      view.setInt16(at, 256 * weight(upper) + (pairs === 'biased' ? l + 128 : pairs === 'bytes' ? l & 255 : l), true);
    },
    bias: (at, index) => view.setInt32(at, bias(index), true),
    biasPair: (at, upper, lower) => {
      view.setInt32(at, 256 * bias(upper) + bias(lower), true);
      view.setInt32(at + 16, 256 * bias(lower), true);
    },
  });
  return out;
}

/** Weights and biases of a stream, to where their indices say. Biases must be below 2^31 / the power of two in `biasMultiple`. */
export function readStreamInto(
  { pairs, biasMultiple, each }: Stream,
  stream: Uint8Array,
  weights: Int8Array,
  biases: Int32Array,
): void {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.length);
  const divide = divisionBy(biasMultiple);
  each({
    weight: (at, index) => put(weights, index, view.getInt8(at)),
    pair: (at, upper, lower) => {
      const both = view.getInt16(at, true);
      const l = pairs === 'biased' ? (both & 255) - 128 : (both << 24) >> 24;
      put(weights, lower, l);
      put(weights, upper, (pairs === 'joined' ? both - l : both) >> 8);
    },
    bias: (at, index) => put(biases, index, divide(view.getInt32(at, true))),
    biasPair: (at, upper, lower) => {
      const l = view.getInt32(at + 16, true) >> 8;
      put(biases, lower, l);
      put(biases, upper, (view.getInt32(at, true) - l) >> 8);
    },
  });
}

/** An index of -1 would make a property of the array: not one of its values. */
function put(values: Int8Array | Int32Array, index: number, value: number): void {
  if (index >= 0) values[index] = value;
}

/** What undoes the multiplication of a small enough i32 by `multiple` modulo 2^32. */
function divisionBy(multiple: number): (product: number) => number {
  const shift = 31 - Math.clz32(multiple & -multiple);
  const odd = multiple >> shift;
  // Newton's iteration: each step doubles the bits of the inverse that are right, from three on.
  let inverse = odd;
  for (let i = 0; i < 4; i++) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  return (product) => (Math.imul(product >>> shift, inverse) << shift) >> shift;
}

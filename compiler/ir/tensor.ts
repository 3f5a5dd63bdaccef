/** Extents, outermost first. The empty shape is a scalar. */
export type Shape = readonly number[];

/** A float value has no quantization. */
export interface FloatType {
  readonly dtype: 'f32';
  readonly shape: Shape;
}

/** real = scale * (q - zeroPoint), per tensor. i14: int16 of which 14 bits are used, where 16 would let sums overflow. */
export interface Quantization {
  readonly dtype: 'i8' | 'i14' | 'i16';
  readonly scale: number;
  readonly zeroPoint: number;
}

/** An integer value always carries its quantization: there is no optional scale. */
export interface IntType {
  readonly dtype: 'integer';
  readonly shape: Shape;
  readonly quantization: Quantization;
}

/** Row-major f32 values; `data.length` is the product of `shape`. */
export interface Tensor {
  readonly shape: Shape;
  readonly data: Float32Array;
  /** Of weights that an int8 model holds as integers q = data / scale: one scale, or one per index of the first axis. */
  readonly scales?: Float32Array;
}

/** Number of elements of a shape; 1 for a scalar. */
export const sizeOf = (shape: Shape): number => shape.reduce((size, extent) => size * extent, 1);

/** `[1 x 640]`, as errors and `inspect` print it. */
export const formatShape = (shape: Shape): string => `[${shape.join(' x ')}]`;

export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((extent, axis) => extent === b[axis]);

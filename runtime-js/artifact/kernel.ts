/** [height, width]; a signal over time is an image of height 1. */
export type Pair = readonly [number, number];

/** How a window of taps moves over an image of channels-last pixels. */
export interface Window {
  readonly input: Pair;
  readonly output: Pair;
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  /** Rows above and columns left of the image; below and right there is as much as the output needs. All are zero. */
  readonly pads: Pair;
}

export interface Convolution extends Window {
  /** Channels of the input and of the output. */
  readonly channels: Pair;
  /** Output o sees the input channels of its group alone. */
  readonly groups: number;
  /** |acc| < 2^23 is proved, and no weight is -128: for speed, the result is the same. */
  readonly short: boolean;
  readonly result: Result;
  readonly low: number;
  readonly high: number;
}

/**
 * Requantization mode: f32 multiplication and rounding to even (ours, XNNPACK's, ONNX's), or fixed point as TFLite Micro's
 * reference does it (rounded twice) or as ruy does (once).
 */
export type Rounding = 'float' | 'double' | 'single';

/** mantissa * 2^(shift - 31) */
export interface FixedPoint {
  readonly mantissa: number;
  readonly shift: number;
}

/** Straight lines per table of the kernel interpolate: 512 keep the error of a sigmoid under 1e-4 of its range. */
export const segmentsOfInterpolation = 512;

/** What becomes of the sums of a layer: rounded to i16; not rounded, f32 (the last layer); the i32 sums themselves. */
export type Result = 'i16' | 'f32' | 'i32';

/** A copy of a box of values: extents, and where it begins and how far apart its values lie on both sides. */
export interface Move {
  /** Which activation it reads. */
  readonly input: number;
  readonly extents: Quadruple;
  readonly from: number;
  readonly fromStrides: Quadruple;
  readonly to: number;
  readonly toStrides: Quadruple;
}
export type Quadruple = readonly [number, number, number, number];

/**
 * What machines do, in integers: the closed union of kernels. The vocabulary of every target (wasm now; WebGPU, WebNN
 * and C read the same). `sparse`: many inputs are expected to be zero; it changes the speed, never the result. An activation lies in memory as i16 x' = q - zeroPoint, so that zero points vanish from sums.
 */
export type Kernel =
  /** x' = clamp(roundHalfEven(f32(x * inverseScale)), low, high). [x: f32] -> x'. */
  | { readonly kind: 'quantize'; readonly inverseScale: number; readonly low: number; readonly high: number }
  /**
   * acc = bias + w * x' in i32, then by `result` y = clamp(f32(f32(acc) * multiplier), low, high) as f32, its roundHalfEven as
   * x'', or acc. [x', w, bias, multiplier (not for i32)].
   */
  | {
      readonly kind: 'matmul';
      readonly sparse: boolean;
      readonly result: Result;
      readonly low: number;
      readonly high: number;
    }
  /** x'' = clamp(acc * mantissa * 2^(shift - 31), low, high) in fixed point, per channel. [acc: i32, mantissa, shift: i32[channels]] -> x''. */
  | {
      readonly kind: 'requantize';
      readonly rounding: Exclude<Rounding, 'float'>;
      readonly channels: number;
      readonly low: number;
      readonly high: number;
    }
  /**
   * Sums of int16 weights, which are 254 times an upper and once a lower int8:
   * y = clamp(f32(f32(f32(f32(upper) * 254) + f32(lower)) * multiplier[i mod period]), low, high) as f32, or its roundHalfEven as
   * x''. [upper, lower: i32, multiplier: f32[period]].
   */
  | {
      readonly kind: 'joinSums';
      readonly period: number;
      readonly result: Exclude<Result, 'i32'>;
      readonly low: number;
      readonly high: number;
    }
  /**
   * As matmul, for each place of the window: acc = bias + w * x' over its taps. w: i8 [out x height x width x in / groups].
   * [x', w, bias, multiplier (not for i32)]. `narrow`: |x'| <= 327 and |acc| < 2^25 are proved, which an exact fast
   * convolution asks for; it changes the speed, never the result.
   */
  | ({ readonly kind: 'conv'; readonly narrow: boolean } & Convolution)
  /** As conv, the window spread instead of gathered: input i meets output i * stride - pad + tap * dilation. */
  | ({ readonly kind: 'convTranspose' } & Convolution)
  /** The greatest or mean value under a window, per channel; a mean is rounded to even. Scales are kept. [x'] -> x''. */
  | ({
      readonly kind: 'pool';
      readonly fn: 'max' | 'average';
      readonly channels: number;
      /** Rows and columns of the padding that a mean counts, from the edge of the image on: [bottom, right], or null for none. */
      readonly counted: Pair | null;
      /** Round a mean of q = x' + zeroPoint half away from zero, as TFLite does; null: to even. */
      readonly awayFrom: number | null;
    } & Window)
  /** x'' = clamp(roundHalfEven(f32(fn(f32(a' * scaleA), f32(b' * scaleB)) * inverseScale))). [a', b'] -> x''. */
  | {
      readonly kind: 'binary';
      readonly fn: 'add' | 'sub' | 'mul' | 'div' | 'max' | 'min';
      readonly scaleA: number;
      readonly scaleB: number;
      readonly inverseScale: number;
      readonly low: number;
      readonly high: number;
    }
  /** x'' = clamp((2^20 a' * a + 2^20 b' * b) * out, low, high), each product in fixed point. [a', b'] -> x''. */
  | {
      readonly kind: 'addFixed';
      readonly rounding: Exclude<Rounding, 'float'>;
      readonly a: FixedPoint;
      readonly b: FixedPoint;
      readonly out: FixedPoint;
      readonly low: number;
      readonly high: number;
    }
  /** x'' = clamp(roundHalfEven(f32(f32(x' * factor[i mod period]) + offset[i mod period]))). [x', factor, offset] -> x''. */
  | { readonly kind: 'affine'; readonly period: number; readonly low: number; readonly high: number }
  /** Copies boxes of values; what no box reaches is 0. x' or f32, the scale is kept. [x, ...] -> x. */
  | { readonly kind: 'move'; readonly boxes: readonly Move[]; readonly clear: boolean; readonly float: boolean }
  /** y[o][i][r] = x[o][table[i]][r] for each of `outer` blocks. [x, table: i32] -> x; x' or f32. */
  | {
      readonly kind: 'gather';
      readonly outer: number;
      readonly extent: number;
      readonly count: number;
      readonly run: number;
      readonly float: boolean;
    }
  /**
   * Folds rows of n values: clamp(roundHalfEven(f32(fold * multiplier))), the fold exact, its root and product in f64.
   * [x': [rows x n]] -> x'': [rows].
   */
  | {
      readonly kind: 'reduce';
      readonly fn: 'sum' | 'max' | 'min' | 'l1' | 'l2' | 'sumSquare';
      readonly n: number;
      readonly multiplier: number;
      readonly low: number;
      readonly high: number;
    }
  /**
   * x'' = clamp(roundHalfEven(f32(f32(x' * factor) + offset))) per row of n values, factor = ratio / sqrt(variance + epsilon),
   * offset = -mean * factor. epsilon: in units of x' squared. [x'] -> x''.
   */
  | {
      readonly kind: 'normalize';
      readonly n: number;
      readonly center: boolean;
      readonly epsilon: number;
      readonly ratio: number;
      readonly low: number;
      readonly high: number;
    }
  /** x'' = clamp(roundHalfEven(f32(f32(e / sum e) * inverseScale))), e = table[greatest - x'], per row of n. [x', table] -> x''. */
  | { readonly kind: 'softmax'; readonly n: number; readonly inverseScale: number; readonly low: number; readonly high: number }
  /** The softmax of int8 TFLite, in fixed point, per row of n: q = e / sum e in units of 1/256. [x', exps: i32] -> x''. */
  | { readonly kind: 'softmaxFixed'; readonly n: number }
  /** x'' = clamp(roundHalfEven(sum over t of weights[j][t] * x'[o][indices[j][t]][r])). [x', indices: i32, weights: f32] -> x''. */
  | {
      readonly kind: 'resample';
      readonly outer: number;
      readonly extent: number;
      readonly count: number;
      readonly taps: number;
      readonly run: number;
      readonly low: number;
      readonly high: number;
    }
  /** x'' = clamp(roundHalfEven(f32(f32(a' * transpose(b')) * multiplier))), per block. [a': [.. m x k], b': [.. n x k]] -> x''. */
  | {
      readonly kind: 'product';
      readonly batch: number;
      readonly rows: number;
      readonly columns: number;
      readonly depth: number;
      readonly multiplier: number;
      readonly low: number;
      readonly high: number;
    }
  /**
   * A recurrent layer over x': [sequences x steps x depth]; the hidden state is i16 in units of 1 / inverseScale, the cell state f32.
   * [x', first hidden state', first cell state: f32, w: i8 [gates * hidden x depth], u: i8 [gates * hidden x hidden], multipliers
   * of w and u, biases of x and h, tables of the gate, candidate and output function (where they are tables), peepholes: f32
   * [3 * hidden]] -> x''.
   */
  | {
      readonly kind: 'recurrent';
      readonly cell: 'lstm' | 'gru' | 'gruResetBefore' | 'simple';
      readonly sequences: number;
      readonly steps: number;
      readonly depth: number;
      readonly hidden: number;
      readonly reverse: boolean;
      /** Which it gives, sequence by sequence. */
      readonly hiddenStates: 'none' | 'last' | 'all';
      /** Whether the last cell states come behind the hidden states; all are f32 then, else i16. */
      readonly cellState: boolean;
      /** The first states: zeros, an input, or a constant: trained values, behind the peepholes. [sequences x hidden] */
      readonly firstHidden: 'zero' | 'input' | 'constant';
      readonly firstCell: 'zero' | 'input' | 'constant';
      /** Gates are sigmoids and the others tanh, both as quotients of polynomials; or straight lines between table entries. */
      readonly functions: 'quotients' | 'tables';
      /** Whether the LSTM's gates see its cell state. */
      readonly peepholes: boolean;
      /** Whether it goes on from the states that the run before left; else it begins with the first ones. One sequence. */
      readonly stateful: boolean;
      readonly inverseScale: number;
      readonly low: number;
      readonly high: number;
    }
  /** y = f32(x' * scale). [x'] -> f32. */
  | { readonly kind: 'dequantize'; readonly scale: number }
  /** x'' = table[x' - first]. [x', table: i16[256]] -> x''. */
  | { readonly kind: 'lookup'; readonly first: number }
  /** y = linear interpolation of table at (x - start) * inverseStep, clamped to [low, high]. [x: f32, table: f32] -> f32. */
  | {
      readonly kind: 'interpolate';
      readonly start: number;
      readonly inverseStep: number;
      readonly low: number;
      readonly high: number;
    }
  /** y = f32(f32(x * scale) + offset), per channel. [x: f32, scale: f32, offset: f32] -> f32. */
  | { readonly kind: 'scale' };

export type KernelKind = Kernel['kind'];
export type KernelOf<K extends KernelKind> = Extract<Kernel, { readonly kind: K }>;

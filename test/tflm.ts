import { options, fields, operatorNames } from '../compiler/read/tflite/schema.ts';
import { TfliteFile, type Table } from '../compiler/read/tflite/table.ts';

// The int8 arithmetic of TFLite Micro's reference kernels, restated from their rules (shared/QUANTIZATION.md) and apart from
// the compiler's: fixed-point multiplication with two roundings, each half away from zero.

interface Tensor {
  readonly shape: readonly number[];
  readonly scales: Float32Array;
  readonly zeroPoint: number;
  readonly data: Uint8Array;
}

type Options = Table | null;

/** round(a * b / 2^31), half away from zero, then round(that / 2^right), half away from zero. */
function multiply(value: number, { mantissa, shift }: Multiplier): number {
  const product = BigInt(value) * BigInt(2 ** Math.max(0, shift)) * BigInt(mantissa);
  const high = divideAway(product, 1n << 31n);
  return Number(divideAway(high, 1n << BigInt(Math.max(0, -shift))));
}

/** Half away from zero. Of the first rounding gemmlowp says "nudge, then truncate", which is this. */
function divideAway(value: bigint, divisor: bigint): bigint {
  const doubled = 2n * (value < 0n ? -value : value) + divisor;
  const magnitude = doubled / (2n * divisor);
  return value < 0n ? -magnitude : magnitude;
}

interface Multiplier {
  readonly mantissa: number;
  readonly shift: number;
}

function multiplierOf(real: number): Multiplier {
  let [fraction, shift] = [real, 0];
  for (; fraction >= 1; shift++) fraction /= 2;
  for (; fraction < 0.5; shift--) fraction *= 2;
  const mantissa = Math.round(fraction * 2 ** 31);
  return mantissa === 2 ** 31 ? { mantissa: 2 ** 30, shift: shift + 1 } : { mantissa, shift };
}

const clampInt8 = (value: number): number => Math.min(127, Math.max(-128, value));

/** Least and greatest q behind a fused activation: 1 is ReLU, 3 is ReLU6. */
function bounds(code: number, { scales, zeroPoint }: Tensor): readonly [number, number] {
  const low = code === 0 ? -128 : clampInt8(zeroPoint);
  return [low, code === 3 ? clampInt8(zeroPoint + Math.round(6 / scales[0]!)) : 127];
}

export class TfliteMicro {
  readonly #tensors: readonly Tensor[];
  readonly #graph: Table;
  readonly #codes: readonly string[];

  constructor(bytes: Uint8Array) {
    const model = new TfliteFile('reference', bytes).root();
    this.#graph = model.tables(fields.Model.subgraphs)[0]!;
    const buffers = model.tables(fields.Model.buffers).map((buffer) => buffer.bytes(fields.Buffer.data));
    this.#codes = model
      .tables(fields.Model.operatorCodes)
      .map(
        (code) =>
          operatorNames[
            Math.max(code.int8(fields.OperatorCode.deprecatedBuiltinCode), code.uint32(fields.OperatorCode.builtinCode))
          ]!,
      );
    this.#tensors = this.#graph.tables(fields.SubGraph.tensors).map((tensor) => {
      const quantization = tensor.table(fields.Tensor.quantization);
      return {
        shape: tensor.ints(fields.Tensor.shape),
        scales: quantization?.floats(fields.QuantizationParameters.scale) ?? new Float32Array(),
        zeroPoint: quantization?.longs(fields.QuantizationParameters.zeroPoint)[0] ?? 0,
        data: buffers[tensor.uint32(fields.Tensor.buffer)]!,
      };
    });
  }

  get input(): Tensor {
    return this.#tensors[this.#graph.ints(fields.SubGraph.inputs)[0]!]!;
  }

  get output(): Tensor {
    return this.#tensors[this.#graph.ints(fields.SubGraph.outputs)[0]!]!;
  }

  /** int8 in, int8 out. */
  run(input: Int8Array): Int8Array {
    const values = new Map<number, Int8Array>([[this.#graph.ints(fields.SubGraph.inputs)[0]!, input]]);
    for (const operator of this.#graph.tables(fields.SubGraph.operators)) {
      const kind = this.#codes[operator.uint32(fields.Operator.opcodeIndex)]!;
      const inputs = operator.ints(fields.Operator.inputs);
      const output = operator.ints(fields.Operator.outputs)[0]!;
      const kernel = kernels[kind];
      if (kernel === undefined) throw new Error(`the reference has no ${kind}`);
      const operands = inputs.map((index) => this.#tensors[index]!);
      const data = inputs.map((index) => values.get(index) ?? new Int8Array(0));
      values.set(output, kernel(operands, data, this.#tensors[output]!, operator.table(fields.Operator.builtinOptions)));
    }
    return values.get(this.#graph.ints(fields.SubGraph.outputs)[0]!)!;
  }
}

type Kernel = (tensors: readonly Tensor[], data: readonly Int8Array[], output: Tensor, options: Options) => Int8Array;

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, extent) => size * extent, 1);
const int8 = ({ data }: Tensor): Int8Array => new Int8Array(data.buffer, data.byteOffset, data.length);
// Not slice(): that of a Node Buffer is a view.
const int32 = ({ data }: Tensor): Int32Array => new Int32Array(Uint8Array.from(data).buffer);

const kernels: Readonly<Record<string, Kernel>> = {
  FULLY_CONNECTED: ([x, w, b], [data], output, table) => {
    const [rows, depth] = w!.shape;
    const [weights, bias] = [int8(w!), int32(b!)];
    // A per-tensor scale product is taken in f32 first.
    const multiplier = multiplierOf(Math.fround(x!.scales[0]! * w!.scales[0]!) / output.scales[0]!);
    const [low, high] = bounds(table?.int8(options.FullyConnected.fused) ?? 0, output);
    return Int8Array.from({ length: rows! }, (_, o) => {
      let sum = bias[o]!;
      for (let k = 0; k < depth!; k++) sum += (data![k]! - x!.zeroPoint) * weights[o * depth! + k]!;
      return Math.min(high, Math.max(low, multiply(sum, multiplier) + output.zeroPoint));
    });
  },
  CONV_2D: ([x, w, b], [data], output, table) => {
    const [, height, width, channels] = x!.shape;
    const [outputs, kernelH, kernelW] = w!.shape;
    const [, outH, outW] = output.shape;
    const [strideH, strideW] = [table!.int32(options.Conv2D.strideH, 1), table!.int32(options.Conv2D.strideW, 1)];
    const same = table!.int8(options.Conv2D.padding) === 0;
    const padding = (out: number, stride: number, kernel: number, extent: number): number =>
      same ? Math.floor(Math.max(0, (out - 1) * stride + kernel - extent) / 2) : 0;
    const [top, left] = [padding(outH!, strideH, kernelH!, height!), padding(outW!, strideW, kernelW!, width!)];
    const [weights, bias] = [int8(w!), int32(b!)];
    const multipliers = Array.from({ length: outputs! }, (_, o) =>
      multiplierOf((x!.scales[0]! * w!.scales[w!.scales.length === 1 ? 0 : o]!) / output.scales[0]!),
    );
    const [low, high] = bounds(table!.int8(options.Conv2D.fused), output);
    return Int8Array.from({ length: sizeOf(output.shape) }, (_, at) => {
      const o = at % outputs!;
      const column = Math.floor(at / outputs!) % outW!;
      const row = Math.floor(at / outputs! / outW!);
      let sum = bias[o]!;
      for (let ky = 0; ky < kernelH!; ky++) {
        const y = row * strideH - top + ky;
        if (y < 0 || y >= height!) continue;
        for (let kx = 0; kx < kernelW!; kx++) {
          const c = column * strideW - left + kx;
          if (c < 0 || c >= width!) continue;
          const from = (y * width! + c) * channels!;
          const weight = ((o * kernelH! + ky) * kernelW! + kx) * channels!;
          for (let i = 0; i < channels!; i++) sum += (data![from + i]! - x!.zeroPoint) * weights[weight + i]!;
        }
      }
      return Math.min(high, Math.max(low, multiply(sum, multipliers[o]!) + output.zeroPoint));
    });
  },
  ADD: ([a, b], [x, y], output, table) => {
    const twice = 2 * Math.max(a!.scales[0]!, b!.scales[0]!);
    const [first, second] = [a!, b!].map(({ scales }) => multiplierOf(scales[0]! / twice));
    const result = multiplierOf(twice / (2 ** 20 * output.scales[0]!));
    const [low, high] = bounds(table?.int8(options.Binary.fused) ?? 0, output);
    return Int8Array.from(x!, (value, i) => {
      const left = multiply((value - a!.zeroPoint) * 2 ** 20, first!);
      const right = multiply((y![i]! - b!.zeroPoint) * 2 ** 20, second!);
      return Math.min(high, Math.max(low, multiply(left + right, result) + output.zeroPoint));
    });
  },
  AVERAGE_POOL_2D: ([x], [data], output, table) => {
    const [, , width, channels] = x!.shape;
    const [filterH, filterW] = [table!.int32(options.Pool2D.filterH, 1), table!.int32(options.Pool2D.filterW, 1)];
    const [strideH, strideW] = [table!.int32(options.Pool2D.strideH, 1), table!.int32(options.Pool2D.strideW, 1)];
    const outW = output.shape[2]!;
    const n = filterH * filterW;
    return Int8Array.from({ length: sizeOf(output.shape) }, (_, at) => {
      const [c, column, row] = [at % channels!, Math.floor(at / channels!) % outW, Math.floor(at / channels! / outW)];
      let sum = 0;
      for (let ky = 0; ky < filterH; ky++) {
        for (let kx = 0; kx < filterW; kx++) {
          sum += data![((row * strideH + ky) * width! + column * strideW + kx) * channels! + c]!;
        }
      }
      return clampInt8(Number(divideAway(BigInt(sum), BigInt(n))));
    });
  },
  RESHAPE: (_, [data]) => data!,
  SOFTMAX: ([x], [data]) => softmax(data!, x!.scales[0]!),
};

const limit = 2n ** 31n - 1n;
const high = (a: bigint, b: bigint): bigint => divideAway(a * b, 1n << 31n);
const saturate = (x: bigint): bigint => (x > limit ? limit : x < -limit - 1n ? -limit - 1n : x);

/** Softmax of one row, output scale 1/256 and zero point -128, in gemmlowp's fixed point. */
function softmax(row: Int8Array, scale: number): Int8Array {
  const multiplier = multiplierOf(Math.min(scale * 2 ** 26, 2 ** 31 - 1));
  const furthest = Math.floor((31 * 2 ** 26) / 2 ** multiplier.shift);
  const peak = Math.max(...row);
  const exps = Array.from(row, (value) => {
    const difference = value - peak;
    return difference < -furthest ? 0n : expOf(high(BigInt(difference) << BigInt(multiplier.shift), BigInt(multiplier.mantissa)));
  });
  const sum = exps.reduce((total, e) => total + divideAway(e, 1n << 12n), 0n);
  const headroom = 32 - sum.toString(2).length;
  const shares = inverse((sum << BigInt(headroom)) - (1n << 31n));
  return Int8Array.from(exps, (e) => clampInt8(Number(divideAway(high(shares, e), 1n << BigInt(12 - headroom + 23))) - 128));
}

/** 1 / (1 + a), a in units of 2^-31. */
function inverse(a: bigint): bigint {
  const half = (a + limit + 1n) / 2n;
  let x = 1_515_870_810n + high(half, -1_010_580_540n);
  for (let i = 0; i < 3; i++) x += saturate(high(x, (1n << 29n) - high(half, x)) << 2n);
  return saturate(x << 1n);
}

/** e^a, a <= 0 in units of 2^-26. */
function expOf(a: bigint): bigint {
  if (a === 0n) return limit;
  const quarter = 1n << 24n;
  const rest = (((a % quarter) + quarter) % quarter) - quarter;
  let result = expNearZero(saturate(rest << 5n));
  const steps = [1_672_461_947n, 1_302_514_674n, 790_015_084n, 290_630_308n, 39_332_535n, 720_401n, 242n];
  steps.forEach((factor, i) => {
    if (((rest - a) >> BigInt(24 + i)) % 2n === 1n) result = high(result, factor);
  });
  return result;
}

/** e^a by its series about -1/8, a in [-1/4, 0). */
function expNearZero(a: bigint): bigint {
  const x = a + (1n << 28n);
  const [square, factor] = [high(x, x), 1_895_147_668n];
  const [cube, fourth] = [high(square, x), high(square, square)];
  const tail = divideAway(high(divideAway(fourth, 4n) + cube, 715_827_883n) + square, 2n);
  return saturate(factor + high(factor, x + tail));
}

import { roundHalfEven } from './elementwise.ts';

/** How a model stores or rounds a number: name, size, bits -> value, and value -> nearest value of the format. */
export interface NumberFormat {
  readonly bits: number;
  /** Whether all its values are whole numbers (bool included). */
  readonly whole: boolean;
  /** The value of element `index` of a packed, little-endian array; below 8 bits the first element has the lowest bits. */
  decode(view: DataView, index: number): number;
  /** What a conversion to the format gives. */
  round(x: number, conversion: Conversion): number;
}

/** What ONNX's Cast lets a model say about a conversion (https://onnx.ai/onnx/operators/onnx__Cast.html). */
export interface Conversion {
  /** Of 8-bit floats: whether what is too large becomes the largest value instead of infinity or NaN. */
  readonly saturate: boolean;
  /** Of float8e8m0, which holds powers of two alone. */
  readonly direction: 'up' | 'down' | 'nearest';
}

/**
 * IEEE-like formats: exponent bits, mantissa bits, bias, and what the highest patterns mean. `infinite`: infinities and NaN;
 * `nan`: all ones are NaN, no infinity; `negativeZero`: the pattern of -0 is NaN, no infinity; `finite`: numbers alone.
 */
interface FloatLayout {
  readonly exponent: number;
  readonly mantissa: number;
  readonly bias: number;
  readonly special: 'infinite' | 'nan' | 'negativeZero' | 'finite';
}

/** Sources: IEEE 754; bfloat16 https://arxiv.org/abs/1905.12322; float8 https://onnx.ai/onnx/technical/float8.html; int4, float4 beside it. */
export const formats = {
  float32: native(32, (view, at) => view.getFloat32(at, true), Math.fround),
  float64: native(
    64,
    (view, at) => view.getFloat64(at, true),
    (x) => x,
  ),
  float16: float({ exponent: 5, mantissa: 10, bias: 15, special: 'infinite' }),
  bfloat16: float({ exponent: 8, mantissa: 7, bias: 127, special: 'infinite' }),
  float8e4m3fn: float({ exponent: 4, mantissa: 3, bias: 7, special: 'nan' }),
  float8e4m3fnuz: float({ exponent: 4, mantissa: 3, bias: 8, special: 'negativeZero' }),
  float8e5m2: float({ exponent: 5, mantissa: 2, bias: 15, special: 'infinite' }),
  float8e5m2fnuz: float({ exponent: 5, mantissa: 2, bias: 16, special: 'negativeZero' }),
  float8e8m0: { bits: 8, whole: false, decode: (view, at) => powerOfTwo(view.getUint8(at)), round: roundToPower },
  float4e2m1: float({ exponent: 2, mantissa: 1, bias: 1, special: 'finite' }),
  int2: integer(2, true),
  int4: integer(4, true),
  int8: integer(8, true),
  int16: integer(16, true),
  int32: integer(32, true),
  int64: integer(64, true),
  uint2: integer(2, false),
  uint4: integer(4, false),
  uint8: integer(8, false),
  uint16: integer(16, false),
  uint32: integer(32, false),
  uint64: integer(64, false),
  bool: { bits: 8, whole: true, decode: (view, at) => (view.getUint8(at) === 0 ? 0 : 1), round: (x) => (x === 0 ? 0 : 1) },
} satisfies Record<string, NumberFormat>;

export type FormatName = keyof typeof formats;

/** Whether f32 holds every value of the format, so that rounding a f32 result to f32 is all there is to do. */
export const isPlainFloat = (format: FormatName): boolean => format === 'float32' || format === 'float64';

/** Smallest and largest value of a whole format. */
export function rangeOf(format: FormatName): readonly [low: number, high: number] {
  const { bits }: NumberFormat = formats[format];
  if (format === 'bool') return [0, 1];
  return format.startsWith('u') ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
}

/** Bytes that `count` packed elements take. */
export const bytesOf = (format: FormatName, count: number): number => Math.ceil((count * formats[format].bits) / 8);

function native(bits: number, read: (view: DataView, at: number) => number, round: (x: number) => number): NumberFormat {
  return { bits, whole: false, decode: (view, index) => read(view, (index * bits) / 8), round };
}

/** Beyond its range a whole number loses its high bits, as in C; f32 holds whole numbers exactly up to 2^24. */
function integer(bits: number, signed: boolean): NumberFormat {
  const [size, half] = [2 ** bits, 2 ** (bits - 1)];
  const [least, most] = signed ? [-half, half - 1] : [0, size - 1];
  const wrap = (x: number): number => {
    // Of 64 bits the sum with 2^64 below would lose the low bits of a small negative number.
    if (x >= least && x <= most) return x;
    const low = x - Math.floor(x / size) * size;
    return signed && low >= half ? low - size : low;
  };
  const decode = (view: DataView, index: number): number => {
    if (bits < 64) return wrap(pattern(view, index, bits));
    return Number(signed ? view.getBigInt64(index * 8, true) : view.getBigUint64(index * 8, true));
  };
  return { bits, whole: true, decode, round: (x) => (Number.isFinite(x) ? wrap(Math.trunc(x)) : 0) };
}

/** The bits of an element as a whole number, for formats of up to 32 bits. */
function pattern(view: DataView, index: number, bits: number): number {
  if (bits === 32) return view.getUint32(index * 4, true);
  if (bits === 16) return view.getUint16(index * 2, true);
  const first = index * bits;
  return (view.getUint8(first >> 3) >> (first & 7)) & (2 ** bits - 1);
}

function float(layout: FloatLayout): NumberFormat {
  const { exponent, mantissa } = layout;
  const bits = 1 + exponent + mantissa;
  const steps = 2 ** mantissa;
  const value = (code: number): number => {
    const sign = code >= 2 ** (bits - 1) ? -1 : 1;
    const magnitude = code % 2 ** (bits - 1);
    const [power, fraction] = [Math.floor(magnitude / steps), magnitude % steps];
    if (layout.special === 'infinite' && power === 2 ** exponent - 1) return fraction === 0 ? sign * Infinity : Number.NaN;
    if (layout.special === 'nan' && magnitude === 2 ** (bits - 1) - 1) return Number.NaN;
    if (layout.special === 'negativeZero' && code === 2 ** (bits - 1)) return Number.NaN;
    return sign * (power === 0 ? fraction : steps + fraction) * 2 ** (Math.max(power, 1) - layout.bias - mantissa);
  };
  // The codes of positive numbers stand in the order of their values: the largest is below those with a meaning of their own.
  const reserved = { infinite: steps, nan: 1, negativeZero: 0, finite: 0 }[layout.special];
  const largest = value(2 ** (bits - 1) - 1 - reserved);
  return {
    bits,
    whole: false,
    decode: (view, index) => value(pattern(view, index, bits)),
    round: (x, { saturate }) => roundTo(layout, largest, bits === 8 && saturate, x),
  };
}

/** To nearest, ties to even. */
function roundTo({ mantissa, bias, special }: FloatLayout, largest: number, saturate: boolean, x: number): number {
  if (Number.isNaN(x)) return special === 'finite' ? 0 : x;
  const size = Math.abs(x);
  const power = Math.max(exponentOf(size), 1 - bias);
  const unit = 2 ** (power - mantissa);
  const near = size === Infinity ? Infinity : roundHalfEven(size / unit) * unit;
  if (near <= largest) return Math.sign(x) * near;
  if (saturate || special === 'finite') return Math.sign(x) * largest;
  return special === 'infinite' ? Math.sign(x) * Infinity : Number.NaN;
}

/** floor(log2(x)), exact. */
function exponentOf(x: number): number {
  if (x === 0 || x === Infinity) return 0;
  const guess = Math.floor(Math.log2(x));
  if (2 ** guess > x) return guess - 1;
  return 2 ** (guess + 1) <= x ? guess + 1 : guess;
}

/** float8e8m0: 2^(code - 127), no sign, no zero (https://onnx.ai/onnx/technical/float8.html#e8m0). */
const powerOfTwo = (code: number): number => (code === 255 ? Number.NaN : 2 ** (code - 127));

function roundToPower(x: number, { saturate, direction }: Conversion): number {
  if (Number.isNaN(x) || x < 0) return Number.NaN;
  const [smallest, largest] = [2 ** -127, 2 ** 127];
  if (x <= smallest) return smallest;
  const below = x === Infinity ? Infinity : 2 ** exponentOf(x);
  const goesUp = direction === 'up' ? x > below : direction === 'nearest' && x >= 1.5 * below;
  const near = goesUp ? 2 * below : below;
  if (near <= largest) return near;
  return saturate ? largest : Number.NaN;
}

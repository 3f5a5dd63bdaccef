import { InputError } from '../../error.ts';
import { formatShape, sizeOf, type Shape, type Tensor } from '../../ir/tensor.ts';
import { bytesOf, formats, type FormatName } from '../../ops/number-formats.ts';
import { fields, tensorTypes } from './schema.ts';
import type { Table, TfliteFile } from './table.ts';

/** real = scale * (q - zero point), for the whole tensor or for each index of an axis. */
export interface TensorQuantization {
  readonly scales: Float32Array;
  readonly zeroPoints: readonly number[];
  readonly axis: number;
}

/** A tensor of the file, before it is known what it is for. */
export interface TfliteTensor {
  readonly name: string;
  readonly shape: Shape;
  readonly type: string;
  /** Empty for what is computed. */
  readonly data: Uint8Array;
  readonly quantization: TensorQuantization | null;
  /** Kept from one run to the next. */
  readonly isVariable: boolean;
}

/** Trained values, and the scales of those that are integers in [-127, 127] around zero. */
export interface Trained {
  readonly tensor: Tensor;
  readonly scales: { readonly axis: number; readonly scales: Float32Array } | null;
}

/** Throws an InputError for a tensor that cannot be read in any role. */
export function describeTensor(file: TfliteFile, table: Table, buffers: readonly Uint8Array[]): TfliteTensor {
  const name = table.text(fields.Tensor.name);
  const shape = table.ints(fields.Tensor.shape);
  if (shape.some((extent) => extent < 0)) throw file.damaged(`tensor "${name}"`, `has shape ${formatShape(shape)}`);
  const code = table.int8(fields.Tensor.type);
  const parameters = table.table(fields.Tensor.quantization);
  const odd = oddities({
    'is sparse': table.has(fields.Tensor.sparsity),
    'lies in a file of its own': table.uint32(fields.Tensor.externalBuffer) !== 0,
    'is quantized in blocks': parameters !== null && parameters.int8(fields.QuantizationParameters.detailsType) !== 0,
  });
  if (odd !== undefined) {
    throw new InputError({
      where: `${file.name}, tensor "${name}"`,
      what: `${odd}; supported are dense tensors with one scale, or one per channel`,
      hint: 'Convert the model without this optimization.',
    });
  }
  return {
    name,
    shape,
    type: tensorTypes[code] ?? `type ${code}`,
    data: buffers[table.uint32(fields.Tensor.buffer)] ?? new Uint8Array(),
    quantization: parameters === null ? null : quantizationOf(file, name, shape, parameters),
    isVariable: table.bool(fields.Tensor.isVariable),
  };
}

const oddities = (claims: Readonly<Record<string, boolean>>): string | undefined =>
  Object.keys(claims).find((claim) => claims[claim] === true);

function quantizationOf(file: TfliteFile, name: string, shape: Shape, table: Table): TensorQuantization | null {
  const scales = table.floats(fields.QuantizationParameters.scale);
  if (scales.length === 0) return null;
  const written = table.longs(fields.QuantizationParameters.zeroPoint);
  const zeroPoints = Array.from(scales, (_, i) => written[written.length === 1 ? 0 : i] ?? 0);
  const axis = table.int32(fields.QuantizationParameters.quantizedDimension, 0);
  const fits = scales.length === 1 || scales.length === shape[axis];
  if (fits && scales.every((scale) => scale >= 0 && scale < Infinity)) return { scales, zeroPoints, axis };
  throw file.damaged(`tensor "${name}"`, `has ${scales.length} scales on axis ${axis} of ${formatShape(shape)}`);
}

/** Number formats that trained values come in, and whether they are integers that stand for real values. */
const trainedFormats: Readonly<Record<string, { readonly format: FormatName; readonly needsScale: boolean }>> = {
  float32: { format: 'float32', needsScale: false },
  float16: { format: 'float16', needsScale: false },
  bfloat16: { format: 'bfloat16', needsScale: false },
  float64: { format: 'float64', needsScale: false },
  int8: { format: 'int8', needsScale: true },
  uint8: { format: 'uint8', needsScale: true },
  int16: { format: 'int16', needsScale: true },
  int32: { format: 'int32', needsScale: false },
  uint32: { format: 'uint32', needsScale: false },
  int64: { format: 'int64', needsScale: false },
  bool: { format: 'bool', needsScale: false },
};

/** The real values of a constant: integers with a scale are dequantized, each rounded once to f32. */
export function readTrained(file: TfliteFile, { name, shape, type, data, quantization }: TfliteTensor): Trained {
  const refuse = (what: string, hint: string): InputError =>
    new InputError({ where: `${file.name}, tensor "${name}"`, what, hint });
  const known = trainedFormats[type];
  if (known === undefined) {
    throw refuse(
      `holds ${type}; supported are ${Object.keys(trainedFormats).join(', ')}`,
      'Convert the model with float, float16 or int8 weights.',
    );
  }
  if (known.needsScale && quantization === null) throw refuse(`is ${type} without a scale`, 'Convert the model again.');
  const size = sizeOf(shape);
  if (data.length !== bytesOf(known.format, size)) {
    throw refuse(
      `has ${data.length} bytes for ${formatShape(shape)} of ${type}`,
      'The file looks damaged: copy it or export the model again.',
    );
  }
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const { decode } = formats[known.format];
  const real = new Float32Array(size);
  if (quantization === null) {
    for (let i = 0; i < size; i++) real[i] = decode(view, i);
    return { tensor: { shape, data: real }, scales: null };
  }
  const { scales, zeroPoints, axis } = quantization;
  const inner = scales.length === 1 ? size : sizeOf(shape.slice(axis + 1));
  let largest = 0;
  for (let i = 0; i < size; i++) {
    const channel = Math.floor(i / inner) % scales.length;
    const integer = decode(view, i) - zeroPoints[channel]!;
    largest = Math.max(largest, Math.abs(integer));
    real[i] = integer * scales[channel]!;
  }
  // What the artifact can keep as it is.
  const isKept = formats[known.format].bits === 8 && largest <= 127 && scales.every((scale) => scale > 0);
  return { tensor: { shape, data: real }, scales: isKept ? { axis, scales } : null };
}

import { InputError } from '../../error.ts';
import { formatShape, sizeOf, type Shape } from '../../ir/tensor.ts';
import { bytesOf, formats, type FormatName, type NumberFormat } from '../../ops/number-formats.ts';
import type { Source } from '../source.ts';
import type { TensorProto } from './schema.ts';

/** A constant of the file; weights and shapes alike, in f64. */
export interface OnnxTensor {
  readonly format: FormatName;
  readonly shape: Shape;
  readonly values: Float64Array;
}

/** TensorProto.DataType by its number; text (8) and complex numbers (14, 15) are not numbers here. */
const dataTypes: Readonly<Record<number, FormatName>> = {
  1: 'float32',
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  9: 'bool',
  10: 'float16',
  11: 'float64',
  12: 'uint32',
  13: 'uint64',
  16: 'bfloat16',
  17: 'float8e4m3fn',
  18: 'float8e4m3fnuz',
  19: 'float8e5m2',
  20: 'float8e5m2fnuz',
  21: 'uint4',
  22: 'int4',
  23: 'float4e2m1',
  24: 'float8e8m0',
  25: 'uint2',
  26: 'int2',
};

/** The format of a TensorProto.DataType. Throws an InputError if it is text, complex or unknown. */
export function formatOf(dataType: number, where: string): FormatName {
  const format = dataTypes[dataType];
  if (format !== undefined) return format;
  throw new InputError({
    where,
    what: `has data type ${dataType}; supported are ${Object.values(dataTypes).join(', ')}`,
    hint: 'Export a model of numbers: text and complex numbers are not read.',
  });
}

/** Throws an InputError if the type is unsupported or the data does not fill the shape. */
export async function readTensor(source: Source, tensor: TensorProto): Promise<OnnxTensor> {
  const bytes = tensor.dataLocation === 1 ? await readExternal(source, tensor) : tensor.rawData;
  return decodeTensor(source.name, tensor, bytes);
}

/** A tensor whose bytes are at hand; with none of them, its values lie in the field of its type. */
export function decodeTensor(file: string, tensor: TensorProto, raw: Uint8Array): OnnxTensor {
  const where = `${file}, tensor "${tensor.name}"`;
  const format = formatOf(tensor.dataType, where);
  const { bits }: NumberFormat = formats[format];
  const shape = tensor.dims;
  const size = sizeOf(shape);
  const stored = raw.length > 0 ? null : (wideField(tensor, format) ?? null);
  const bytes = raw.length > 0 ? raw : packed(tensor.int32Data, bits);
  const whole = shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
  if (!whole || (stored === null ? bytes.length !== bytesOf(format, size) : stored.length !== size)) {
    throw new InputError({
      where,
      what: `holds ${stored?.length ?? Math.floor((bytes.length * 8) / bits)} values of ${format} for shape ${formatShape(shape)}`,
      hint: 'The file looks damaged: export the model again.',
    });
  }
  if (stored !== null) return { format, shape, values: Float64Array.from(stored) };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return { format, shape, values: Float64Array.from({ length: size }, (_, i) => formats[format].decode(view, i)) };
}

/** The field that holds the values of a format themselves (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto, TensorProto). */
function wideField(tensor: TensorProto, format: FormatName): readonly number[] | undefined {
  const fields: Partial<Record<FormatName, readonly number[]>> = {
    float32: tensor.floatData,
    float64: tensor.doubleData,
    int64: tensor.int64Data,
    uint32: tensor.uint64Data,
    uint64: tensor.uint64Data,
  };
  return fields[format];
}

/** All other formats store their bits in int32: one element each, and below 8 bits one byte of elements each. */
function packed(words: readonly number[], bits: number): Uint8Array {
  const width = Math.max(1, bits / 8);
  const bytes = new Uint8Array(words.length * width);
  words.forEach((word, i) => {
    for (let byte = 0; byte < width; byte++) bytes[i * width + byte] = word >> (8 * byte);
  });
  return bytes;
}

async function readExternal(source: Source, tensor: TensorProto): Promise<Uint8Array> {
  const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const bytes = await source.sibling(entries.get('location') ?? '');
  const offset = Number(entries.get('offset') ?? 0);
  const length = Number(entries.get('length') ?? bytes.length - offset);
  if (offset >= 0 && length >= 0 && offset + length <= bytes.length) return bytes.subarray(offset, offset + length);
  throw new InputError({
    where: `${source.name}, tensor "${tensor.name}"`,
    what: `lies at bytes ${offset} to ${offset + length} of ${entries.get('location')}, which has ${bytes.length}`,
    hint: 'Copy the external data file again.',
  });
}

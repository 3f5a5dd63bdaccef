import { InputError } from '../../error.ts';
import { formatShape, sizeOf, type Shape } from '../../ir/tensor.ts';
import { float16 } from '../float16.ts';
import type { Source } from '../source.ts';
import type { TensorProto } from './schema.ts';

/** A constant of the file; weights and shapes alike, in f64. */
export interface OnnxTensor {
  readonly shape: Shape;
  readonly values: Float64Array;
}

interface DataType {
  readonly name: string;
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number;
  readonly typed: (tensor: TensorProto) => readonly number[];
}

/** TensorProto.DataType -> how its values are stored (raw little-endian, or in a typed field). */
const types: Readonly<Record<number, DataType>> = {
  1: { name: 'float', bytes: 4, read: (view, at) => view.getFloat32(at, true), typed: (t) => t.floatData },
  6: { name: 'int32', bytes: 4, read: (view, at) => view.getInt32(at, true), typed: (t) => t.int32Data },
  7: { name: 'int64', bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)), typed: (t) => t.int64Data },
  9: { name: 'bool', bytes: 1, read: (view, at) => view.getUint8(at), typed: (t) => t.int32Data },
  10: {
    name: 'float16',
    bytes: 2,
    read: (view, at) => float16(view.getUint16(at, true)),
    typed: (t) => t.int32Data.map(float16),
  },
  11: { name: 'double', bytes: 8, read: (view, at) => view.getFloat64(at, true), typed: (t) => t.doubleData },
};

/** Throws an InputError if the type is unsupported or the data does not fill the shape. */
export async function readTensor(source: Source, tensor: TensorProto): Promise<OnnxTensor> {
  const where = `${source.name}, tensor "${tensor.name}"`;
  const type = types[tensor.dataType];
  if (type === undefined) {
    throw new InputError({
      where,
      what: `has data type ${tensor.dataType}; supported are ${Object.values(types)
        .map(({ name }) => name)
        .join(', ')}`,
      hint: 'Export the float model; integer models are not read yet.',
    });
  }
  const shape = tensor.dims;
  const size = sizeOf(shape);
  const raw = tensor.dataLocation === 1 ? await readExternal(source, tensor, where) : tensor.rawData;
  const typed = type.typed(tensor);
  const found = raw.length > 0 ? raw.length / type.bytes : typed.length;
  if (!shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0) || found !== size) {
    throw new InputError({
      where,
      what: `holds ${found} values of ${type.name} for shape ${formatShape(shape)}`,
      hint: 'The file looks damaged: export the model again.',
    });
  }
  if (raw.length === 0) return { shape, values: Float64Array.from(typed) };
  const view = new DataView(raw.buffer, raw.byteOffset, raw.length);
  return { shape, values: Float64Array.from({ length: size }, (_, i) => type.read(view, i * type.bytes)) };
}

async function readExternal(source: Source, tensor: TensorProto, where: string): Promise<Uint8Array> {
  const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const bytes = await source.sibling(entries.get('location') ?? '');
  const offset = Number(entries.get('offset') ?? 0);
  const length = Number(entries.get('length') ?? bytes.length - offset);
  if (offset >= 0 && length >= 0 && offset + length <= bytes.length) return bytes.subarray(offset, offset + length);
  throw new InputError({
    where,
    what: `lies at bytes ${offset} to ${offset + length} of ${entries.get('location')}, which has ${bytes.length}`,
    hint: 'Copy the external data file again.',
  });
}

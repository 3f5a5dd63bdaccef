import { Builder, type Offset } from 'flatbuffers';

export interface TensorParts {
  readonly shape: readonly number[];
  /** TensorType: 0 float32, 1 float16, 2 int32, 3 uint8, 9 int8. */
  readonly type?: number;
  readonly data?: ArrayBufferView;
  /** QuantizationParameters: one scale, or one per index of `axis`. */
  readonly scales?: readonly number[];
  readonly zeroPoint?: number;
  readonly axis?: number;
  readonly isVariable?: boolean;
  readonly isSparse?: boolean;
}

export interface OperatorParts {
  /** BuiltinOperator; a text is the name of a custom operator. */
  readonly code: number | string;
  /** 1 unless a runtime wants more. */
  readonly version?: number;
  /** Names; '' is an optional input that is not given. */
  readonly inputs: readonly string[];
  readonly output: string;
  /** Where an operator has several: those behind the first. */
  readonly moreOutputs?: readonly string[];
  /** BuiltinOptions: its number in the union, then its fields by slot. */
  readonly options?: { readonly type: number; readonly fields: readonly Field[] };
}

export type Field =
  | readonly [kind: 'int8' | 'int32' | 'float32', slot: number, value: number]
  | readonly [kind: 'ints', slot: number, value: readonly number[]];

export interface TfliteParts {
  readonly tensors: Readonly<Record<string, TensorParts>>;
  readonly operators: readonly OperatorParts[];
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  /** How often the graph is in the file. */
  readonly copies?: number;
}

/**
 * Writes a TFLite model slot by slot, independent of the reader's table
 * (https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs).
 */
export function buildTflite({ tensors, operators, inputs = ['x'], outputs = ['y'], copies = 1 }: TfliteParts): Uint8Array {
  const builder = new Builder(1024);
  const names = Object.keys(tensors);
  const indices = (of: readonly string[]): Offset =>
    ints(
      builder,
      of.map((name) => names.indexOf(name)),
    );
  const buffers = offsets(
    builder,
    [undefined, ...Object.values(tensors).map(({ data }) => data)].map((data) => writeBuffer(builder, data)),
  );
  const tensorsAt = offsets(
    builder,
    names.map((name, i) => writeTensor(builder, name, tensors[name]!, i + 1)),
  );
  const operatorsAt = offsets(
    builder,
    operators.map((operator, i) =>
      writeOperator(builder, operator, i, indices(operator.inputs), indices([operator.output, ...(operator.moreOutputs ?? [])])),
    ),
  );
  const [inputsAt, outputsAt] = [indices(inputs), indices(outputs)];
  const graph = table(builder, { 0: tensorsAt, 1: inputsAt, 2: outputsAt, 3: operatorsAt });
  const graphs = offsets(
    builder,
    Array.from({ length: copies }, () => graph),
  );
  const codes = offsets(
    builder,
    operators.map(({ code, version = 1 }) => writeCode(builder, code, version)),
  );
  builder.startObject(5);
  builder.addFieldInt32(0, 3, 0);
  builder.addFieldOffset(1, codes, 0);
  builder.addFieldOffset(2, graphs, 0);
  builder.addFieldOffset(4, buffers, 0);
  builder.finish(builder.endObject(), 'TFL3');
  return builder.asUint8Array().slice();
}

function writeCode(builder: Builder, code: number | string, version: number): Offset {
  const custom = typeof code === 'string' ? builder.createString(code) : 0;
  const builtin = typeof code === 'string' ? 32 : code;
  builder.startObject(4);
  builder.addFieldInt8(0, Math.min(builtin, 127), 0);
  if (custom !== 0) builder.addFieldOffset(1, custom, 0);
  builder.addFieldInt32(2, version, 0);
  builder.addFieldInt32(3, builtin, 0);
  return builder.endObject();
}

function writeBuffer(builder: Builder, data: ArrayBufferView | undefined): Offset {
  if (data === undefined) return table(builder, {});
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  // XNNPACK reads weights where they lie, 16-byte aligned; a builder writes from the end.
  builder.startVector(1, bytes.length, 16);
  for (const byte of bytes.toReversed()) builder.addInt8(byte);
  return table(builder, { 0: builder.endVector() });
}

function writeTensor(builder: Builder, name: string, parts: TensorParts, buffer: number): Offset {
  const { shape, type = 0, data, isVariable = false, isSparse = false } = parts;
  const [shapeAt, nameAt] = [ints(builder, shape), builder.createString(name)];
  const quantizationAt = writeQuantization(builder, parts);
  const sparsityAt = isSparse ? table(builder, {}) : 0;
  builder.startObject(7);
  builder.addFieldOffset(0, shapeAt, 0);
  builder.addFieldInt8(1, type, 0);
  builder.addFieldInt32(2, data === undefined ? 0 : buffer, 0);
  builder.addFieldOffset(3, nameAt, 0);
  if (quantizationAt !== 0) builder.addFieldOffset(4, quantizationAt, 0);
  builder.addFieldInt8(5, isVariable ? 1 : 0, 0);
  if (sparsityAt !== 0) builder.addFieldOffset(6, sparsityAt, 0);
  return builder.endObject();
}

function writeQuantization(builder: Builder, { scales, zeroPoint = 0, axis = 0 }: TensorParts): Offset {
  if (scales === undefined) return 0;
  builder.startVector(4, scales.length, 4);
  for (const scale of scales.toReversed()) builder.addFloat32(scale);
  const scalesAt = builder.endVector();
  builder.startVector(8, scales.length, 8);
  scales.forEach(() => builder.addInt64(BigInt(zeroPoint)));
  const zeroPointsAt = builder.endVector();
  builder.startObject(7);
  builder.addFieldOffset(2, scalesAt, 0);
  builder.addFieldOffset(3, zeroPointsAt, 0);
  builder.addFieldInt32(6, axis, 0);
  return builder.endObject();
}

function writeOperator(builder: Builder, { options }: OperatorParts, code: number, inputs: Offset, outputs: Offset): Offset {
  const optionsAt = options === undefined ? 0 : writeOptions(builder, options.fields);
  builder.startObject(5);
  builder.addFieldInt32(0, code, 0);
  builder.addFieldOffset(1, inputs, 0);
  builder.addFieldOffset(2, outputs, 0);
  if (options !== undefined) {
    builder.addFieldInt8(3, options.type, 0);
    builder.addFieldOffset(4, optionsAt, 0);
  }
  return builder.endObject();
}

function writeOptions(builder: Builder, fields: readonly Field[]): Offset {
  const lists = new Map(
    fields.flatMap(([kind, slot, value]) => (kind === 'ints' ? [[slot, ints(builder, value)] as const] : [])),
  );
  builder.startObject(8);
  for (const [kind, slot, value] of fields) {
    if (kind === 'int8') builder.addFieldInt8(slot, value, 0);
    else if (kind === 'int32') builder.addFieldInt32(slot, value, 0);
    else if (kind === 'float32') builder.addFieldFloat32(slot, value, 0);
    else builder.addFieldOffset(slot, lists.get(slot)!, 0);
  }
  return builder.endObject();
}

function table(builder: Builder, fields: Readonly<Record<number, Offset>>): Offset {
  builder.startObject(5);
  for (const [slot, at] of Object.entries(fields)) builder.addFieldOffset(Number(slot), at, 0);
  return builder.endObject();
}

function ints(builder: Builder, values: readonly number[]): Offset {
  builder.startVector(4, values.length, 4);
  for (const value of values.toReversed()) builder.addInt32(value);
  return builder.endVector();
}

function offsets(builder: Builder, values: readonly Offset[]): Offset {
  builder.startVector(4, values.length, 4);
  for (const value of values.toReversed()) builder.addOffset(value);
  return builder.endVector();
}

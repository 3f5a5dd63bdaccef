import { Builder, type Offset } from 'flatbuffers';
import { fields, operatorNames, options, tensorTypes } from '../../../compiler/read/tflite/schema.ts';
import type { DenseLayer } from './layers.ts';

// Writes dense models as TFLite in the two forms that LiteRT.js takes: float, and int8 inside with float input and output.
// (https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs)

type Range = readonly [low: number, high: number];
type Data = Float32Array | Int8Array | Int32Array;

interface TensorSpec {
  readonly shape: readonly number[];
  readonly type: string;
  /** null: an activation. */
  readonly data: Data | null;
  readonly quantization: { readonly scale: number; readonly zeroPoint: number } | null;
}

interface OperatorSpec {
  readonly code: string;
  readonly inputs: readonly number[];
  readonly output: number;
  readonly relu: boolean;
}

const codeOf = (table: Readonly<Record<number, string>>, name: string): number =>
  Number(Object.entries(table).find(([, known]) => known === name)![0]);

/** FULLY_CONNECTED takes int8 from version 4 on, QUANTIZE and DEQUANTIZE from 1 and 2 on. */
const versions: Readonly<Record<string, number>> = { FULLY_CONNECTED: 4, QUANTIZE: 1, DEQUANTIZE: 2 };
const schemaVersion = 3;
const fullyConnectedOptions = 8;
/** XNNPACK reads weights where they lie. */
const dataAlignment = 16;

class Network {
  readonly tensors: TensorSpec[] = [];
  readonly operators: OperatorSpec[] = [];

  tensor(shape: readonly number[], type: string, data: Data | null, scale = 0, zeroPoint = 0): number {
    return this.tensors.push({ shape, type, data, quantization: scale === 0 ? null : { scale, zeroPoint } }) - 1;
  }

  operator(code: string, inputs: readonly number[], output: number, relu = false): number {
    this.operators.push({ code, inputs, output, relu });
    return output;
  }
}

export function floatTflite(layers: readonly DenseLayer[]): Uint8Array {
  const network = new Network();
  let x = network.tensor([1, layers[0]!.depth], 'float32', null);
  for (const { rows, depth, weights, bias, relu } of layers) {
    const operands = [x, network.tensor([rows, depth], 'float32', weights), network.tensor([rows], 'float32', bias)];
    x = network.operator('FULLY_CONNECTED', operands, network.tensor([1, rows], 'float32', null), relu);
  }
  return write(network);
}

/** Per-tensor int8 weights, as in MLPerf's ad01. `ranges`: of the input and of each layer's output. */
export function int8Tflite(layers: readonly DenseLayer[], ranges: readonly Range[]): Uint8Array {
  const network = new Network();
  const scales = ranges.map(([low, high]) => Math.fround((high - low) / 255));
  const activation = (size: number, i: number): number =>
    network.tensor([1, size], 'int8', null, scales[i]!, Math.round(-128 - ranges[i]![0] / scales[i]!));
  const input = network.tensor([1, layers[0]!.depth], 'float32', null);
  let x = network.operator('QUANTIZE', [input], activation(layers[0]!.depth, 0));
  for (const [i, { rows, depth, weights, bias, relu }] of layers.entries()) {
    const scale = Math.fround(weights.reduce((max, w) => Math.max(max, Math.abs(w)), 0) / 127);
    const biasScale = Math.fround(scales[i]! * scale);
    const w = network.tensor(
      [rows, depth],
      'int8',
      Int8Array.from(weights, (value) => Math.round(value / scale)),
      scale,
    );
    const b = network.tensor(
      [rows],
      'int32',
      Int32Array.from(bias, (value) => Math.round(value / biasScale)),
      biasScale,
    );
    x = network.operator('FULLY_CONNECTED', [x, w, b], activation(rows, i + 1), relu);
  }
  network.operator('DEQUANTIZE', [x], network.tensor([1, layers.at(-1)!.rows], 'float32', null));
  return write(network);
}

function write({ tensors, operators }: Network): Uint8Array {
  const builder = new Builder(1 << 20);
  const codes = [...new Set(operators.map(({ code }) => code))];
  // Buffer 0 is the empty one of all activations.
  const buffers = [null, ...tensors.flatMap(({ data }) => (data === null ? [] : [data]))];
  const table = (fieldCount: number, add: () => void): Offset => {
    builder.startObject(fieldCount);
    add();
    return builder.endObject();
  };
  const buffersAt = offsets(
    builder,
    buffers.map((data) => writeBuffer(builder, data)),
  );
  const tensorsAt = offsets(
    builder,
    tensors.map((tensor, i) => writeTensor(builder, tensor, `t${i}`, buffers.indexOf(tensor.data))),
  );
  const operatorsAt = offsets(
    builder,
    operators.map((operator) => writeOperator(builder, operator, codes.indexOf(operator.code))),
  );
  const [inputs, outputs] = [ints(builder, [0]), ints(builder, [operators.at(-1)!.output])];
  const graph = table(5, () => {
    builder.addFieldOffset(fields.SubGraph.tensors, tensorsAt, 0);
    builder.addFieldOffset(fields.SubGraph.inputs, inputs, 0);
    builder.addFieldOffset(fields.SubGraph.outputs, outputs, 0);
    builder.addFieldOffset(fields.SubGraph.operators, operatorsAt, 0);
  });
  const graphsAt = offsets(builder, [graph]);
  const codesAt = offsets(
    builder,
    codes.map((code) =>
      table(4, () => {
        builder.addFieldInt8(fields.OperatorCode.deprecatedBuiltinCode, codeOf(operatorNames, code), 0);
        builder.addFieldInt32(2, versions[code]!, 1);
        builder.addFieldInt32(fields.OperatorCode.builtinCode, codeOf(operatorNames, code), 0);
      }),
    ),
  );
  const model = table(5, () => {
    builder.addFieldInt32(fields.Model.version, schemaVersion, 0);
    builder.addFieldOffset(fields.Model.operatorCodes, codesAt, 0);
    builder.addFieldOffset(fields.Model.subgraphs, graphsAt, 0);
    builder.addFieldOffset(fields.Model.buffers, buffersAt, 0);
  });
  builder.finish(model, 'TFL3');
  return builder.asUint8Array().slice();
}

function writeBuffer(builder: Builder, data: Data | null): Offset {
  let at = 0;
  if (data !== null) {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    builder.startVector(1, bytes.length, dataAlignment);
    // A builder writes from the end; a whole array at once would lose the alignment that startVector has made.
    for (let i = bytes.length - 1; i >= 0; i--) builder.addInt8(bytes[i]!);
    at = builder.endVector();
  }
  builder.startObject(1);
  if (at !== 0) builder.addFieldOffset(fields.Buffer.data, at, 0);
  return builder.endObject();
}

function writeTensor(builder: Builder, { shape, type, quantization }: TensorSpec, name: string, buffer: number): Offset {
  const shapeAt = ints(builder, shape);
  const nameAt = builder.createString(name);
  const quantizationAt = quantization === null ? 0 : writeQuantization(builder, quantization);
  builder.startObject(5);
  builder.addFieldOffset(fields.Tensor.shape, shapeAt, 0);
  builder.addFieldInt8(fields.Tensor.type, codeOf(tensorTypes, type), 0);
  builder.addFieldInt32(fields.Tensor.buffer, Math.max(0, buffer), 0);
  builder.addFieldOffset(fields.Tensor.name, nameAt, 0);
  if (quantizationAt !== 0) builder.addFieldOffset(fields.Tensor.quantization, quantizationAt, 0);
  return builder.endObject();
}

/** QuantizationParameters: scale is field 2, zero_point field 3. */
function writeQuantization(builder: Builder, { scale, zeroPoint }: NonNullable<TensorSpec['quantization']>): Offset {
  builder.startVector(4, 1, 4);
  builder.addFloat32(scale);
  const scaleAt = builder.endVector();
  builder.startVector(8, 1, 8);
  builder.addInt64(BigInt(zeroPoint));
  const zeroAt = builder.endVector();
  builder.startObject(4);
  builder.addFieldOffset(2, scaleAt, 0);
  builder.addFieldOffset(3, zeroAt, 0);
  return builder.endObject();
}

function writeOperator(builder: Builder, { code, inputs, output, relu }: OperatorSpec, opcodeIndex: number): Offset {
  const inputsAt = ints(builder, inputs);
  const outputsAt = ints(builder, [output]);
  let optionsAt = 0;
  if (code === 'FULLY_CONNECTED') {
    builder.startObject(3);
    builder.addFieldInt8(options.FullyConnected.fused, relu ? 1 : 0, 0);
    optionsAt = builder.endObject();
  }
  builder.startObject(5);
  builder.addFieldInt32(fields.Operator.opcodeIndex, opcodeIndex, 0);
  builder.addFieldOffset(fields.Operator.inputs, inputsAt, 0);
  builder.addFieldOffset(fields.Operator.outputs, outputsAt, 0);
  if (optionsAt !== 0) {
    builder.addFieldInt8(3, fullyConnectedOptions, 0);
    builder.addFieldOffset(fields.Operator.builtinOptions, optionsAt, 0);
  }
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

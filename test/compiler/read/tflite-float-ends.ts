import { fields, operatorNames } from '../../../compiler/read/tflite/schema.ts';
import { TfliteFile, type Table } from '../../../compiler/read/tflite/table.ts';
import { buildTflite, type Field, type OperatorParts, type TensorParts } from './tflite-build.ts';

/** The scalar options of the operators that MLPerf's int8 models have: by their number in the union, slot and kind of each. */
const optionFields: Readonly<Record<number, readonly (readonly [kind: 'int8' | 'int32' | 'float32', slot: number])[]>> = {
  0: [],
  // Conv2D
  1: [['int8', 0], ['int32', 1], ['int32', 2], ['int8', 3], ['int32', 4], ['int32', 5]],
  // Pool2D
  5: [['int8', 0], ['int32', 1], ['int32', 2], ['int32', 3], ['int32', 4], ['int8', 5]],
  // FullyConnected
  8: [['int8', 0], ['int8', 1], ['int8', 2]],
  // Softmax
  9: [['float32', 0]],
  // Add
  11: [['int8', 0]],
  // Reshape: its shape is an operand too.
  17: [],
}; // prettier-ignore

/** Operator versions from which they take int8. */
const versions: Readonly<Record<string, number>> = {
  ADD: 2,
  AVERAGE_POOL_2D: 2,
  CONV_2D: 3,
  FULLY_CONNECTED: 4,
  RESHAPE: 1,
  SOFTMAX: 2,
};

/** -1 is an optional operand that is not given. */
const name = (index: number): string => (index < 0 ? '' : `t${index}`);

/**
 * LiteRT.js takes no int8 values: an int8 model, written again with QUANTIZE before and DEQUANTIZE behind it. Its own
 * operators, tensors and scales are as they were. `length`: only so many of its operators.
 */
export function withFloatEnds(bytes: Uint8Array, length = Infinity): Uint8Array {
  const model = new TfliteFile('int8.tflite', bytes).root();
  const graph = model.tables(fields.Model.subgraphs)[0]!;
  const buffers = model.tables(fields.Model.buffers).map((buffer) => buffer.bytes(fields.Buffer.data));
  const tensors = graph.tables(fields.SubGraph.tensors);
  const kinds = model
    .tables(fields.Model.operatorCodes)
    .map((code) => Math.max(code.int8(fields.OperatorCode.deprecatedBuiltinCode), code.uint32(fields.OperatorCode.builtinCode)));
  const kept = graph.tables(fields.SubGraph.operators).slice(0, length);
  const [input, output] = [graph.ints(fields.SubGraph.inputs)[0]!, kept.at(-1)!.ints(fields.Operator.outputs)[0]!];
  const shapeOf = (index: number): readonly number[] => tensors[index]!.ints(fields.Tensor.shape);
  const operators = kept.map((operator): OperatorParts => {
    const code = kinds[operator.uint32(fields.Operator.opcodeIndex)]!;
    const [first, ...others] = operator.ints(fields.Operator.outputs).map(name);
    return {
      code,
      version: versions[operatorNames[code]!]!,
      inputs: operator.ints(fields.Operator.inputs).map(name),
      output: first!,
      moreOutputs: others,
      options: optionsOf(operator),
    };
  });
  return buildTflite({
    tensors: {
      x: { shape: shapeOf(input) },
      ...Object.fromEntries(tensors.map((tensor, i) => [name(i), partsOf(tensor, buffers)])),
      y: { shape: shapeOf(output) },
    },
    operators: [
      { code: 114, inputs: ['x'], output: name(input) },
      ...operators,
      { code: 6, version: 2, inputs: [name(output)], output: 'y' },
    ],
  });
}

function optionsOf(operator: Table): NonNullable<OperatorParts['options']> {
  // Slot 3 is the type of the union in slot 4.
  const type = operator.int8(3);
  const table = operator.table(fields.Operator.builtinOptions);
  const read = ([kind, slot]: readonly ['int8' | 'int32' | 'float32', number]): Field => [
    kind,
    slot,
    kind === 'int8' ? table!.int8(slot) : kind === 'int32' ? table!.int32(slot, 1) : table!.float32(slot, 0),
  ];
  return { type, fields: table === null ? [] : optionFields[type]!.map(read) };
}

function partsOf(tensor: Table, buffers: readonly Uint8Array[]): TensorParts {
  const data = buffers[tensor.uint32(fields.Tensor.buffer)]!;
  const quantization = tensor.table(fields.Tensor.quantization);
  const scales = quantization?.floats(fields.QuantizationParameters.scale) ?? [];
  return {
    shape: tensor.ints(fields.Tensor.shape),
    type: tensor.int8(fields.Tensor.type),
    ...(data.length === 0 ? {} : { data }),
    ...(scales.length === 0
      ? {}
      : {
          scales: [...scales],
          zeroPoint: quantization!.longs(fields.QuantizationParameters.zeroPoint)[0] ?? 0,
          axis: quantization!.int32(fields.QuantizationParameters.quantizedDimension, 0),
        }),
  };
}

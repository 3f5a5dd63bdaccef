/**
 * The part of the TFLite schema that is read: field name -> slot in the table's vtable
 * (https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs).
 */
export const fields = {
  Model: { version: 0, operatorCodes: 1, subgraphs: 2, buffers: 4 },
  OperatorCode: { deprecatedBuiltinCode: 0, customCode: 1, builtinCode: 3 },
  SubGraph: { tensors: 0, inputs: 1, outputs: 2, operators: 3 },
  Tensor: { shape: 0, type: 1, buffer: 2, name: 3, quantization: 4 },
  Operator: { opcodeIndex: 0, inputs: 1, outputs: 2, builtinOptions: 4 },
  Buffer: { data: 0, offset: 1, size: 2 },
  FullyConnectedOptions: { activation: 0, weightsFormat: 1, keepNumDims: 2 },
  BinaryOptions: { activation: 0 },
  SoftmaxOptions: { beta: 0 },
  LeakyReluOptions: { alpha: 0 },
} as const;

/** BuiltinOperator: code -> name, for what is supported and for what users are likely to bring. */
export const operatorNames: Readonly<Record<number, string>> = {
  0: 'ADD', 1: 'AVERAGE_POOL_2D', 2: 'CONCATENATION', 3: 'CONV_2D', 4: 'DEPTHWISE_CONV_2D', 6: 'DEQUANTIZE', 9: 'FULLY_CONNECTED',
  14: 'LOGISTIC', 16: 'LSTM', 17: 'MAX_POOL_2D', 18: 'MUL', 19: 'RELU', 20: 'RELU_N1_TO_1', 21: 'RELU6', 22: 'RESHAPE',
  23: 'RESIZE_BILINEAR', 25: 'SOFTMAX', 28: 'TANH', 32: 'CUSTOM', 34: 'PAD', 36: 'GATHER', 39: 'TRANSPOSE', 40: 'MEAN', 41: 'SUB', 42: 'DIV',
  44: 'UNIDIRECTIONAL_SEQUENCE_LSTM', 45: 'STRIDED_SLICE', 49: 'SPLIT', 67: 'TRANSPOSE_CONV', 69: 'TILE', 70: 'EXPAND_DIMS', 77: 'SHAPE', 83: 'PACK', 94: 'FILL', 97: 'RESIZE_NEAREST_NEIGHBOR',
  98: 'LEAKY_RELU', 111: 'ELU', 114: 'QUANTIZE', 117: 'HARD_SWISH', 118: 'IF', 119: 'WHILE', 126: 'BATCH_MATMUL',
}; // prettier-ignore

export const tensorTypes: Readonly<Record<number, string>> = {
  0: 'float32', 1: 'float16', 2: 'int32', 3: 'uint8', 4: 'int64', 7: 'int16', 9: 'int8',
}; // prettier-ignore

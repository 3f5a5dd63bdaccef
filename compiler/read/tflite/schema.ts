/**
 * The part of the TFLite schema that is read: field name -> slot in the table's vtable
 * (https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs).
 */
export const fields = {
  Model: { version: 0, operatorCodes: 1, subgraphs: 2, buffers: 4 },
  OperatorCode: { deprecatedBuiltinCode: 0, customCode: 1, builtinCode: 3 },
  SubGraph: { tensors: 0, inputs: 1, outputs: 2, operators: 3 },
  Tensor: { shape: 0, type: 1, buffer: 2, name: 3, quantization: 4, isVariable: 5, sparsity: 6, externalBuffer: 10 },
  QuantizationParameters: { scale: 2, zeroPoint: 3, detailsType: 4, quantizedDimension: 6 },
  Operator: { opcodeIndex: 0, inputs: 1, outputs: 2, builtinOptions: 4 },
  Buffer: { data: 0, offset: 1, size: 2 },
} as const;

/** Slots of each operator's options. `fused` is an ActivationFunctionType, `padding` 0 for SAME and 1 for VALID. */
export const options = {
  BatchMatMul: { adjX: 0, adjY: 1 },
  Binary: { fused: 0 },
  Cast: { to: 1 },
  Concatenation: { axis: 0, fused: 1 },
  Conv2D: { padding: 0, strideW: 1, strideH: 2, fused: 3, dilationW: 4, dilationH: 5 },
  DepthwiseConv2D: { padding: 0, strideW: 1, strideH: 2, fused: 4, dilationW: 5, dilationH: 6 },
  FullyConnected: { fused: 0, weightsFormat: 1, keepNumDims: 2 },
  Gather: { axis: 0, batchDims: 1 },
  Gelu: { approximate: 0 },
  LeakyRelu: { alpha: 0 },
  MirrorPad: { mode: 0 },
  Pack: { axis: 1 },
  Pool2D: { padding: 0, strideW: 1, strideH: 2, filterW: 3, filterH: 4, fused: 5 },
  Reducer: { keepDims: 0 },
  Reshape: { newShape: 0 },
  ResizeBilinear: { alignCorners: 2, halfPixelCenters: 3 },
  ResizeNearestNeighbor: { alignCorners: 0, halfPixelCenters: 1 },
  Softmax: { beta: 0 },
  SpaceDepth: { blockSize: 0 },
  Squeeze: { squeezeDims: 0 },
  StridedSlice: { beginMask: 0, endMask: 1, ellipsisMask: 2, newAxisMask: 3, shrinkAxisMask: 4, offset: 5 },
  TransposeConv: { padding: 0, strideW: 1, strideH: 2, fused: 3 },
  UnidirectionalSequenceLstm: { fused: 0, cellClip: 1, projClip: 2, timeMajor: 3, diagonal: 5 },
  Unpack: { axis: 1 },
} as const;

/** BuiltinOperator: code -> name, as the schema counts them. */
export const operatorNames: readonly string[] = `
  ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE EMBEDDING_LOOKUP FLOOR FULLY_CONNECTED
  HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION LOGISTIC LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU
  RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN SOFTMAX SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM
  EMBEDDING_LOOKUP_SPARSE PAD UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV
  SQUEEZE UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX DELEGATE
  BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG PADV2 GREATER GREATER_EQUAL LESS_EQUAL SELECT SLICE
  SIN TRANSPOSE_CONV SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN FAKE_QUANT
  REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE
  ZEROS_LIKE FILL FLOOR_MOD RANGE RESIZE_NEAREST_NEIGHBOR LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL
  REVERSE_V2 ADD_N GATHER_ND COS WHERE RANK ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG ROUND HARD_SWISH IF
  WHILE NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY SEGMENT_SUM BATCH_MATMUL
  PLACEHOLDER_FOR_GREATER_OP_CODES CUMSUM CALL_ONCE BROADCAST_TO RFFT2D CONV_3D IMAG REAL COMPLEX_ABS HASHTABLE HASHTABLE_FIND
  HASHTABLE_IMPORT HASHTABLE_SIZE REDUCE_ALL CONV_3D_TRANSPOSE VAR_HANDLE READ_VARIABLE ASSIGN_VARIABLE BROADCAST_ARGS
  RANDOM_STANDARD_NORMAL BUCKETIZE RANDOM_UNIFORM MULTINOMIAL GELU DYNAMIC_UPDATE_SLICE RELU_0_TO_1 UNSORTED_SEGMENT_PROD
  UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_SUM ATAN2 UNSORTED_SEGMENT_MIN SIGN BITCAST BITWISE_XOR RIGHT_SHIFT
`
  .trim()
  .split(/\s+/);

/** TensorType: code -> name. Those that our number formats have are called as there. */
export const tensorTypes: readonly string[] = `
  float32 float16 int32 uint8 int64 string bool int16 complex64 int8 float64 complex128 uint64 resource variant uint32 uint16
  int4 bfloat16 int2 uint4 float8e4m3fn float8e5m2
`
  .trim()
  .split(/\s+/);

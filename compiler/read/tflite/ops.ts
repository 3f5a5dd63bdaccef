import type { ValueId } from '../../ir/graph.ts';
import { sizeOf } from '../../ir/tensor.ts';
import type { BinaryFunction } from '../../ops/binary.ts';
import type { Elementwise } from '../../ops/elementwise.ts';
import type { TfliteNode } from './node.ts';
import { fields } from './schema.ts';

export type Row = (node: TfliteNode) => ValueId;

/** ActivationFunctionType -> our function; null: none. */
const fused: Readonly<Record<number, Elementwise | null>> = {
  0: null,
  1: { fn: 'relu', parameters: [] },
  2: { fn: 'clip', parameters: [-1, 1] },
  3: { fn: 'relu6', parameters: [] },
  4: { fn: 'tanh', parameters: [] },
};

const elementwise =
  (activation: Elementwise): Row =>
  (node) =>
    apply(node, activation, node.input(0));
const binary =
  (fn: BinaryFunction): Row =>
  (node) => {
    const result = node.emit({ kind: 'binary', fn }, [node.input(0), node.input(1)]);
    return applyFused(node, node.options?.int8(fields.BinaryOptions.activation) ?? 0, result);
  };

/** One row per builtin operator (https://ai.google.dev/edge/litert). */
export const rows: Readonly<Record<string, Row>> = {
  FULLY_CONNECTED: fullyConnected,
  ADD: binary('add'),
  SUB: binary('sub'),
  MUL: binary('mul'),
  DIV: binary('div'),
  RELU: elementwise({ fn: 'relu', parameters: [] }),
  RELU6: elementwise({ fn: 'relu6', parameters: [] }),
  RELU_N1_TO_1: elementwise({ fn: 'clip', parameters: [-1, 1] }),
  LEAKY_RELU: (node) =>
    apply(node, { fn: 'leakyRelu', parameters: [node.options?.float32(fields.LeakyReluOptions.alpha) ?? 0] }, node.input(0)),
  ELU: elementwise({ fn: 'elu', parameters: [1] }),
  LOGISTIC: elementwise({ fn: 'sigmoid', parameters: [] }),
  TANH: elementwise({ fn: 'tanh', parameters: [] }),
  SOFTMAX: softmax,
  RESHAPE: (node) => node.emit({ kind: 'reshape', shape: outputShape(node) }, [node.input(0)]),
  DEQUANTIZE: dequantize,
  QUANTIZE: (node) => {
    throw node.error('quantizes values', integerHint);
  },
};

const integerHint = 'Integer TFLite models are not read yet: give the float model, which is quantized here with less loss.';

/** weights: [out x in] as ours; the bias is optional; more input axes are flattened to rows of `in` values. */
function fullyConnected(node: TfliteNode): ValueId {
  const weights = node.input(1);
  const [outputs, depth] = node.scope.builder.type(weights).shape;
  if ((node.options?.int8(fields.FullyConnectedOptions.weightsFormat) ?? 0) !== 0) {
    throw node.error('has shuffled weights', 'Export the model without weight shuffling.');
  }
  const shape = node.shape(0);
  const keep = node.options?.bool(fields.FullyConnectedOptions.keepNumDims) ?? false;
  const rowsShape = [sizeOf(shape) / depth!, depth!];
  const x = keep || shape.length === 2 ? node.input(0) : node.emit({ kind: 'reshape', shape: rowsShape }, [node.input(0)]);
  const bias = node.has(2)
    ? node.input(2)
    : node.scope.builder.constant(`${node.name}/bias`, { shape: [outputs!], data: new Float32Array(outputs!) });
  const sum = node.emit({ kind: 'dense', activation: null }, [x, weights, bias]);
  return applyFused(node, node.options?.int8(fields.FullyConnectedOptions.activation) ?? 0, sum);
}

function softmax(node: TfliteNode): ValueId {
  const beta = node.options?.float32(fields.SoftmaxOptions.beta) ?? 1;
  if (beta !== 1) throw node.error(`has beta ${beta}`, 'Supported is beta 1, which tf.keras.layers.Softmax gives.');
  return node.emit({ kind: 'softmax' }, [node.input(0)]);
}

function applyFused(node: TfliteNode, code: number, x: ValueId): ValueId {
  const activation = fused[code];
  if (activation === undefined)
    throw node.error(`has fused activation ${code}`, 'Supported are NONE, RELU, RELU_N1_TO_1, RELU6, TANH.');
  return activation === null ? x : apply(node, activation, x);
}

const apply = (node: TfliteNode, activation: Elementwise, x: ValueId): ValueId =>
  node.emit({ kind: 'elementwise', ...activation }, [x]);

/** The shape that the file gives the result, with the batch bound to 1. */
function outputShape(node: TfliteNode): readonly number[] {
  const shape = node.scope.tensors[node.output]?.shape ?? [];
  const size = sizeOf(node.shape(0));
  return sizeOf(shape) === size ? shape : [1, ...shape.slice(1)];
}

/** float16 weights come through DEQUANTIZE; of integer values it would be an integer model. */
function dequantize(node: TfliteNode): ValueId {
  if (node.tensor(0).type !== 'float16') {
    throw node.error(`dequantizes ${node.tensor(0).type}`, integerHint);
  }
  return node.input(0);
}

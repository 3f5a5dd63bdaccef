import type { ValueId } from '../../../ir/graph.ts';
import { sizeOf } from '../../../ir/tensor.ts';
import { formats, rangeOf, type FormatName } from '../../../ops/number-formats.ts';
import { binary, castTo, elementwise, reduce, reshape, scalar, shapeOf } from '../../compose.ts';
import type { OnnxNode } from '../node.ts';
import type { Output, Rows } from '../row.ts';
import { formatOf } from '../tensor.ts';
import { conv, trained } from './convolution.ts';
import { product } from './linear.ts';
import { dequantized, gridOf, integerWeights, isZero, shifted, spread } from './scales.ts';

/** Whole numbers that stand for real ones: real = scale * (q - zeroPoint). In f32 they are exact up to 2^24. */
export const quantized: Rows = {
  ConvInteger: (node) => ({
    value: conv(node, shifted(node, 0, 2), trained(node, 1, integerWeights(node, 0)), null),
    format: sumFormat(node),
  }),
  DequantizeLinear: (node) => ({ value: dequantized(node, 0, axisOf(node)), format: outputFormat(node, node.format(1)) }),
  DynamicQuantizeLinear: dynamicQuantize,
  MatMulInteger: (node) => ({ value: product(node, shifted(node, 0, 2, -2), integerWeights(node, -1)), format: sumFormat(node) }),
  QLinearConv: qLinearConv,
  QLinearMatMul: (node) => {
    const y = product(node, dequantized(node, 0, -2), dequantized(node, 3, -1));
    return quantize(node, y, { scale: 6, axis: -2, format: node.format(7) });
  },
  QuantizeLinear: (node) => {
    const format = outputFormat(node, node.has(2) ? node.format(2) : 'uint8');
    return quantize(node, node.input(0), { scale: 1, axis: axisOf(node), format });
  },
};

/** int32, but of values that dynamic quantization left as they are. */
const sumFormat = (node: OnnxNode): FormatName => (formats[node.format(0)].whole ? 'int32' : node.format(0));

const axisOf = (node: OnnxNode): number => node.int('axis', 1);

function outputFormat(node: OnnxNode, fallback: FormatName): FormatName {
  const written = node.int('output_dtype', 0);
  return written === 0 ? fallback : formatOf(written, `${node.scope.file}, node "${node.name}"`);
}

interface Target {
  /** Which input is the scale; the zero point is the next one. */
  readonly scale: number;
  readonly axis: number;
  readonly format: FormatName;
}

/** saturate(round(x / scale) + zeroPoint), ties to even; small floats are rounded by their own format. */
function quantize(node: OnnxNode, x: ValueId, { scale, axis, format }: Target): Output {
  const shape = shapeOf(node, x);
  const ratio = binary(node, 'div', x, spread(node, scale, shape, axis));
  if (!formats[format].whole) return { value: castTo(node, ratio, format, node.int('saturate', 1) !== 0), format };
  const rounded = elementwise(node, 'round', ratio);
  const moved = isZero(node, scale + 1) ? rounded : binary(node, 'add', rounded, spread(node, scale + 1, shape, axis));
  const [low, high] = rangeOf(format);
  const q = elementwise(node, 'clip', moved, low, high);
  const grid = gridOf(node, scale);
  if (grid !== null && high - low === 255) {
    node.scope.grids.set(q, { ...grid, real: node.emit({ kind: 'fakeQuantize', ...grid, low, high }, [x]) });
  }
  return { value: q, format };
}

/**
 * To uint8 by the range of the values themselves: which rounding that is, is known at run time alone. An autoencoder is
 * quantized here by measured ranges, so its values pass as they are, with scale 1 and zero point 0 (https://onnx.ai/onnx/operators/onnx__DynamicQuantizeLinear.html).
 */
function dynamicQuantize(node: OnnxNode): readonly Output[] {
  const x = node.input(0);
  if (!node.scope.rounds) return [x, scalar(node, 1), scalar(node, 0)];
  const axes = shapeOf(node, x).map((_, axis) => axis);
  const bound = (fn: 'min' | 'max'): ValueId => binary(node, fn, reshape(node, reduce(node, fn, x, axes), []), scalar(node, 0));
  const [low, high] = [bound('min'), bound('max')];
  const scale = binary(node, 'div', binary(node, 'sub', high, low), scalar(node, 255));
  // Of zeros alone the scale is zero: they are divided by the smallest normal number instead, and stay zeros.
  const divisor = binary(node, 'max', scale, scalar(node, 2 ** -126));
  const zero = binary(node, 'sub', scalar(node, 0), binary(node, 'div', low, divisor));
  const zeroPoint = elementwise(node, 'round', elementwise(node, 'clip', zero, 0, 255));
  const rounded = elementwise(node, 'round', binary(node, 'div', x, divisor));
  const q = elementwise(node, 'clip', binary(node, 'add', rounded, zeroPoint), 0, 255);
  return [
    { value: q, format: 'uint8' },
    { value: scale, format: 'float32' },
    { value: zeroPoint, format: 'uint8' },
  ];
}

/** Inputs x, w, y with scale and zero point each, and an int32 bias in units of x scale * w scale. */
function qLinearConv(node: OnnxNode): Output {
  const w = trained(node, 3, dequantized(node, 3, 0));
  const outputs = shapeOf(node, w)[0]!;
  const unit = (): ValueId => binary(node, 'mul', node.input(1), reshape(node, node.input(4), [sizeOf(node.shape(4))]));
  const bias = node.has(8) ? trained(node, 8, binary(node, 'mul', node.input(8), unit())) : null;
  if (bias !== null && String(shapeOf(node, bias)) !== String([outputs])) throw node.refuse('B', shapeOf(node, bias));
  const y = conv(node, dequantized(node, 0, 1), w, bias);
  return quantize(node, y, { scale: 6, axis: 1, format: node.format(7) });
}

import type { OnnxNode } from './node.ts';
import { reshapedShape, squeezedShape, unsqueezedShape } from './shapes.ts';
import type { OnnxTensor } from './tensor.ts';

/** TensorProto.DataType of whole numbers. */
const wholeTypes = new Set([2, 3, 4, 5, 6, 7, 12, 13]);
export const floatTypes = new Set([1, 10, 11]);
const boolType = 9;

/** The value of a node, or null if it is computed from the model's input. */
type Fold = (node: OnnxNode) => OnnxTensor | null;

const ofConstant =
  (fold: (node: OnnxNode, x: OnnxTensor) => OnnxTensor): Fold =>
  (node) =>
    node.isConstant(0) ? fold(node, node.constant(0)) : null;

/**
 * Operators that are evaluated while reading, as soon as their inputs are constants: exporters compute a Reshape's shape
 * with them (PyTorch's `x.view(x.size(0), -1)` is Shape, Gather, Unsqueeze, Concat, Reshape).
 */
export const folds: Readonly<Record<string, Fold>> = {
  Identity: ofConstant((_, x) => x),
  Cast: ofConstant(cast),
  Shape: shapeOf,
  Gather: ofConstant(gather),
  Concat: concat,
  Reshape: ofConstant((node, x) => ({ ...x, shape: reshapedShape(node, x.shape) })),
  Squeeze: ofConstant((node, x) => ({ ...x, shape: squeezedShape(node, x.shape) })),
  Unsqueeze: ofConstant((node, x) => ({ ...x, shape: unsqueezedShape(node, x.shape) })),
};

function cast(node: OnnxNode, { shape, values }: OnnxTensor): OnnxTensor {
  const to = node.int('to', 0);
  if (to === 1) return { shape, values: values.map(Math.fround) };
  if (floatTypes.has(to)) return { shape, values };
  if (wholeTypes.has(to)) return { shape, values: values.map(Math.trunc) };
  if (to === boolType) return { shape, values: values.map((value) => (value === 0 ? 0 : 1)) };
  throw node.refuse(`a cast to type ${to}`);
}

/** With the batch bound to 1 every shape is known. */
function shapeOf(node: OnnxNode): OnnxTensor {
  const extents = node.isConstant(0) ? node.constant(0).shape : node.shape(0);
  const values = Float64Array.from(extents.slice(node.int('start', 0), node.attribute('end')?.i));
  return { shape: [values.length], values };
}

function gather(node: OnnxNode, { shape: from, values }: OnnxTensor): OnnxTensor {
  if (from.length !== 1) throw node.refuse('Gather', from);
  const indices = node.constant(1);
  const picked = indices.values.map((index) => values[index < 0 ? index + values.length : index] ?? Number.NaN);
  const bad = picked.findIndex(Number.isNaN);
  if (bad < 0) return { shape: indices.shape, values: picked };
  throw node.error(`index ${indices.values[bad]} is outside of ${values.length} values`, 'Export the model again.');
}

function concat(node: OnnxNode): OnnxTensor | null {
  const parts = node.proto.input.map((_, index) => (node.isConstant(index) ? node.constant(index) : null));
  if (!parts.every((part) => part !== null && part.shape.length === 1)) return null;
  const values = Float64Array.from(parts.flatMap((part) => [...part!.values]));
  return { shape: [values.length], values };
}

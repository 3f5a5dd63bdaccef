import type { FormatName } from '../../../ops/number-formats.ts';
import { sizeOf, type Shape } from '../../../ir/tensor.ts';
import type { OnnxNode } from '../node.ts';
import type { Rows } from '../row.ts';
import { decodeTensor, type OnnxTensor } from '../tensor.ts';

/** Operators whose result is known while reading, whatever their inputs hold. `Constant` is read by graph.ts: its data can lie in another file. */
export const constants: Rows = {
  ConstantOfShape: constantOfShape,
  Range: range,
  Shape: shapeOf,
  Size: (node) => ({ format: 'int64', shape: [], values: Float64Array.of(sizeOf(node.shape(0))) }),
};

/** From `start` to `end`, which count from the end if negative and are clamped. */
function shapeOf(node: OnnxNode): OnnxTensor {
  const extents = Float64Array.from(node.shape(0)).slice(node.int('start', 0), node.attribute('end')?.i ?? Infinity);
  return { format: 'int64', shape: [extents.length], values: extents };
}

function constantOfShape(node: OnnxNode): OnnxTensor {
  const shape: Shape = [...node.constant(0).values];
  const given = node.attribute('value')?.t;
  const { format, values }: { format: FormatName; values: Float64Array } =
    given === null || given === undefined
      ? { format: 'float32', values: new Float64Array(1) }
      : decodeTensor(node.scope.file, { ...given, name: node.name }, given.rawData);
  if (!shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0) || sizeOf(shape) > 2 ** 24) {
    throw node.refuse('a constant', shape);
  }
  return { format, shape, values: new Float64Array(sizeOf(shape)).fill(values[0] ?? 0) };
}

function range(node: OnnxNode): OnnxTensor {
  const [start, limit, delta] = [0, 1, 2].map((index) => node.constant(index).values[0] ?? Number.NaN);
  const count = Math.max(0, Math.ceil((limit! - start!) / delta!));
  if (!(count <= 2 ** 24)) throw node.refuse(`a range from ${start} to ${limit} in steps of ${delta}`);
  const values = Float64Array.from({ length: count }, (_, i) => start! + i * delta!);
  return { format: node.format(0), shape: [count], values };
}

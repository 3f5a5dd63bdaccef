import { typeOf } from '../../ir/graph.ts';
import { formatShape, sizeOf } from '../../ir/tensor.ts';
import { storedRange } from '../../kernels/stored.ts';
import { permuted } from '../axes-last.ts';
import type { LoweringRule } from './define.ts';

/** matmul of two activations -> product, the second one transposed so that both are read along the depth. */
export const matmul: LoweringRule<'matmul'> = (node, lowering) => {
  const [a, b] = node.inputs.map((id) => typeOf(lowering.graph, id).shape);
  const { shape } = typeOf(lowering.graph, node.output);
  const batch = sizeOf(shape.slice(0, -2));
  if ([a!, b!].some((operand) => sizeOf(operand.slice(0, -2)) !== batch)) {
    throw lowering.unsupported(node, `it repeats an operand: ${formatShape(a!)} times ${formatShape(b!)}`);
  }
  const [x, y] = node.inputs.map((id) => lowering.narrowOperand(id));
  const to = lowering.quantizationOf(node.output);
  const axes = b!.map((_, axis) => axis);
  const swapped = permuted(lowering, node, y!.id, b!, [...axes.slice(0, -2), axes.at(-1)!, axes.at(-2)!]);
  const kernel = {
    kind: 'product',
    batch,
    rows: shape.at(-2)!,
    columns: shape.at(-1)!,
    depth: a!.at(-1)!,
    multiplier: Math.fround((x!.quantization.scale * y!.quantization.scale) / to.scale),
    ...storedRange(to),
  } as const;
  if (kernel.depth > greatestDepth) throw lowering.unsupported(node, `its ${kernel.depth} products could leave int32`);
  lowering.emit(kernel, node, [x!.id, swapped], to);
};

/** 255 * 255 * 33,000 < 2^31. */
const greatestDepth = 33_000;

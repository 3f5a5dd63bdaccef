import { typeOf } from '../../ir/graph.ts';
import { sizeOf } from '../../ir/tensor.ts';
import { storedRange } from '../../kernels/stored.ts';
import type { LoweringRule } from './define.ts';

/** resample -> resample, at the scale of its input: weights of linear interpolation add up to 1. */
export const resample: LoweringRule<'resample'> = (node, lowering) => {
  const { axis, taps, indices, weights } = node.op;
  const { shape } = typeOf(lowering.graph, node.inputs[0]!);
  const { id, quantization } = lowering.operand(node.inputs[0]!);
  const constants = [
    lowering.addConstant(`${node.name}/indices`, Int32Array.from(indices)),
    lowering.addConstant(`${node.name}/weights`, Float32Array.from(weights)),
  ];
  const kernel = {
    kind: 'resample',
    outer: sizeOf(shape.slice(0, axis)),
    extent: shape[axis]!,
    count: indices.length / taps,
    taps,
    run: sizeOf(shape.slice(axis + 1)),
    ...storedRange(quantization),
  } as const;
  lowering.emit(kernel, node, [id, ...constants], quantization);
};

import { typeOf } from '../../ir/graph.ts';
import { imageOf } from '../image.ts';
import type { LoweringRule } from './define.ts';

/** The mean or maximum of a whole image or signal -> pool of one window. */
export const reduce: LoweringRule<'reduce'> = (node, lowering) => {
  const { fn, axes } = node.op;
  const { size, channels } = imageOf(lowering, node, node.inputs[0]!);
  const spatial = typeOf(lowering.graph, node.inputs[0]!).shape.length === 3 ? '1' : '1,2';
  if ((fn !== 'mean' && fn !== 'max') || String(axes.toSorted((a, b) => a - b)) !== spatial) {
    throw lowering.unsupported(node, `reduction ${fn} over axes [${axes.join(', ')}] is not supported yet`);
  }
  const { id, quantization } = lowering.operand(node.inputs[0]!);
  const kernel = {
    kind: 'pool',
    fn: fn === 'mean' ? 'average' : 'max',
    input: size,
    output: [1, 1],
    channels,
    kernel: size,
    strides: [1, 1],
    dilations: [1, 1],
    pads: [0, 0],
    counted: null,
  } as const;
  lowering.emit(kernel, node, [id], quantization);
};

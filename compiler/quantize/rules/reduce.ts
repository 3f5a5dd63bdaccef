import { typeOf } from '../../ir/graph.ts';
import { storedRange } from '../../kernels/stored.ts';
import { axesLast } from '../axes-last.ts';
import { imageOf } from '../image.ts';
import type { LoweringRule } from './define.ts';

/** The mean or maximum of a whole image or signal -> pool of one window, which is fast; any other -> reduce of rows. */
export const reduce: LoweringRule<'reduce'> = (node, lowering) => {
  const { fn, axes } = node.op;
  const { shape } = typeOf(lowering.graph, node.inputs[0]!);
  const spatial = shape.slice(1, -1).map((_, i) => i + 1);
  const { id, quantization: from } = lowering.operand(node.inputs[0]!);
  if ((fn === 'mean' || fn === 'max') && shape[0] === 1 && (shape.length === 3 || shape.length === 4) && sameSet(axes, spatial)) {
    const { size, channels } = imageOf(lowering, node, node.inputs[0]!);
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
      awayFrom: null,
    } as const;
    lowering.emit(kernel, node, [id], from);
    return;
  }
  const rows = axesLast(lowering, node, id, shape, axes);
  const keepsScale = fn === 'max' || fn === 'min';
  const to = keepsScale ? from : lowering.quantizationOf(node.output);
  const multiplier = {
    max: 1,
    min: 1,
    mean: from.scale / (to.scale * rows.n),
    sum: from.scale / to.scale,
    l1: from.scale / to.scale,
    l2: from.scale / to.scale,
    sumSquare: from.scale ** 2 / to.scale,
  }[fn];
  const kernel = { kind: 'reduce', fn: fn === 'mean' ? 'sum' : fn, n: rows.n, multiplier, ...storedRange(to) } as const;
  lowering.emit(kernel, node, [rows.id], to);
};

const sameSet = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((value) => b.includes(value));

import { pointwiseFunction } from '../../ops/pointwise.ts';
import type { LoweringRule } from './define.ts';
import { lowerByTable } from './elementwise.ts';

/** pointwise -> lookup: however many steps the function has, on int8 it is one table. */
export const pointwise: LoweringRule<'pointwise'> = (node, lowering) => lowerByTable(node, lowering, pointwiseFunction(node.op));

import type { LoweringRule } from './define.ts';

/** sample -> its mean */
export const sample: LoweringRule<'sample'> = (node, lowering) => lowering.alias(node);

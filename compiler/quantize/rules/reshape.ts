import type { LoweringRule } from './define.ts';

/** Row-major values stay where they are. */
export const reshape: LoweringRule<'reshape'> = (node, lowering) => lowering.alias(node);

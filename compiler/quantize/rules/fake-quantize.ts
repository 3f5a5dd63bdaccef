import type { LoweringRule } from './define.ts';

/** fakeQuantize moves nothing: what comes before it is kept on its grid. */
export const fakeQuantize: LoweringRule<'fakeQuantize'> = (node, lowering) => {
  lowering.bind(node, lowering.operandAt(node.inputs[0]!, lowering.quantizationOf(node.inputs[0]!)));
};

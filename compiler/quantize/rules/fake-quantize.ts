import { importedQuantization } from '../parameters.ts';
import type { LoweringRule } from './define.ts';

/** fakeQuantize moves nothing where what comes before it is kept on its grid; two of them one after another round twice. */
export const fakeQuantize: LoweringRule<'fakeQuantize'> = (node, lowering) => {
  lowering.bind(node, lowering.operandAt(node.inputs[0]!, importedQuantization(node.op)));
};

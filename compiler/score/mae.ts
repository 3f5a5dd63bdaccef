import { meanInOrder, meanOf, ofResiduals, residualInto, type ScoreDefinition } from './define.ts';

/** Mean absolute error. */
export const mae: ScoreDefinition<'reconstruction'> = {
  ...ofResiduals,
  reference({ x, y }, errors) {
    residualInto(errors, x, y, Math.abs);
    return meanInOrder(errors);
  },
  exact: (seen) => meanOf(seen, Math.abs),
};

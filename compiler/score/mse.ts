import { meanInOrder, meanOf, ofResiduals, residualInto, square, type ScoreDefinition } from './define.ts';

/** Mean squared error. */
export const mse: ScoreDefinition<'reconstruction'> = {
  ...ofResiduals,
  reference({ x, y }, errors) {
    residualInto(errors, x, y, square);
    return meanInOrder(errors);
  },
  exact: (seen) => meanOf(seen, square),
};

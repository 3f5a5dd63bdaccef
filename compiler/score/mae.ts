import { meanOf, residualInto, sumInOrder, type ScoreDefinition } from './define.ts';

/** Mean absolute error. */
export const mae: ScoreDefinition = {
  weighs: false,
  reference(x, y, errors) {
    residualInto(errors, x, y, Math.abs);
    return Math.fround(sumInOrder(errors) / x.length);
  },
  exact: (x, y) => meanOf(x, y, Math.abs),
};

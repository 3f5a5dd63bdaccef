import { meanOf, residualInto, sumInOrder, type ScoreDefinition } from './define.ts';

const square = (d: number): number => d * d;

/** Mean squared error. */
export const mse: ScoreDefinition = {
  weighs: false,
  reference(x, y, errors) {
    residualInto(errors, x, y, square);
    return Math.fround(sumInOrder(errors) / x.length);
  },
  exact: (x, y) => meanOf(x, y, square),
};

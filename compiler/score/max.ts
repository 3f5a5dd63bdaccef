import { ofResiduals, residualInto, type ScoreDefinition } from './define.ts';

/** Largest absolute error. */
export const max: ScoreDefinition<'reconstruction'> = {
  ...ofResiduals,
  reference({ x, y }, errors) {
    residualInto(errors, x, y, Math.abs);
    return errors.reduce((largest, error) => Math.max(largest, error), 0);
  },
  exact: ({ x, y }) => x.reduce((largest, value, i) => Math.max(largest, Math.abs(value - y[i]!)), 0),
};

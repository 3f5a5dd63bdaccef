import { meanInOrder, ofResiduals, residualInto, square, type Fitting, type ScoreDefinition } from './define.ts';
import { usual } from './moments.ts';

/**
 * Mean of w[i] d[i]^2 with w[i] = 1 / mean(d[i]^2) over normal windows: about 1 for what is as usual, whatever a value's unit and however well
 * the model knows it (the squared Mahalanobis distance of independent residuals, over n). Fitted to w, f32[n].
 */
export const weighted: ScoreDefinition<'reconstruction'> = {
  ...ofResiduals,
  fit: () => fitWeights(),
  reference({ x, y }, errors, weights) {
    residualInto(errors, x, y, (d) => Math.fround(d * d));
    for (let i = 0; i < errors.length; i++) errors[i] = errors[i]! * weights[i]!;
    return meanInOrder(errors);
  },
  exact({ x, y }, weights) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += weights[i]! * square(x[i]! - y[i]!);
    return sum / x.length;
  },
  constants: (weights) => [weights],
  extra: ({ constants }) => constants,
};

function fitWeights(): Fitting<'reconstruction'> {
  let [sums, count] = [new Float64Array(0), 0];
  return {
    look({ x, y }) {
      if (count++ === 0) sums = new Float64Array(x.length);
      for (let i = 0; i < x.length; i++) sums[i]! += square(x[i]! - y[i]!);
    },
    finish: () => Float32Array.from(usual(sums.map((sum) => sum / count)), (mean) => 1 / mean),
  };
}

import { residualInto, sumInOrder, type ScoreDefinition } from './define.ts';

/**
 * Mean of w[i] d[i]^2 with w[i] = 1 / mean(d[i]^2) over normal windows: about 1 for what is as usual, whatever a value's unit and however well
 * the model knows it (the squared Mahalanobis distance of independent residuals, over n).
 */
export const weighted: ScoreDefinition = {
  weighs: true,
  reference(x, y, errors, weights) {
    residualInto(errors, x, y, (d) => Math.fround(d * d));
    for (let i = 0; i < errors.length; i++) errors[i] = errors[i]! * weights[i]!;
    return Math.fround(sumInOrder(errors) / x.length);
  },
  exact(x, y, weights) {
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += weights[i]! * (x[i]! - y[i]!) ** 2;
    return sum / x.length;
  },
};

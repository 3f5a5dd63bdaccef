import { sizeOf } from '../ir/tensor.ts';
import { meanInOrder, ofResiduals, residualInto, type ScoreDefinition } from './define.ts';
import { Moments } from './moments.ts';
import { quadraticForm, quadraticInto, packMatrix, paddedTo4, widestMatrix } from './quadratic.ts';

/**
 * r^T P r / n of the residual r = x - y, P the inverse of its second moments on normal windows (moments.ts): about 1 for what is as usual, more
 * for residuals that do not go together as they do. Moments about zero, not about the mean residual: a perfect reconstruction then scores 0,
 * and a model that is always off to one side is not asked to be so. errors[i] = r[i] (P r)[i], which can be below 0: their mean is the score.
 * Fitted to P, a lower triangle.
 */
export const mahalanobis: ScoreDefinition<'reconstruction'> = {
  ...ofResiduals,
  refuse({ shape }) {
    const n = sizeOf(shape);
    if (n <= widestMatrix) return null;
    return {
      what: `--score mahalanobis keeps a matrix of values x values, for at most ${widestMatrix} values; the model compares ${n}`,
      hint: 'Take --score weighted, which leaves out how the values go together.',
    };
  },
  fit({ shape }) {
    const moments = new Moments(sizeOf(shape));
    return {
      look: ({ x, y }) => moments.look(x.map((value, i) => value - y[i]!)),
      finish: () => Float32Array.from(moments.inverse()),
    };
  },
  reference({ x, y }, errors, fitted) {
    const residual = new Float32Array(x.length);
    residualInto(residual, x, y, Number);
    quadraticInto(errors, residual, fitted);
    return meanInOrder(errors);
  },
  exact: ({ x, y }, fitted) => quadraticForm(x.length, fitted, (i) => x[i]! - y[i]!) / x.length,
  constants: (fitted, { shape }) => [packMatrix(fitted, sizeOf(shape))],
  scratchBytes: ({ shape }) => 4 * paddedTo4(sizeOf(shape)),
  extra: ({ constants, scratch }) => [...constants, scratch],
};

import { residualInto, sumInOrder, type Fitting, type ScoreDefinition } from './define.ts';
import { Moments, triangleSize } from './moments.ts';
import { quadraticForm, quadraticInto, packMatrix, paddedTo4, widestMatrix } from './quadratic.ts';

/**
 * (c - m)^T P (c - m) / k of the latent code c of k values, m its mean and P the inverse of its covariance on normal windows (moments.ts): about
 * 1 for a code as usual (Hotelling's T2 over k). `errors` are the squared residuals: a code has no channels, and where the reconstruction fails
 * is what can be told. Fitted to m, then P, a lower triangle.
 */
export const latent: ScoreDefinition<'code'> = {
  looksAt: 'code',
  refuse({ sizes: { code } }) {
    if (code <= widestMatrix) return null;
    return {
      what: `--score latent keeps a matrix of code values x code values, for at most ${widestMatrix}; the latent code has ${code}`,
      hint: 'Name a narrower value with --cut, or take --score weighted.',
    };
  },
  fit: ({ sizes: { code } }) => fitCode(code),
  reference({ x, y, code }, errors, fitted) {
    residualInto(errors, x, y, (d) => d * d);
    const [centred, terms] = [new Float32Array(code.length), new Float32Array(code.length)];
    residualInto(centred, code, fitted, Number);
    quadraticInto(terms, centred, fitted.subarray(code.length));
    return Math.fround(sumInOrder(terms) / code.length);
  },
  exact: ({ code }, fitted) =>
    quadraticForm(code.length, fitted.subarray(code.length), (i) => code[i]! - fitted[i]!) / code.length,
  constants: (fitted, { sizes: { code } }) => [fitted.slice(0, code), packMatrix(fitted.subarray(code), code)],
  scratchBytes: ({ sizes: { code } }) => 8 * paddedTo4(code),
  extra: ({ code, constants, scratch }, { sizes }) => [code, sizes.code, ...constants, scratch],
};

/** Keeps the codes until their mean is known: moments about a far zero would cancel. */
function fitCode(size: number): Fitting<'code'> {
  const codes: Float32Array[] = [];
  return {
    look: ({ code }) => void codes.push(code.slice()),
    finish() {
      const mean = Float32Array.from({ length: size }, (_, i) => codes.reduce((sum, code) => sum + code[i]!, 0) / codes.length);
      const moments = new Moments(size);
      for (const code of codes) moments.look(code.map((value, i) => value - mean[i]!));
      const fitted = new Float32Array(size + triangleSize(size));
      fitted.set(mean);
      fitted.set(moments.inverse(), size);
      return fitted;
    },
  };
}

import { meanInOrder, meanOf, residualInto, square, sumInOrder, type ScoreDefinition } from './define.ts';
import { paddedTo4 } from './quadratic.ts';

/**
 * Of a variational autoencoder: (sum of d^2 + KL) / n, where KL = -1/2 sum(1 + v - m^2 - e^v) is the divergence of the code's normal
 * distribution (mean m, log variance v) from the standard one (Kingma and Welling 2013, https://arxiv.org/abs/1312.6114, appendix B): the
 * negative evidence lower bound per value of the window, in nats, of a decoder whose values have a variance of 1/2, up to a constant.
 * `errors` are the squared residuals: their mean is the score without KL / n, which no single value has caused.
 */
export const kl: ScoreDefinition<'distribution'> = {
  looksAt: 'distribution',
  refuse: () => null,
  fit: () => null,
  reference({ x, y, code, logVariance }, errors) {
    residualInto(errors, x, y, square);
    const terms = code.map((mean, i) => Math.fround(half * Math.fround(mean * mean)) + ofVariance(logVariance[i]!));
    return Math.fround(meanInOrder(errors) + Math.fround(sumInOrder(terms) / errors.length));
  },
  exact(seen) {
    const { code, logVariance, x } = seen;
    let divergence = 0;
    code.forEach((mean, i) => (divergence += mean ** 2 / 2 + exactOfVariance(logVariance[i]!)));
    return meanOf(seen, square) + divergence / x.length;
  },
  constants: () => [linesOfVariance],
  scratchBytes: ({ sizes: { code } }) => 4 * paddedTo4(code),
  extra: ({ code, logVariance, constants, scratch }, { sizes }) => [code, logVariance, sizes.code, ...constants, scratch],
};

const half = 0.5;

/** Straight lines from -16 to 16, one per 1/32: no host computes a power of e, and e^v is off by at most its 1/8192th. */
const [start, perUnit, segments] = [-16, 32, 1024];

const exactOfVariance = (v: number): number => (Math.expm1(v) - v) / 2;

/** (e^v - 1 - v) / 2 at the ends of the lines; the last lines go on beyond. */
const linesOfVariance = Float32Array.from({ length: segments + 1 }, (_, i) => exactOfVariance(start + i / perUnit));

/** The same by the lines, as runtime-as/score/kl.ts does it. */
function ofVariance(v: number): number {
  const t = Math.fround(Math.fround(v - start) * perUnit);
  const index = Math.trunc(Math.min(Math.max(t, 0), segments - 1)) || 0;
  const left = linesOfVariance[index]!;
  const rise = Math.fround(linesOfVariance[index + 1]! - left);
  return Math.fround(left + Math.fround(Math.fround(t - index) * rise));
}

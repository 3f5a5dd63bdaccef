import { typeOf, valueOf } from '../ir/graph.ts';
import type { Plan } from '../plan/plan.ts';
import type { LatentReport } from './analysis.ts';
import type { Values } from './values.ts';

/** Latent codes, as the artifact gives them, window by window. */
export class Codes {
  readonly #plan: Plan;
  readonly #codes: Float64Array[] = [];

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  look({ integer }: Values): void {
    const { latent, scored } = this.#plan;
    if (latent === null) return;
    const type = typeOf(scored.graph, latent.value);
    const scale = type.dtype === 'integer' ? type.quantization.scale : 1;
    this.#codes.push(Float64Array.from(integer.get(latent.value)!, (stored) => stored * scale));
  }

  /** null: the model has no bottleneck, or no window was seen. */
  finish(): LatentReport | null {
    const { latent, scored } = this.#plan;
    if (latent === null || this.#codes.length === 0) return null;
    return { name: valueOf(scored.graph, latent.value).name, ...usageOf(this.#codes) };
  }
}

/**
 * How much of a code is used. `effective` is the participation ratio of its covariance C, trace(C)^2 / trace(C^2): 1 where all codes
 * lie on a line, n where n directions vary alike. Both traces are those of the windows' inner products, which are fewer.
 */
export function usageOf(codes: readonly Float64Array[]): Omit<LatentReport, 'name'> {
  const [n, size] = [codes.length, codes[0]!.length];
  const means = Float64Array.from({ length: size }, (_, unit) => codes.reduce((sum, code) => sum + code[unit]!, 0) / n);
  const centred = codes.map((code) => code.map((value, unit) => value - means[unit]!));
  const variances = Array.from(means, (_, unit) => centred.reduce((sum, code) => sum + code[unit]! ** 2, 0) / n);
  const dead = Array.from(means.keys()).filter((unit) => codes.every((code) => code[unit] === codes[0]![unit]));
  let [trace, square] = [0, 0];
  for (const a of centred) {
    for (const b of centred) {
      const product = a.reduce((sum, value, unit) => sum + value * b[unit]!, 0) / n;
      square += product * product;
      if (a === b) trace += product;
    }
  }
  return { size, variances, dead: dead.length, effective: square === 0 ? 0 : (trace * trace) / square };
}

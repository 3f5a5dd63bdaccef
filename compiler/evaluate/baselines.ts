import { quantile } from '../../runtime-js/artifact/quantile.ts';
import type { Quality } from './evaluate.ts';
import { fitPca } from './pca.ts';

/** What an autoencoder must first beat, on the same points. */
export interface Baselines {
  /** null: there is one channel, or there are too many. */
  readonly pca: Quality | null;
  readonly random: Quality;
}

/** Channels beyond which a PCA of samples says little and takes long. */
const mostChannels = 128;
/** Quantile of the scores of normal samples that is a baseline's threshold: what `compile` takes as well. */
export const baselineQuantile = 0.995;

/** Scores of single samples by PCA (T2 + Q), and the threshold. */
export interface SampleScores {
  readonly threshold: number;
  /** data: f32[n x channels] -> [n] */
  score(data: Float32Array): number[];
}

/** normal: recordings of f32[n x channels] each. null: PCA makes no sense of such samples. */
export function pcaScores(normal: readonly Float32Array[], channels: number): SampleScores | null {
  if (channels < 2 || channels > mostChannels) return null;
  const known = joined(normal);
  const pca = fitPca(known, channels);
  const score = (data: Float32Array): number[] =>
    Array.from({ length: data.length / channels }, (_, i) => pca.score(data.subarray(i * channels, (i + 1) * channels)));
  return { threshold: quantile(score(known), baselineQuantile), score };
}

/** Chance: scores that know nothing, the same on every run (Park and Miller's minimal standard generator). */
export function randomScores(): { readonly threshold: number; next(): number } {
  let state = 1;
  return { threshold: baselineQuantile, next: () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647 };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

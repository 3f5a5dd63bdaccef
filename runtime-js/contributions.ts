import type { Manifest } from './artifact/manifest.ts';

/** What a channel has to do with the last score. */
export interface Contribution {
  /** Name of the channel; 'channel 3' where the artifact knows none. */
  readonly channel: string;
  /** Of the score, 0 to 1. The shares of all channels are 1 together. */
  readonly share: number;
  /** Which feature of the channel contributed most; null where the model reads samples. */
  readonly feature: string | null;
}

/**
 * The channels behind a score, the greatest first. errors: f32[values that the model reads]. Some scores give an error below 0 to a value that
 * makes the others less strange; a channel whose errors sum up to less than 0 has a share of 0.
 */
export function contributionsOf(errors: Float32Array, { input, features }: Manifest): Contribution[] {
  const { channelCount, channels } = input;
  const sums = new Float64Array(channelCount);
  const greatest = new Int32Array(channelCount).fill(-1);
  errors.forEach((error, i) => {
    const channel = features?.channelOf[i] ?? i % channelCount;
    sums[channel]! += error;
    if (greatest[channel]! < 0 || error > errors[greatest[channel]!]!) greatest[channel] = i;
  });
  const total = sums.reduce((all, sum) => all + Math.max(0, sum), 0);
  return Array.from(sums, (sum, channel) => ({
    channel: channels?.[channel]?.name ?? `channel ${channel + 1}`,
    share: total > 0 ? Math.max(0, sum) / total : 0,
    feature: features === null || greatest[channel]! < 0 ? null : features.names[greatest[channel]!]!,
  })).toSorted((a, b) => b.share - a.share);
}

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

/** The channels behind a score, the greatest first. errors: f32[values that the model reads], none below 0. */
export function contributionsOf(errors: Float32Array, { input, features }: Manifest): Contribution[] {
  const { channelCount, channels } = input;
  const sums = new Float64Array(channelCount);
  const greatest = new Int32Array(channelCount).fill(-1);
  let total = 0;
  errors.forEach((error, i) => {
    const channel = features?.channelOf[i] ?? i % channelCount;
    sums[channel]! += error;
    total += error;
    if (greatest[channel]! < 0 || error > errors[greatest[channel]!]!) greatest[channel] = i;
  });
  return Array.from(sums, (sum, channel) => ({
    channel: channels?.[channel]?.name ?? `channel ${channel + 1}`,
    share: total > 0 ? sum / total : 0,
    feature: features === null || greatest[channel]! < 0 ? null : features.names[greatest[channel]!]!,
  })).toSorted((a, b) => b.share - a.share);
}

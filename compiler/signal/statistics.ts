import type { Call } from '../kernels/define.ts';
import { type FeatureGroup, type Placed, type SignalShape } from './define.ts';
import { mergeInto, partialCount, partialsOf } from './partials.ts';
import { rows, type StatisticSpec } from './statistic-features.ts';

const partialBytes = 4 * partialCount;

/** Blocks shorter than this cost more to combine than to look at again. */
const leastBlock = 16;

/**
 * Features of the statistics of a window. Where hop and window have a common divisor, windows are rows of blocks of that length, and a
 * block is looked at once, however many windows it is in: O(1) per sample. The bits do not depend on what came before.
 */
export function statistics(shape: SignalShape, features: readonly Placed<StatisticSpec>[]): FeatureGroup {
  const { samples, hop } = shape;
  const channels = shape.channels.length;
  const common = greatestCommonDivisor(samples, hop);
  const block = common >= leastBlock ? common : samples;
  const blocks = samples / block;
  const made = features.map(({ spec, first, channels: of }) => ({ feature: rows[spec.kind](spec, samples), first, of }));
  return {
    constants: [],
    scratchBytes: 16 * Math.ceil(block / 4) + channels * partialBytes,
    stateBytes: blocks * channels * partialBytes,
    referenceInto(values, window) {
      const merged = Array.from({ length: channels }, (_, channel) => {
        const series = Float32Array.from({ length: samples }, (__, i) => window[i * channels + channel]!);
        const all = partialsOf(series.subarray(0, block));
        for (let b = 1; b < blocks; b++)
          mergeInto(all, partialsOf(series.subarray(b * block, (b + 1) * block)), b * block, block);
        return all;
      });
      for (const { feature, first, of } of made)
        of.forEach((channel, i) => (values[first + i] = feature.value(merged[channel]!)));
    },
    emit({ window, output, scratch, state }, moved) {
      const merged = scratch + 16 * Math.ceil(block / 4);
      const fresh = moved ? Math.min(blocks, hop / block) : blocks;
      const module = 'signal/statistics';
      return [
        {
          module,
          name: 'statistics_blocks',
          args: [window, ...numbers(state, scratch, channels, block, blocks, block === samples ? blocks : fresh)],
        },
        { module, name: 'statistics_merge', args: numbers(state, merged, channels, block, blocks) },
        ...made.flatMap(({ feature, first, of }) =>
          runsOf(of).map(([channel, count, at]): Call => ({
            module: 'signal/values',
            name: feature.name,
            args: [...numbers(merged + channel * partialBytes, output + 4 * (first + at), count), ...feature.args],
          })),
        ),
      ];
    },
  };
}

const numbers = (...args: readonly number[]): string[] => args.map(String);

/** Neighbouring channels together: [first channel, how many, place of the first]. */
function runsOf(channels: readonly number[]): [channel: number, count: number, at: number][] {
  const runs: [number, number, number][] = [];
  channels.forEach((channel, at) => {
    const last = runs.at(-1);
    if (last !== undefined && last[0] + last[1] === channel) last[1]++;
    else runs.push([channel, 1, at]);
  });
  return runs;
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

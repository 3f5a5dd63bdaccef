import type { Observer } from './define.ts';
import { Histogram } from './histogram.ts';
import { leastCost } from './shrink.ts';

/** Steps of an int8 range. */
const steps = 255;

/**
 * The range of the least mean squared error: what lies within is rounded, which costs step^2 / 12 on average, what lies beyond is clipped,
 * which costs the square of how far it lies (as in Banner et al., "Post training 4-bit quantization", NeurIPS 2019, with the values seen
 * instead of a distribution).
 */
export function mse(): Observer {
  const histogram = new Histogram();
  return {
    observe: (values) => histogram.add(values),
    range: () =>
      leastCost(histogram, ({ min, max }) => {
        const rounding = ((max - min) / steps) ** 2 / 12;
        let cost = 0;
        histogram.counts.forEach((count, bin) => {
          if (count === 0) return;
          const value = histogram.edge(bin + 0.5);
          const beyond = value < min ? min - value : value > max ? value - max : 0;
          cost += count * (beyond === 0 ? rounding : beyond ** 2);
        });
        return cost;
      }),
  };
}

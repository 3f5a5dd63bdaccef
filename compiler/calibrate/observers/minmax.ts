import type { Observer } from './define.ts';

/** From the least to the greatest value seen: nothing in the calibration data is clipped. */
export function minmax(): Observer {
  let min = Infinity;
  let max = -Infinity;
  return {
    observe(values) {
      for (const value of values) {
        if (value < min) min = value;
        if (value > max) max = value;
      }
    },
    range: () => ({ min, max }),
  };
}

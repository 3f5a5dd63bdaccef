import { defineOp, f32 } from './define.ts';
import { roundHalfEven } from './elementwise.ts';

export interface FakeQuantize {
  /** real = scale * (q - zeroPoint) */
  readonly scale: number;
  readonly zeroPoint: number;
  /** Least and greatest q. */
  readonly low: number;
  readonly high: number;
}

/**
 * Values put on the grid of an integer type and taken back, as an int8 model has them between its layers:
 * y = scale * (clamp(round(x / scale) + zeroPoint, low, high) - zeroPoint), ties to even.
 */
export const fakeQuantize = defineOp<FakeQuantize>({
  infer: (_, [x]) => f32(x!.shape),
  evaluate: ({ scale, zeroPoint, low, high }, [x], shape) => ({
    shape,
    data: x!.data.map((value) => {
      const q = Math.min(high, Math.max(low, roundHalfEven(value / scale) + zeroPoint));
      return scale * (q - zeroPoint);
    }),
  }),
});

import type { Bounds } from '../../ops/calibrated.ts';

/** Looks at the values of one tensor over all calibration windows and gives the range worth representing. */
export interface Observer {
  observe(values: Float32Array): void;
  range(): Bounds;
}

/** Real values that an int8 activation must be able to say. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

/** Looks at the values of one tensor over all calibration windows and gives the range worth representing. */
export interface Observer {
  observe(values: Float32Array): void;
  range(): Range;
}

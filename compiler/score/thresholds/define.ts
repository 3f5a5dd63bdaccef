/** The artifact's own scores of normal data. */
export interface NormalScores {
  readonly all: ArrayLike<number>;
  /** Those of windows that were held out of the calibration of ranges. */
  readonly heldOut: ArrayLike<number>;
}

export interface FoundThreshold {
  readonly value: number;
  /** Share of normal windows that are expected above it; null: the method does not say. */
  readonly falseAlarmRate: number | null;
  /** Scores that it was found from. */
  readonly windows: number;
  /** What the user should know of it. */
  readonly warning: string | null;
}

/** A way from scores of normal data to a threshold, with one parameter. */
export interface ThresholdMethod {
  /** What the parameter is, for help and errors; its range, ends excluded unless said so. */
  readonly parameter: { readonly meaning: string; readonly above: number; readonly upTo: number; readonly usual: number };
  find(scores: NormalScores, parameter: number): FoundThreshold;
}

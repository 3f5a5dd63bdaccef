import type { Tail } from '../../../runtime-js/artifact/tail.ts';
import type { Labelled } from './cuts.ts';

/** The artifact's own scores of normal data, and of labelled recordings. */
export interface KnownScores {
  /** Of normal windows. */
  readonly all: ArrayLike<number>;
  /** Those of windows that were held out of the calibration of ranges. */
  readonly heldOut: ArrayLike<number>;
  /** Of windows that somebody labelled; null: there are none. */
  readonly labelled: Labelled | null;
}

export interface FoundThreshold {
  readonly value: number;
  /** Share of normal windows that are expected above it (of labelled ones: that were); null: the method does not say. */
  readonly falseAlarmRate: number | null;
  /** Scores that it was found from. */
  readonly windows: number;
  /** Where labelled windows were looked at: the F1 that they reach, and how many of them are abnormal. */
  readonly reached?: { readonly f1: number; readonly abnormal: number };
  /** Where a tail was fitted: what an adaptive threshold begins with. */
  readonly tail?: Tail;
  /** What the user should know of it. */
  readonly warning: string | null;
}

/** A way from scores to a threshold. */
export interface ThresholdMethod {
  /** What the parameter is, for help and errors; its range, ends excluded unless said so. null: there is none, and labels are needed instead. */
  readonly parameter: { readonly meaning: string; readonly above: number; readonly upTo: number; readonly usual: number } | null;
  /** `parameter` is NaN where the method has none. */
  find(scores: KnownScores, parameter: number): FoundThreshold;
}

import type { Manifest } from '../../runtime-js/artifact/manifest.ts';
import type { ScoreAccuracy } from '../accuracy.ts';

/** All that the report of an artifact says: what the page shows and `--json` prints. What is null nobody could tell. */
export interface Analysis {
  readonly artifact: { readonly file: string; readonly bytes: number; readonly sha256: string };
  readonly manifest: Manifest;
  readonly verdict: Verdict;
  readonly checks: readonly Check[];
  /** The model and the data compiled once more; null: they were not given. */
  readonly provenance: Provenance | null;
  /** One per tensor, in the order of the model; null: the model was not given. */
  readonly layers: readonly LayerReport[] | null;
  readonly scores: ScoreReport;
  readonly latent: LatentReport | null;
  readonly bytes: readonly ByteShare[];
  readonly memory: MemoryReport;
  readonly host: Host;
}

export type State = 'good' | 'look' | 'bad';

export interface Check {
  readonly state: State | 'unknown';
  readonly sentence: string;
  /** What to do about it; null: nothing. */
  readonly advice: string | null;
}

/** Two sentences: the judgement, and the most important reason for it. */
export interface Verdict {
  readonly state: State;
  readonly judgement: string;
  readonly reason: string;
}

export interface Provenance {
  /** The file, or the first of several. */
  readonly data: string;
  /** In which the artifact differs from what model and data give; none: not in one byte. */
  readonly differences: readonly string[];
  /** Held-out windows whose values were compared, tensor by tensor. */
  readonly windows: number;
  readonly tests: readonly string[];
}

export interface LayerReport {
  /** Name in the user's model. */
  readonly name: string;
  /** `dense 640 -> 128 relu` */
  readonly what: string;
  readonly format: 'int8' | 'int16' | 'f32';
  /** Real value of one step; null: f32. */
  readonly scale: number | null;
  /** Least and greatest value in calibration. */
  readonly calibrated: readonly [number, number] | null;
  /** Least and greatest value that the format can say; null: f32. */
  readonly representable: readonly [number, number] | null;
  readonly heldOut: ValueReport;
  /** Of each file of test data. */
  readonly tests: readonly ValueReport[];
  /** dB that were lost against the worst of the tensors that it is made of; null: it is made of none. */
  readonly lost: number | null;
  readonly weights: 'int8' | 'int16' | null;
  readonly weightBytes: number;
  readonly multiplyAdds: number;
  /** Mean relative error of the score if the values of this tensor alone are rounded; null: not measured. */
  readonly scoreError: number | null;
  /** The same of its layer's int8 weights; null: it has none, or they were not looked at. */
  readonly weightError: number | null;
  /** Why one should look at it first; none: no reason. */
  readonly marks: readonly ('lowest signal to noise' | 'largest loss' | 'clips')[];
}

/** The values of one tensor on some windows: the integer path beside the float model. */
export interface ValueReport {
  /** Power of the float values over the power of the difference, in dB, at most 200; null: all float values are zero. */
  readonly decibels: number | null;
  /** Share of the float values beyond what the format can say. */
  readonly clipped: number;
  /** Least and greatest float value; null: none was finite. */
  readonly seen: readonly [number, number] | null;
  readonly histogram: Histogram;
}

/** Counts of bins of equal width from `from` to `to`, and of what lies beyond. */
export interface Histogram {
  readonly from: number;
  readonly to: number;
  readonly counts: readonly number[];
  readonly below: number;
  readonly above: number;
}

export interface ScoreReport {
  /** Integer beside float scores: on held-out windows of the data, or as the manifest says it. */
  readonly accuracy: ScoreAccuracy & { readonly decibels: number };
  /** Some of the held-out windows; null: the model was not given. */
  readonly pairs: Pairs | null;
  /** Mean scores of the windows that ranges and rounding were found from, and of those that were held out; null: data was not given. */
  readonly means: { readonly calibration: Means; readonly heldOut: Means } | null;
  /** Of the artifact's scores; null: no data was given. */
  readonly histogram: ScoreHistogram | null;
  /** Share of the data's windows above the threshold; null: data was not given. */
  readonly above: number | null;
  readonly tests: readonly TestReport[];
}

export interface Means {
  readonly windows: number;
  readonly float: number;
  readonly integer: number;
}

/** Scores of the same windows by the float model and by the artifact. */
export interface Pairs {
  readonly float: readonly number[];
  readonly integer: readonly number[];
}

/** Counts between edges: of the normal data (null: none was given) and of each test file. */
export interface ScoreHistogram {
  readonly logarithmic: boolean;
  readonly edges: readonly number[];
  readonly normal: readonly number[] | null;
  readonly tests: readonly (readonly number[])[];
}

export interface TestReport {
  readonly file: string;
  readonly windows: number;
  readonly mean: number;
  /** Share of the windows above the threshold. */
  readonly above: number;
  /** Against the float model, on some of its windows; null: that was not given. */
  readonly accuracy: ScoreAccuracy | null;
  readonly pairs: Pairs | null;
}

/** How much of the bottleneck is used. */
export interface LatentReport {
  readonly size: number;
  /** Layer that makes it. */
  readonly name: string;
  /** Of each unit, on the windows whose values were compared. */
  readonly variances: readonly number[];
  /** Units that give the same value on all of them. */
  readonly dead: number;
  /** As many units of equal variance would carry as much: (sum of variances)^2 / sum of their squares. */
  readonly effective: number;
}

export interface ByteShare {
  readonly part: 'weights' | 'code' | 'manifest' | 'golden vectors' | 'the rest';
  readonly bytes: number;
}

export interface MemoryReport {
  /** Of the instance. */
  readonly total: number;
  /** Of activations, and the least that any placement of them would need; null: the model was not given. */
  readonly arena: { readonly bytes: number; readonly lowerBound: number } | null;
}

/** What was tried on the machine that made the report. */
export interface Host {
  /** Its processor and its engine, in words. */
  readonly machine: string;
  /** Per window, copy in and score out included, one by one and in batches. */
  readonly singleUs: number;
  readonly batchUs: number;
  /** Golden windows, and those of which this machine gave other bits; null: they were stripped. */
  readonly golden: { readonly windows: number; readonly mismatches: number } | null;
}

import { basename } from 'node:path';
import type { Target } from '../runtime-js/artifact/abi.ts';
import type { ScoreFunction } from '../runtime-js/artifact/manifest.ts';
import type { ObserverName } from './calibrate/observers/table.ts';
import type { SampleFile, Windows } from './calibrate/samples.ts';
import { InputError } from './error.ts';
import type { Space } from './fit.ts';
import { pipelineDefaults, type PipelineOptions } from './pipeline/options.ts';
import type { OnProgress } from './progress.ts';
import type { Source } from './read/source.ts';
import { needsLabels, parseThreshold } from './score/thresholds/find.ts';

export interface CompileOptions extends PipelineOptions {
  /** The autoencoder, or its encoder where `decoder` is given. */
  readonly model: Source;
  /** The other half of an autoencoder that lies in two files. */
  readonly decoder?: Source | null;
  /** Name of the node after which the model is cut into encoder and decoder; null: its narrowest value. */
  readonly cut?: string | null;
  /** Normal data: a file (CSV, npy, npz, raw f32) or several, or raw windows that are in memory already. */
  readonly data: SampleFile | readonly SampleFile[] | Windows;
  /** Values per window, if the caller wants that checked against the model. */
  readonly size?: number | null;
  /** Name in the manifest; the model's file name without its ending by default. */
  readonly name?: string;
  readonly target?: Target;
  readonly score?: ScoreFunction;
  /**
   * Compare the reconstruction with the raw input or with the model's own scaling of it; 'auto' measures which of the two
   * the model was trained to reconstruct.
   */
  readonly space?: 'auto' | Space;
  /**
   * Greatest mean relative error of the score against the float model on held-out windows, as a share: precision is added until it holds,
   * and an InputError says so if none does. null: what is measurably better and costs nothing, or saves the score.
   */
  readonly maxError?: number | null;
  /**
   * 'auto': int16, which has room for anomalies and of which only convolutions take longer; int8 where the input is bounded, as images are, and int8
   * costs at most 0.1 % of the score.
   */
  readonly activations?: 'auto' | 'int8' | 'int16';
  /**
   * 'auto': int8, and int16 in single layers where that pays: until the score is within 0.3 % of float, as long as it costs at most a quarter more
   * multiply-adds (or few: small models are not worth saving on), and until it is within 2 % whatever it costs. An int16 layer takes twice the
   * time. Names of layers: int16 in those.
   */
  readonly weights?: 'auto' | 'int8' | 'int16' | readonly string[];
  /**
   * How a model that is int8 already requantizes: 'float' as XNNPACK and onnxruntime do, 'tflite' (rounded twice) as TFLite
   * Micro's reference does, 'single' as ruy does. A float model is always requantized in f32.
   */
  readonly requantize?: 'float' | 'tflite' | 'single';
  /** 'fast' looks for precision for seconds, 'best' for up to minutes: more windows, and several ways to round the weights. */
  readonly effort?: 'fast' | 'best';
  /** How the ranges of int8 activations are found; 'auto': each by the observer that costs the least of the score. */
  readonly observer?: 'auto' | ObserverName;
  /** Share of the values that the percentile observer keeps, above 50 up to 100. */
  readonly percentile?: number;
  /**
   * How the threshold is found from the artifact's own scores of the normal data: a method with its parameter ('quantile:0.995',
   * 'sigma:3', 'pot:1e-4', 'conformal:0.01'), 'best-f1' from those of `labelled` recordings, or a number.
   */
  readonly threshold?: string;
  /** Recordings (CSV with a header) in which rows are labelled, for best-f1; cut into windows as `data` is. */
  readonly labelled?: SampleFile | readonly SampleFile[] | null;
  /** The column of `labelled` that is 1 (or more) where a row is abnormal, else 0. */
  readonly label?: string | null;
  /** Scores in a row above the threshold before an alarm goes on, and at or below `clearBelow` times the threshold before it goes off. */
  readonly alarm?: { readonly raise: number; readonly clear: number; readonly clearBelow: number };
  /** Read a sequence step by step: a window is one step, and recurrent layers remember those before. Only for models of which that is true. */
  readonly stateful?: boolean;
  /** Windows that one runBatch takes; null: 64, or fewer where they would take more than 1 MiB. */
  readonly batch?: number | null;
  /** Compile even if the model does not reconstruct the data. */
  readonly allowPoorFit?: boolean;
  readonly onProgress?: OnProgress;
}

export const defaults = {
  ...pipelineDefaults,
  decoder: null,
  cut: null,
  size: null,
  target: 'simd',
  score: 'mse',
  space: 'auto',
  maxError: null,
  activations: 'auto',
  weights: 'auto',
  requantize: 'float',
  effort: 'fast',
  observer: 'auto',
  percentile: 99.99,
  threshold: 'quantile:0.995',
  labelled: null,
  label: null,
  alarm: { raise: 1, clear: 1, clearBelow: 1 },
  stateful: false,
  batch: null,
  allowPoorFit: false,
  onProgress: () => {},
} as const satisfies Partial<CompileOptions>;

/** Options with nothing left open. */
export type Settled = Required<CompileOptions>;

/** Fills in the defaults. Throws an InputError for a value out of its range. */
export function settle(options: CompileOptions): Settled {
  const settled = { ...defaults, name: basename(options.model.name).replace(/\.[^.]+$/, ''), ...options };
  checkOptions(settled);
  return settled;
}

function checkOptions(settled: Settled): void {
  const { maxError, threshold, labelled, label, alarm, percentile: percent, batch, window, hop, rateHz } = settled;
  for (const [name, value] of Object.entries({ window, hop })) {
    if (value !== null && !(Number.isInteger(value) && value >= 1)) throw wrong(name, 'a whole number of samples', value);
  }
  if (rateHz !== null && !(rateHz > 0 && rateHz < Infinity)) throw wrong('rate', 'a number of samples per second', rateHz);
  checkLabels(threshold, labelled, label);
  if (maxError !== null && !(maxError > 0 && maxError <= 1)) throw wrong('max-error', 'a share above 0 and up to 1', maxError);
  for (const name of ['raise', 'clear'] as const) {
    if (!(Number.isInteger(alarm[name]) && alarm[name] >= 1 && alarm[name] <= 1e6))
      throw wrong(`alarm.${name}`, 'a whole number of scores in a row', alarm[name]);
  }
  if (!(alarm.clearBelow > 0 && alarm.clearBelow <= 1))
    throw wrong('alarm.clearBelow', 'a share of the threshold, above 0 and up to 1', alarm.clearBelow);
  if (!(percent > 50 && percent <= 100)) throw wrong('percentile', 'a number above 50 and up to 100', percent);
  if (batch !== null && !(Number.isInteger(batch) && batch >= 1 && batch <= 4096))
    throw wrong('batch', 'a whole number from 1 to 4096', batch);
}

/** What a threshold needs, and what belongs together. Throws an InputError. */
function checkLabels(threshold: string, labelled: Settled['labelled'], label: string | null): void {
  const needed = needsLabels(parseThreshold(threshold));
  if (needed && labelled === null) {
    throw new InputError({
      where: 'threshold',
      what: `${threshold} is found from labelled recordings, and there are none`,
      hint: 'Name them, and the column that says which rows are abnormal: --labelled faults.csv --label anomaly.',
    });
  }
  if (labelled !== null && label === null) {
    throw new InputError({
      where: 'labelled',
      what: 'nobody says which column tells abnormal rows from normal ones',
      hint: 'Name it: --label anomaly.',
    });
  }
  if (labelled !== null || label === null) return;
  throw new InputError({
    where: 'label',
    what: `is "${label}", but there are no labelled recordings`,
    hint: 'Name them: --labelled faults.csv (normal data, in --data, needs no labels).',
  });
}

const wrong = (option: string, expected: string, found: number): InputError =>
  new InputError({ where: option, what: `expected ${expected}, found ${found}`, hint: 'Leave it out to use the default.' });

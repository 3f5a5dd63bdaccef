import type { Manifest, ScoreFunction } from '../runtime-js/artifact/manifest.ts';
import type { Target } from '../runtime-js/artifact/abi.ts';
import type { Windows } from './calibrate/samples.ts';
import type { Source } from './read/source.ts';
import type { OnProgress } from './progress.ts';

export interface CompileOptions {
  readonly model: Source;
  /** Normal data: a file (CSV, npy, npz, raw f32) or windows that are in memory already. */
  readonly data: { readonly name: string; readonly bytes: Uint8Array } | Windows;
  /** Values between the starts of two windows; null: windows do not overlap. Unused for windows in memory. */
  readonly stride?: number | null;
  /** Name in the manifest; the model's file name without its ending by default. */
  readonly name?: string;
  readonly target?: Target;
  readonly score?: ScoreFunction;
  /** Compare the reconstruction with the raw input or with the model's own scaling of it; 'auto' measures which one the model was trained for. */
  readonly space?: 'auto' | 'raw' | 'normalised';
  readonly observer?: 'minmax' | 'percentile';
  /** Share of the values that the percentile observer keeps, 50 to 100. */
  readonly percentile?: number;
  /** The threshold is this quantile of the artifact's own scores on the calibration windows. */
  readonly thresholdQuantile?: number;
  /** Windows that one runBatch takes. */
  readonly batch?: number;
  /** Compile even if the model does not reconstruct the data. */
  readonly allowPoorFit?: boolean;
  readonly onProgress?: OnProgress;
}

export interface CompileResult {
  readonly artifact: Uint8Array;
  /** The generated AssemblyScript of the model. */
  readonly source: string;
  readonly manifest: Manifest;
  /** Things that the user should know: too few windows, unused columns... */
  readonly warnings: readonly string[];
}

export const defaults = {
  stride: null,
  target: 'simd',
  score: 'mse',
  space: 'auto',
  observer: 'minmax',
  percentile: 99.99,
  thresholdQuantile: 0.995,
  batch: 64,
  allowPoorFit: false,
} as const;

export async function compile(options: CompileOptions): Promise<CompileResult> {
  throw new Error(`internal: not written yet ${options.model.name}`);
}

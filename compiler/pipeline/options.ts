import type { Channel, FaultPolicy } from '../../runtime-js/artifact/manifest.ts';
import type { FeatureSpec } from '../signal/features.ts';

/** How values are brought to the scale that the model was trained in. */
export type ScalingOption =
  | {
      readonly method: 'minmax' | 'zscore' | 'robust';
      /** Each channel (or each feature) by itself, or all values together. */
      readonly per: 'each' | 'all';
      /** What minmax maps the least and the greatest value to. */
      readonly range?: readonly [number, number];
    }
  /** Found in training: y = (x - center) / scale; a value each, or one for all. */
  | {
      readonly method: 'given';
      readonly center: readonly number[];
      readonly scale: readonly number[];
      /** Names of what the values belong to, where the file says them. */
      readonly names: readonly string[] | null;
      readonly source: string;
    }
  /** As an artifact says it, whatever the data: its scaling once more. */
  | {
      readonly method: 'minmax' | 'zscore' | 'robust' | 'given';
      readonly fitted: { readonly factor: readonly number[]; readonly offset: readonly number[] };
    };

/** How raw samples become what the model reads. */
export interface PipelineOptions {
  /** Columns of the data that are channels, in the order of training; null: all. */
  readonly channels?: readonly Channel[] | null;
  /** Column of time stamps: ISO 8601, or seconds. */
  readonly time?: string | null;
  /** Samples per second. */
  readonly rateHz?: number | null;
  /** Samples per window; null: what the model takes. */
  readonly window?: number | null;
  /** Samples from the start of one window to the next; null: windows do not overlap. */
  readonly hop?: number | null;
  /** What the model reads of each window, in the order of training; none: its samples. */
  readonly features?: readonly FeatureSpec[];
  readonly scaling?: ScalingOption | null;
  /** What becomes of samples that are missing, stuck or late, in a stream; null: they are refused. */
  readonly faults?: FaultPolicy | null;
}

export const pipelineDefaults = {
  channels: null,
  time: null,
  rateHz: null,
  window: null,
  hop: null,
  features: [],
  scaling: null,
  faults: null,
} as const satisfies PipelineOptions;

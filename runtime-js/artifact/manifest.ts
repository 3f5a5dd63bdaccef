import { abiVersion, type Target } from './abi.ts';
import { ArtifactError } from './error.ts';
import type { Tail } from './tail.ts';

/** docs/scores.md has the formulas. */
export const scoreFunctions = ['mse', 'mae', 'max', 'weighted', 'mahalanobis', 'latent', 'kl', 'ssim'] as const;

export type ScoreFunction = (typeof scoreFunctions)[number];

export interface Channel {
  readonly name: string;
  readonly unit: string | null;
}

/** When an alarm goes on and off. */
export interface AlarmRule {
  /** Scores in a row above the threshold, after which it goes on. */
  readonly raise: number;
  /** Scores in a row at or below `clearAt`, after which it goes off. */
  readonly clear: number;
  /** At most the threshold: the space between the two keeps an alarm from fluttering. */
  readonly clearAt: number;
}

/** What becomes of samples that sensors did not give as they should. */
export interface FaultPolicy {
  /**
   * Of a value that is missing (NaN, an empty field, a sample that did not come): `hold` the one before, `interpolate` to the next one,
   * let the windows that hold it be `invalid`, or `reset` the window.
   */
  readonly missing: 'hold' | 'interpolate' | 'invalid' | 'reset';
  /** Samples in a row that hold and interpolate bridge; a longer gap makes its windows invalid. */
  readonly bridge: number;
  /** A channel that gives the same value more often than this in a row hangs: its values are missing. null: that is normal. */
  readonly stuck: number | null;
  /** Of a sample that is not later than the one before: `drop` it, or `reset` the window (a clock that was set back). */
  readonly late: 'drop' | 'reset';
  /** How far the median interval may be from 1 / rateHz, as a share, before scores are invalid. */
  readonly rateTolerance: number;
}

/** What an artifact says of itself: the JSON of the section `sandglass.manifest`. */
export interface Manifest {
  readonly abi: typeof abiVersion;
  readonly name: string;
  /** Name and version of the compiler. */
  readonly tool: string;
  readonly target: Target;
  readonly model: { readonly file: string; readonly format: string; readonly sha256: string };
  /** Whether a window is one step of a sequence and the model remembers those before. */
  readonly stateful: boolean;
  /** Where a stateful model keeps what it remembers: address and bytes of each piece of its memory. */
  readonly states?: readonly (readonly [address: number, bytes: number])[];
  readonly input: {
    /** Values per window: samples x channels. */
    readonly size: number;
    /** Samples per window. */
    readonly samples: number;
    /** Values per sample. */
    readonly channelCount: number;
    /** The channels by name, where they are known and few enough to keep. */
    readonly channels: readonly Channel[] | null;
    /** Samples from the start of one window to the next. */
    readonly hop: number;
    /** Samples per second, where it is known. */
    readonly rateHz: number | null;
    /** The column of time stamps in recorded data. */
    readonly time: string | null;
    /** What becomes of samples that are not as they should be; null: they are refused. */
    readonly faults: FaultPolicy | null;
    /** Least and greatest value in the calibration data, in the user's units. */
    readonly range: readonly [number, number];
    /** Where a window is a picture: how its values lie in it. */
    readonly image?: {
      readonly height: number;
      readonly width: number;
      readonly channels: number;
      /** Whether a window holds one channel after the other instead of pixel by pixel. */
      readonly channelsFirst: boolean;
    };
  };
  /** What the model reads of a window; null: its values. */
  readonly features: {
    /** As the config names them. */
    readonly list: readonly { readonly kind: string }[];
    /** One per value that the model reads: 'rms(vib_x)'. */
    readonly names: readonly string[];
    /** Per value: index of its channel. */
    readonly channelOf: readonly number[];
  } | null;
  /** How each value of a sample (or each feature) is scaled before the model reads it: value * factor + offset; null: not at all. */
  readonly scaling: {
    readonly method: 'minmax' | 'zscore' | 'robust' | 'given';
    readonly factor: readonly number[];
    readonly offset: readonly number[];
  } | null;
  /** Values of the latent code; null where the model has no hidden layer. */
  readonly latent: number | null;
  /** Windows that one runBatch takes. */
  readonly batch: number;
  readonly score: {
    readonly function: ScoreFunction;
    /** raw: compared with the input as it comes; normalised: with the output of the model's own input scaling. */
    readonly space: 'raw' | 'normalised';
    /** What the function was fitted to, in its own order (compiler/score); null: to nothing, or to too much to say. */
    readonly weights: readonly number[] | null;
    /** The node that makes the latent code, where the function looks at that. */
    readonly code?: string;
    /** A window whose score is above it is abnormal. */
    readonly threshold: number;
    /** How the threshold was found from the artifact's own scores of normal windows (docs/scores.md). */
    readonly method: 'quantile' | 'sigma' | 'pot' | 'conformal' | 'best-f1' | 'fixed';
    /** What the method was asked for: the quantile, the standard deviations, the share of false alarms; the threshold itself. null: nothing. */
    readonly parameter: number | null;
    /** Share of normal windows that is expected above the threshold (of labelled ones: that was); null: the method does not say. */
    readonly falseAlarmRate: number | null;
    /** Windows whose scores the threshold was found from. */
    readonly calibrationWindows: number;
    /** Where those are of labelled recordings: the F1 that the threshold reached on them, and how many are abnormal. */
    readonly labelled?: { readonly f1: number; readonly abnormal: number };
    /** Where the threshold follows the tail of the normal scores: that tail, with which an adaptive threshold begins (`Spot`). */
    readonly tail?: Tail;
    /** The artifact's own scores of the normal windows. */
    readonly normal: { readonly mean: number; readonly deviation: number };
    readonly alarm: AlarmRule;
  };
  readonly quantization: {
    readonly weights: 'int8 per channel' | 'int16 per channel';
    /** Layers whose weights are int16 where the others' are int8. */
    readonly int16Layers?: readonly string[];
    readonly activations: 'int8 per tensor' | 'int16 per tensor';
    readonly requantize: 'float' | 'tflite' | 'single';
    /** Of the ranges of int8 activations; behind 'auto', how many tensors each was taken for. */
    readonly observer: string;
    readonly effort: 'fast' | 'best';
  };
  /** int8 against the float model on windows that were held out of the calibration. */
  readonly accuracy: {
    readonly windows: number;
    readonly meanFloat: number;
    readonly meanInt8: number;
    readonly correlation: number;
    /** Spearman's: of the places in the order of the scores. */
    readonly rankCorrelation: number;
    /** Mean of |int8 - float| / float. */
    readonly meanRelativeError: number;
    readonly maxDifference: number;
    /** Signal to quantization noise of the reconstruction, in dB. */
    readonly decibels: number;
  };
  /** Bytes. */
  readonly sizes: { readonly weights: number; readonly code: number; readonly memory: number };
  readonly layers: readonly string[];
  /** What the compiler was asked for that nothing else here tells; each key only where it was. */
  readonly asked?: {
    /** The node after which `encode` stops. */
    readonly cut?: string;
    /** The output of the model that is meant, where it has several. */
    readonly output?: string;
    /** The second of two files. */
    readonly decoder?: { readonly file: string; readonly sha256: string; readonly output?: string };
  };
}

/** Values that the model reads of a window, and gives back. */
export const valuesRead = ({ features, input }: Manifest): number => features?.names.length ?? input.size;

export const serializeManifest = (manifest: Manifest): Uint8Array => new TextEncoder().encode(JSON.stringify(manifest));

/** The JSON of a manifest section. Throws an ArtifactError if it is of another ABI than ours, whatever else it holds. */
export function parseAbi(content: Uint8Array, where: string): unknown {
  const value = parseJson(content, where);
  const abi = field(value, 'abi');
  if (abi !== abiVersion) {
    throw new ArtifactError(
      where,
      `has ABI ${JSON.stringify(abi)}; this runtime speaks ABI ${abiVersion}`,
      'Compile the model again with this version of sandglass, or use the runtime of the version that compiled it.',
    );
  }
  return value;
}

/** What `parseAbi` gave, as a manifest. Throws an ArtifactError if a field is missing or wrong. */
export function checkManifest(value: unknown, where: string): Manifest {
  const checks: readonly (readonly [string, boolean])[] = [
    ['target', ['simd', 'scalar'].includes(String(field(value, 'target')))],
    ['input.size', isCount(field(field(value, 'input'), 'size'))],
    ['input.samples', isCount(field(field(value, 'input'), 'samples'))],
    ['input.channelCount', isCount(field(field(value, 'input'), 'channelCount'))],
    ['batch', isCount(field(value, 'batch'))],
    ['latent', field(value, 'latent') === null || isCount(field(value, 'latent'))],
    ['score.threshold', Number.isFinite(field(field(value, 'score'), 'threshold'))],
    ['score.alarm', isCount(field(field(field(value, 'score'), 'alarm'), 'raise'))],
  ];
  const wrong = checks.find(([, right]) => !right);
  if (wrong !== undefined) throw new ArtifactError(where, `its manifest has no valid "${wrong[0]}"`, 'Compile the model again.');
  return value as Manifest;
}

function parseJson(content: Uint8Array, where: string): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(content));
  } catch (cause) {
    throw new ArtifactError(where, 'its manifest is not JSON', 'The artifact is damaged: copy it again.', { cause });
  }
}

const field = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) > 0;

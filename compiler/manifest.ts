import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { abiVersion } from '../runtime-js/artifact/abi.ts';
import { imageLayout } from '../runtime-js/artifact/image.ts';
import type { Channel, Manifest } from '../runtime-js/artifact/manifest.ts';
import { deviation, mean } from './accuracy.ts';
import type { Autoencoder } from './autoencoder.ts';
import { describeLayers } from './describe.ts';
import { windowShape } from './calibrate/samples.ts';
import { typeOf } from './ir/graph.ts';
import { sizeOf } from './ir/tensor.ts';
import type { Measured } from './measure.ts';
import type { Settled } from './options.ts';
import { codeBytes } from './pack/module.ts';
import type { Scaling } from './pipeline/scaling.ts';
import { statesOf, type Plan } from './plan/plan.ts';
import type { Extracted } from './prepare.ts';
import type { Source } from './read/source.ts';
import type { FoundThreshold } from './score/thresholds/define.ts';
import { parseThreshold } from './score/thresholds/find.ts';
import { shortFloat32 } from './short-float.ts';
import { version } from './version.ts';

/** A quantized model, assembled and tried on all windows. */
export interface Built {
  readonly weights: 'int8' | 'int16';
  /** Of int8 weights, the layers whose are int16. */
  readonly wideLayers: readonly string[];
  readonly activations: 'int8' | 'int16';
  /** Which observers the ranges of int8 activations are of. */
  readonly observer: string;
  readonly plan: Plan;
  /** The generated AssemblyScript. */
  readonly source: string;
  /** The assembled module, before the weights. */
  readonly code: Uint8Array;
  /** The artifact's own score of each window. */
  readonly scores: Float32Array;
  /** Against the float model, on held-out windows. */
  readonly accuracy: Manifest['accuracy'];
}

export interface Made extends Built {
  readonly format: string;
  readonly model: Autoencoder;
  readonly data: Extracted;
  readonly scaling: Scaling | null;
  readonly measured: Measured;
  readonly threshold: FoundThreshold & { readonly clearAt: number };
}

/** Numbers that the manifest keeps of what a score was fitted to. */
const mostFitted = 1024;

/** All that an artifact says of itself. Holds no time and no path, so that the same input gives the same bytes. */
export function makeManifest(made: Made, settled: Settled): Manifest {
  const { format, model, data, scaling, measured, plan, code, threshold, accuracy } = made;
  const { raw, extractor } = data;
  const { fitted, scoring } = measured;
  const shape = windowShape(raw);
  return {
    abi: abiVersion,
    name: settled.name,
    tool: `sandglass ${version}`,
    target: settled.target,
    model: { file: basename(settled.model.name), format, sha256: sha256(settled.model.bytes) },
    ...memoryOf(settled, plan),
    input: {
      size: raw.size,
      samples: shape.samples,
      channelCount: shape.channels,
      channels: channelsWorthKeeping(settled.channels, raw.columns, shape.channels),
      hop: shape.hop,
      rateHz: settled.rateHz,
      time: settled.time,
      faults: settled.faults,
      range: extractor === null ? [measured.fit.min, measured.fit.max] : rangeOf(raw.data),
      ...pictureOf(made),
    },
    features: extractor === null ? null : { list: settled.features, names: extractor.names, channelOf: extractor.channelOf },
    scaling,
    latent: plan.latent === null ? null : sizeOf(typeOf(plan.scored.graph, plan.latent.value).shape),
    batch: plan.batch,
    score: {
      function: settled.score,
      space: measured.space,
      weights: fitted.length === 0 || fitted.length > mostFitted ? null : Array.from(fitted, shortFloat32),
      ...(scoring.code === null ? {} : { code: scoring.code.node }),
      threshold: threshold.value,
      ...parseThreshold(settled.threshold),
      falseAlarmRate: threshold.falseAlarmRate,
      calibrationWindows: threshold.windows,
      ...(threshold.reached === undefined ? {} : { labelled: threshold.reached }),
      ...(threshold.tail === undefined ? {} : { tail: threshold.tail }),
      normal: { mean: mean(made.scores), deviation: deviation(made.scores) },
      alarm: { raise: settled.alarm.raise, clear: settled.alarm.clear, clearAt: threshold.clearAt },
    },
    quantization: {
      weights: `${made.weights} per channel`,
      ...(made.wideLayers.length === 0 ? {} : { int16Layers: made.wideLayers }),
      activations: `${made.activations} per tensor`,
      requantize: settled.requantize,
      observer: made.observer,
      effort: settled.effort,
    },
    accuracy,
    sizes: {
      weights: plan.segments.reduce((sum, { bytes }) => sum + bytes.length, 0),
      code: codeBytes(code),
      memory: plan.memoryBytes,
    },
    layers: describeLayers(model.graph),
    ...askedFor(settled),
  };
}

const memoryOf = ({ stateful }: Settled, plan: Plan): Pick<Manifest, 'stateful' | 'states'> =>
  stateful ? { stateful, states: statesOf(plan) } : { stateful };

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const outputOf = ({ output }: Source): { readonly output?: string } => (output === undefined ? {} : { output });

/** What `report` needs to compile the same again; nothing where nothing unusual was asked for. */
function askedFor({ cut, model, decoder }: Settled): Pick<Manifest, 'asked'> {
  const asked = {
    ...(cut === null ? {} : { cut }),
    ...outputOf(model),
    ...(decoder === null
      ? {}
      : { decoder: { file: basename(decoder.name), sha256: sha256(decoder.bytes), ...outputOf(decoder) } }),
  };
  return Object.keys(asked).length === 0 ? {} : { asked };
}

/** A window is a picture where the model has two axes for it, and the data does not say that one of them is time. */
function pictureOf({ model, data: { raw, extractor } }: Made): Pick<Manifest['input'], 'image'> {
  const layout = imageLayout(model.window);
  const { samples, channels } = windowShape(raw);
  if (layout === null || extractor !== null || (samples > 1 && channels > 1)) return {};
  const { height, width, planes, step } = layout;
  const image = { height, width, channels: planes * step, channelsFirst: planes > 1 };
  return Math.min(height, width) > 1 && [1, 3].includes(image.channels) ? { image } : {};
}

function rangeOf(values: Float32Array): [min: number, max: number] {
  let [min, max] = [Infinity, -Infinity];
  for (const value of values) [min, max] = [Math.min(min, value), Math.max(max, value)];
  return [min, max];
}

/** Names and units of the channels where there are names and the manifest stays small. */
function channelsWorthKeeping(
  channels: readonly Channel[] | null,
  columns: readonly string[] | null,
  count: number,
): readonly Channel[] | null {
  const known = channels ?? columns?.map((name) => ({ name, unit: null })) ?? null;
  return known !== null && known.length === count && JSON.stringify(known).length <= 4096 ? known : null;
}

import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { abiVersion } from '../runtime-js/artifact/abi.ts';
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
import type { Plan } from './plan/plan.ts';
import type { Extracted } from './prepare.ts';
import type { FoundThreshold } from './score/thresholds/define.ts';
import { parseThreshold } from './score/thresholds/find.ts';
import { shortFloat32 } from './short-float.ts';
import { version } from './version.ts';

/** A quantized model, assembled and tried on all windows. */
export interface Built {
  readonly weights: 'int8' | 'int16';
  readonly activations: 'int8' | 'int16';
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

/** All that an artifact says of itself. Holds no time and no path, so that the same input gives the same bytes. */
export function makeManifest(made: Made, settled: Settled): Manifest {
  const { format, model, data, scaling, measured, plan, code, threshold, accuracy, weights, activations } = made;
  const { raw, extractor } = data;
  const shape = windowShape(raw);
  return {
    abi: abiVersion,
    name: settled.name,
    tool: `sandglass ${version}`,
    target: settled.target,
    model: { file: basename(settled.model.name), format, sha256: createHash('sha256').update(settled.model.bytes).digest('hex') },
    stateful: settled.stateful,
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
    },
    features: extractor === null ? null : { list: settled.features, names: extractor.names, channelOf: extractor.channelOf },
    scaling,
    latent: plan.latent === null ? null : sizeOf(typeOf(plan.scored.graph, plan.latent.value).shape),
    batch: plan.batch,
    score: {
      function: settled.score,
      space: measured.space,
      weights:
        measured.weights.length === 0 || measured.weights.length > 1024 ? null : Array.from(measured.weights, shortFloat32),
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
      weights: `${weights} per channel`,
      activations: `${activations} per tensor`,
      requantize: settled.requantize,
      observer: settled.observer === 'minmax' ? 'minmax' : `percentile ${settled.percentile}`,
    },
    accuracy,
    sizes: {
      weights: plan.segments.reduce((sum, { bytes }) => sum + bytes.length, 0),
      code: codeBytes(code),
      memory: plan.memoryBytes,
    },
    layers: describeLayers(model.graph),
  };
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

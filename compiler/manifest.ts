import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { abiVersion } from '../runtime-js/artifact/abi.ts';
import type { Manifest } from '../runtime-js/artifact/manifest.ts';
import { compareScores } from './accuracy.ts';
import { describeLayers, type Autoencoder } from './autoencoder.ts';
import type { Windows } from './calibrate/samples.ts';
import { typeOf } from './ir/graph.ts';
import { sizeOf } from './ir/tensor.ts';
import { isHeldOut, type Measured } from './measure.ts';
import type { Settled } from './options.ts';
import { codeBytes } from './pack/module.ts';
import type { Plan } from './plan/plan.ts';
import { version } from './version.ts';

export interface Made {
  readonly format: string;
  readonly model: Autoencoder;
  readonly windows: Windows;
  readonly measured: Measured;
  readonly plan: Plan;
  /** The assembled module, before the weights. */
  readonly code: Uint8Array;
  /** The artifact's own score of each window. */
  readonly scores: Float32Array;
  readonly threshold: number;
}

/** All that an artifact says of itself. Holds no time and no path, so that the same input gives the same bytes. */
export function makeManifest(made: Made, settled: Settled): Manifest {
  const { format, model, windows, measured, plan, code, scores, threshold } = made;
  const heldOut = (values: Float32Array | Float64Array): number[] =>
    [...values].filter((_, window) => isHeldOut(window, windows.count));
  return {
    abi: abiVersion,
    name: settled.name,
    tool: `sandglass ${version}`,
    target: settled.target,
    model: { file: basename(settled.model.name), format, sha256: createHash('sha256').update(settled.model.bytes).digest('hex') },
    input: {
      size: model.size,
      stride: settled.stride ?? model.size,
      columns: columnsWorthKeeping(windows, model),
      range: [measured.fit.min, measured.fit.max],
    },
    latent: plan.latent === null ? null : sizeOf(typeOf(plan.scored.graph, plan.latent.value).shape),
    batch: settled.batch,
    score: {
      function: settled.score,
      space: measured.space,
      threshold,
      quantile: settled.thresholdQuantile,
      calibrationWindows: windows.count,
    },
    quantization: {
      weights: 'int8 per channel',
      activations: 'int8 per tensor',
      requantize: 'float',
      observer: settled.observer === 'minmax' ? 'minmax' : `percentile ${settled.percentile}`,
    },
    accuracy: compareScores(heldOut(measured.floatScores), heldOut(scores)),
    sizes: {
      weights: plan.segments.reduce((sum, { bytes }) => sum + bytes.length, 0),
      code: codeBytes(code),
      memory: plan.memoryBytes,
    },
    layers: describeLayers(model.graph),
  };
}

/** Names of the columns where each window is one row and the manifest stays small. */
function columnsWorthKeeping({ columns }: Windows, { size }: Autoencoder): readonly string[] | null {
  return columns !== null && columns.length <= size && columns.join().length <= 1024 ? columns : null;
}

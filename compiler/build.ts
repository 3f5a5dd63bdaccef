import { compareScores, SignalToNoise } from './accuracy.ts';
import { assemble } from './assemble/asc.ts';
import type { Autoencoder } from './autoencoder.ts';
import { windowShape } from './calibrate/samples.ts';
import { emitModule } from './emit/module.ts';
import type { ValueId } from './ir/graph.ts';
import type { Built } from './manifest.ts';
import { heldOut, type Measured } from './measure.ts';
import type { Calibrated } from './ops/calibrated.ts';
import type { Settled } from './options.ts';
import { scoreAll } from './pack/execute.ts';
import { injectData } from './pack/module.ts';
import { plan as makePlan } from './plan/plan.ts';
import type { Extracted } from './prepare.ts';
import { quantize } from './quantize/index.ts';
import type { ScoredGraph } from './kernels/int-graph.ts';

/** How precisely an artifact computes. */
export interface Precision {
  readonly activations: 'int8' | 'int16';
  /** Results of the layers whose weights are int16; all others are int8. */
  readonly wide: ReadonlySet<ValueId>;
}

/** The integers of a calibrated model. */
export function lower(
  model: Autoencoder,
  calibrated: Calibrated,
  { scoring, space }: Measured,
  settled: Settled,
  { activations, wide }: Precision,
): ScoredGraph {
  return quantize(
    calibrated,
    {
      scaling: space === 'normalised' ? model.scaling : null,
      wide,
      activations,
      rounding: settled.requantize === 'tflite' ? 'double' : settled.requantize,
      stateful: settled.stateful,
      code: scoring.code?.value ?? null,
      logVariance: model.distribution?.logVariance ?? null,
    },
    settled.model.name,
  );
}

/** Plans, emits and assembles the integers, and tries them on all windows. */
export async function build(
  model: Autoencoder,
  { raw, extractor }: Extracted,
  scored: ScoredGraph,
  measured: Measured,
  settled: Settled,
): Promise<Omit<Built, 'activations' | 'weights' | 'wideLayers' | 'observer'>> {
  const { onProgress } = settled;
  const { scoring } = measured;
  const plan = makePlan(scored, {
    ...settled,
    batch: settled.batch ?? Math.max(1, Math.min(64, Math.floor(2 ** 18 / raw.size))),
    generative: model.generative,
    window: windowShape(raw),
    extractor,
    score: {
      constants: scoring.definition.constants(measured.fitted, scoring.model),
      scratchBytes: scoring.definition.scratchBytes(scoring.model),
      code: scoring.code?.value ?? null,
    },
  });
  const source = emitModule(plan, { ...settled, scored: scoring.model });
  onProgress({ stage: 'assemble', done: 0, total: 1 });
  const code = await assemble(source, settled.target, plan.memoryBytes);
  onProgress({ stage: 'assemble', done: 1, total: 1 });
  const fidelity = new SignalToNoise();
  const scores = await scoreAll(injectData(code, plan.segments), plan, raw, onProgress, (window, reconstruction) => {
    const float = measured.reconstructions.get(window);
    if (float !== undefined) fidelity.add(float, reconstruction);
  });
  const accuracy = { ...compareScores(heldOut(measured.floatScores), heldOut(scores)), decibels: fidelity.decibels };
  return { plan, source, code, scores, accuracy };
}

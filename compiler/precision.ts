import { compareScores, SignalToNoise } from './accuracy.ts';
import { assemble } from './assemble/asc.ts';
import type { Autoencoder } from './autoencoder.ts';
import { windowShape, type Windows } from './calibrate/samples.ts';
import { emitModule } from './emit/module.ts';
import { InputError } from './error.ts';
import type { Built } from './manifest.ts';
import { isHeldOut, type Measured } from './measure.ts';
import type { Calibrated } from './ops/calibrated.ts';
import type { Settled } from './options.ts';
import { scoreAll } from './pack/execute.ts';
import { injectData } from './pack/module.ts';
import { plan as makePlan } from './plan/plan.ts';
import type { Extracted } from './prepare.ts';
import { quantize } from './quantize/index.ts';
import { roundWeights } from './quantize/round/round-weights.ts';

interface Precision {
  readonly weights: 'int8' | 'int16';
  readonly activations: 'int8' | 'int16';
}

/** 'auto' begins with int8 and keeps what is measurably better: int16 activations, which cost nothing, then int16 weights. */
export async function buildPrecisely(model: Autoencoder, data: Extracted, measured: Measured, settled: Settled): Promise<Built> {
  const { activations, weights, maxError } = settled;
  const rounded = { ...measured, calibrated: roundedFor(data.windows, measured.calibrated, settled) };
  let best: Built | null = null;
  for (const [precision, isEnough] of steps) {
    if (activations !== 'auto' && activations !== precision.activations) continue;
    if (weights !== 'auto' && weights !== precision.weights) continue;
    const built = await build(model, data, precision.weights === 'int8' ? rounded : measured, settled, precision);
    if (best === null || built.accuracy.meanRelativeError < best.accuracy.meanRelativeError) best = built;
    if (maxError === null ? isEnough(best.accuracy) : best.accuracy.meanRelativeError <= maxError) break;
  }
  if (maxError !== null) checkBudget(best!, maxError, settled);
  return best!;
}

const percent = (share: number): string => `${Number((100 * share).toPrecision(3))} %`;

function checkBudget({ accuracy, weights, activations }: Built, maxError: number, settled: Settled): void {
  if (accuracy.meanRelativeError <= maxError) return;
  const isFree = settled.weights === 'auto' && settled.activations === 'auto';
  throw new InputError({
    where: settled.model.name,
    what: `the integer score differs from the float score by ${percent(accuracy.meanRelativeError)} on average at best (weights ${weights}, activations ${activations}); at most ${percent(maxError)} was asked for`,
    hint: isFree
      ? 'Allow a larger --max-error, or give more calibration data.'
      : 'Leave --weights and --activations out, so that the compiler may choose them.',
  });
}

/** With int8 weights that are chosen by what their layers give. Of a stateful model that depends on the steps before. */
function roundedFor({ data, count, size }: Windows, calibrated: Calibrated, { stateful, onProgress }: Settled): Calibrated {
  if (stateful) return calibrated;
  const windows = Array.from({ length: count }, (_, i) => i)
    .filter((i) => !isHeldOut(i, count))
    .map((i) => data.subarray(i * size, (i + 1) * size));
  onProgress({ stage: 'round', done: 0, total: 1 });
  const graph = roundWeights(calibrated.graph, windows);
  onProgress({ stage: 'round', done: 1, total: 1 });
  return { ...calibrated, graph };
}

type Accuracy = Built['accuracy'];

/** From the cheapest on, each with what it must reach not to try the next. The last one is for whoever asks for it. */
const steps: readonly (readonly [precision: Precision, isEnough: (accuracy: Accuracy) => boolean])[] = [
  [{ weights: 'int8', activations: 'int8' }, ({ meanRelativeError }) => meanRelativeError <= 0.001],
  [{ weights: 'int8', activations: 'int16' }, ({ meanRelativeError, decibels }) => meanRelativeError <= 0.02 && decibels >= 25],
  [{ weights: 'int16', activations: 'int16' }, () => true],
  [{ weights: 'int16', activations: 'int8' }, () => true],
];

async function build(
  model: Autoencoder,
  { raw, extractor }: Extracted,
  measured: Measured,
  settled: Settled,
  { weights, activations }: Precision,
): Promise<Built> {
  const { onProgress } = settled;
  const { scoring } = measured;
  const beside = { code: scoring.code?.value ?? null, logVariance: model.distribution?.logVariance ?? null };
  const rounding = settled.requantize === 'tflite' ? 'double' : settled.requantize;
  const scaling = measured.space === 'normalised' ? model.scaling : null;
  const plan = makePlan(
    quantize(
      measured.calibrated,
      { scaling, weights, activations, rounding, stateful: settled.stateful, ...beside },
      settled.model.name,
    ),
    {
      ...settled,
      batch: settled.batch ?? Math.max(1, Math.min(64, Math.floor(2 ** 18 / raw.size))),
      generative: model.generative,
      window: windowShape(raw),
      extractor,
      score: {
        constants: scoring.definition.constants(measured.fitted, scoring.model),
        scratchBytes: scoring.definition.scratchBytes(scoring.model),
        code: beside.code,
      },
    },
  );
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
  return { weights, activations, plan, source, code, scores, accuracy };
}

/** What a value per window is on held-out windows. */
export const heldOut = (scores: Float32Array | Float64Array): number[] =>
  [...scores].filter((_, window) => isHeldOut(window, scores.length));

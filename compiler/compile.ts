import type { Manifest, ScoreFunction } from '../runtime-js/artifact/manifest.ts';
import type { Golden } from '../runtime-js/artifact/golden.ts';
import { joinWindows, readWindows, windowShape, type WindowOptions, type Windows } from './calibrate/samples.ts';
import { InputError } from './error.ts';
import { interpret, type Memories } from './kernels/interpret.ts';
import { readLabelled, scoreLabelled } from './labelled.ts';
import { makeManifest, type Built } from './manifest.ts';
import { checkWindows, measure } from './measure.ts';
import type { FloatGraph } from './ops/float-graph.ts';
import { settle, type CompileOptions, type Settled } from './options.ts';
import { scoreAll } from './pack/execute.ts';
import { chooseGolden, type GoldenInputs } from './pack/golden.ts';
import { constantsImage, injectData } from './pack/module.ts';
import { pack } from './pack/pack.ts';
import { scalingOf } from './pipeline/scaling.ts';
import type { Plan, Segment } from './plan/plan.ts';
import { buildPrecisely, heldOut } from './precision.ts';
import { extract, prepare } from './prepare.ts';
import { readAutoencoder } from './read/index.ts';
import { scores as scoreTable } from './score/index.ts';
import type { FoundThreshold } from './score/thresholds/define.ts';
import { findThreshold, needsLabels, parseThreshold, type ThresholdChoice } from './score/thresholds/find.ts';

export interface CompileResult {
  readonly artifact: Uint8Array;
  /** The generated AssemblyScript of the model. */
  readonly source: string;
  readonly manifest: Manifest;
  /** What the user should know, a sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Compiles a trained autoencoder and normal data into one artifact. The same model, data and version give the same bytes.
 * Throws an InputError for what the user can mend.
 */
export async function compile(options: CompileOptions): Promise<CompileResult> {
  const settled = settle(options);
  const { graph, format } = await readAutoencoder(settled.model, settled.decoder);
  return compileGraph(graph, format, settled);
}

/** The way of a model that was read, in the order of the stages. */
export async function compileGraph(graph: FloatGraph, format: string, settled: Settled): Promise<CompileResult> {
  const file = settled.model.name;
  const { size } = prepare(graph, file, settled.stateful, null).model;
  checkSize(settled, size);
  const raw = readData(settled, size);
  const recordings = readLabelled(settled, raw);
  const { windows, extractor } = extract(raw, settled);
  checkWindows(windows, size);
  const { channels } = windowShape(windows);
  const scaling = settled.scaling === null ? null : scalingOf(settled.scaling, windows, channels, windows.columns);
  const { model, restep } = prepare(graph, file, settled.stateful, { channels, scaling });
  const data = { raw, windows, extractor };
  const space = settled.scaling !== null && settled.space === 'auto' ? 'normalised' : settled.space;
  const measured = measure(model, windows, { ...settled, space }, restep?.(windows.sequence ?? windows.count) ?? null);
  const built = await buildPrecisely(model, data, measured, settled);
  const { plan, scores } = built;
  const choice = parseThreshold(settled.threshold);
  const labelled = await scoreLabelled(built, recordings);
  const found = findThreshold(choice, { all: scores, heldOut: heldOut(scores), labelled });
  const threshold = Math.fround(found.value);
  const clearAt = Math.fround(threshold * settled.alarm.clearBelow);
  const golden = await scoreGolden(built, chooseGolden(raw, scores, settled.stateful));
  checkAgainstReference(plan, settled.score, measured.weights, golden);
  const segments = [...plan.segments, thresholdSegment(plan, [threshold, clearAt])];
  const manifest = makeManifest(
    { format, model, data, scaling, measured, threshold: { ...found, value: threshold, clearAt }, ...built },
    settled,
  );
  const artifact = pack(injectData(built.code, segments), constantsImage(segments), golden, manifest);
  return { artifact, source: built.source, manifest, warnings: warningsOf(found, choice, labelled !== null) };
}

function warningsOf({ warning }: FoundThreshold, choice: ThresholdChoice, hasLabelled: boolean): string[] {
  const unused = `the labelled recordings are not used: the threshold is ${choice.method}, and only best-f1 looks at them.`;
  return [...(warning === null ? [] : [warning]), ...(hasLabelled && !needsLabels(choice) ? [unused] : [])];
}

const nothing = (): void => {};

/** The golden windows with the scores that the artifact gives them. */
async function scoreGolden({ code, plan }: Built, { count, ...golden }: GoldenInputs): Promise<Golden> {
  const windows = { data: golden.inputs, count, size: golden.size };
  return { ...golden, scores: await scoreAll(injectData(code, plan.segments), plan, windows, nothing, nothing) };
}

/** Raw windows; `size`: what the model reads. */
function readData({ data, channels, time, window, hop, features, stateful }: Settled, size: number): Windows {
  if ('count' in data) return data;
  const options: WindowOptions = {
    size: features.length > 0 ? null : size,
    samples: window,
    hop,
    steps: stateful,
    selection: {
      channels: channels?.map(({ name }) => name) ?? null,
      beside: time === null ? [] : [time],
      gaps: false,
    },
  };
  return joinWindows(('bytes' in data ? [data] : data).map((file) => readWindows(file, options)));
}

function checkSize({ size, model }: Settled, expected: number): void {
  if (size === null || size === expected) return;
  throw new InputError({
    where: model.name,
    what: `takes ${expected} values per window, not ${size}`,
    hint: 'Leave --shape out, or give the model that takes it.',
  });
}

const thresholdSegment = ({ addresses }: Plan, levels: readonly number[]): Segment => ({
  name: 'threshold',
  address: addresses.threshold,
  bytes: new Uint8Array(Float32Array.from(levels).buffer),
});

/** The assembled module must equal the plain integer reference bit for bit, or nothing is written. */
function checkAgainstReference(
  { scored, signal }: Plan,
  score: ScoreFunction,
  weights: Float32Array,
  { size, inputs, scores }: Golden,
): void {
  const memories: Memories = new Map();
  scores.forEach((found, i) => {
    const window = inputs.subarray(i * size, (i + 1) * size);
    const values = interpret(scored.graph, signal?.extractor.reference(window) ?? window, memories);
    const [x, y] = [scored.target, scored.reconstruction].map((id) => Float32Array.from(values.get(id)!));
    const expected = scoreTable[score].reference(x!, y!, new Float32Array(x!.length), weights);
    if (!Object.is(found, expected))
      throw new Error(`internal: the module scores ${found} where the integer reference gives ${expected}`);
  });
}

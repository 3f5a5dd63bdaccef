import type { Manifest } from '../runtime-js/artifact/manifest.ts';
import type { Golden } from '../runtime-js/artifact/golden.ts';
import { joinWindows, readWindows, windowShape, type WindowOptions, type Windows } from './calibrate/samples.ts';
import type { Autoencoder } from './autoencoder.ts';
import { InputError } from './error.ts';
import { readAs } from './kernels/int-graph.ts';
import { interpret, realValues, type Memories } from './kernels/interpret.ts';
import { readLabelled, scoreLabelled } from './labelled.ts';
import { makeManifest, type Built } from './manifest.ts';
import { checkWindows, heldOut, measure, type Measured } from './measure.ts';
import type { FloatGraph } from './ops/float-graph.ts';
import { settle, type CompileOptions, type Settled } from './options.ts';
import { scoreAll } from './pack/execute.ts';
import { spentOn, type Spent } from './spent.ts';
import { chooseGolden, type GoldenInputs } from './pack/golden.ts';
import { storedGraph } from './pack/graph.ts';
import { constantsImage, injectData } from './pack/module.ts';
import { pack } from './pack/pack.ts';
import { scalingOf } from './pipeline/scaling.ts';
import type { Segment } from './plan/memory.ts';
import type { Plan } from './plan/plan.ts';
import { buildPrecisely } from './precision.ts';
import { extract, prepare, type Extracted } from './prepare.ts';
import { readAutoencoder } from './read/index.ts';
import type { FoundThreshold } from './score/thresholds/define.ts';
import { findThreshold, needsLabels, parseThreshold, type ThresholdChoice } from './score/thresholds/find.ts';
import { scoringOf, seenBy } from './scoring.ts';
import type { Restep } from './stateful.ts';

export interface CompileResult {
  readonly artifact: Uint8Array;
  /** The generated AssemblyScript of the model. */
  readonly source: string;
  readonly manifest: Manifest;
  /** What the user should know, a sentence each. */
  readonly warnings: readonly string[];
  /** What int16 weights cost against int8 ones, where the compiler chose them: measured on this machine. */
  readonly spent: Spent | null;
}

/** What the compiler knows of an artifact when it is done, for whoever looks into it. */
export interface Compiled extends CompileResult {
  readonly built: Built;
  readonly model: Autoencoder;
  readonly restep: Restep | null;
  readonly data: Extracted;
  readonly measured: Measured;
}

/**
 * Compiles a trained autoencoder and normal data into one artifact. The same model, data and version give the same bytes.
 * Throws an InputError for what the user can mend.
 */
export async function compile(options: CompileOptions): Promise<CompileResult> {
  const { artifact, source, manifest, warnings, spent } = await compileOpenly(settle(options));
  return { artifact, source, manifest, warnings, spent };
}

/** The same, with all that it knows. */
export async function compileOpenly(settled: Settled): Promise<Compiled> {
  const { graph, format } = await readAutoencoder(settled.model, settled.decoder);
  return compileGraph(graph, format, settled);
}

/** The way of a model that was read, in the order of the stages. */
export async function compileGraph(graph: FloatGraph, format: string, settled: Settled): Promise<Compiled> {
  const file = settled.model.name;
  const { size } = prepare(graph, file, settled, null).model;
  checkSize(settled, size);
  const raw = readData(settled, size);
  const recordings = readLabelled(settled, raw);
  const { windows, extractor } = extract(raw, settled);
  checkWindows(windows, size);
  const { channels } = windowShape(windows);
  const scaling = settled.scaling === null ? null : scalingOf(settled.scaling, windows, channels, windows.columns);
  const { model, restep } = prepare(graph, file, settled, { channels, scaling });
  const scoring = scoringOf(model, file, settled);
  const data = { raw, windows, extractor };
  const space = settled.scaling !== null && settled.space === 'auto' ? 'normalised' : settled.space;
  const measured = measure(model, windows, { ...settled, space }, scoring, restep?.(windows.sequence ?? windows.count) ?? null);
  const { built, cheaper } = await buildPrecisely(model, data, measured, settled);
  const { plan, scores } = built;
  const choice = parseThreshold(settled.threshold);
  const labelled = await scoreLabelled(built, recordings);
  const found = findThreshold(choice, { all: scores, heldOut: heldOut(scores), labelled });
  const threshold = Math.fround(found.value);
  const clearAt = Math.fround(threshold * settled.alarm.clearBelow);
  const golden = await scoreGolden(built, chooseGolden(raw, scores, settled.stateful));
  checkAgainstReference(plan, measured, golden);
  const segments = [...plan.segments, thresholdSegment(plan, [threshold, clearAt])];
  const manifest = makeManifest(
    { format, model, data, scaling, measured, threshold: { ...found, value: threshold, clearAt }, ...built },
    settled,
  );
  const integers = storedGraph(
    plan,
    settled.score,
    scoring.definition.looksAt,
    scoring.definition.constants(measured.fitted, scoring.model),
  );
  const artifact = pack(injectData(built.code, segments), constantsImage(segments), golden, integers, manifest);
  const warnings = warningsOf(found, choice, labelled !== null);
  const spent = cheaper === null ? null : await spentOn(built, cheaper, raw);
  return { artifact, source: built.source, manifest, warnings, spent, built, model, restep, data, measured };
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
function readData(settled: Settled, size: number): Windows {
  const { data } = settled;
  if ('count' in data) return data;
  return joinWindows(('bytes' in data ? [data] : data).map((file) => readWindows(file, windowOptions(settled, size))));
}

/** How recordings are cut into the windows of a model that reads `size` values. */
export function windowOptions({ channels, time, window, hop, features, stateful }: Settled, size: number): WindowOptions {
  return {
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
  { scoring, fitted }: Pick<Measured, 'scoring' | 'fitted'>,
  { size, inputs, scores }: Golden,
): void {
  const memories: Memories = new Map();
  scores.forEach((found, i) => {
    const window = inputs.subarray(i * size, (i + 1) * size);
    const values = interpret(scored.graph, signal?.extractor.reference(window) ?? window, memories);
    const [x, y] = [scored.target, scored.reconstruction].map((id) => Float32Array.from(values.get(id)!));
    const seen = seenBy(scoring, x!, y!, (id) => realValues(scored.graph, values, readAs(scored.origins, id)));
    const expected = scoring.definition.reference(seen, new Float32Array(x!.length), fitted, scoring.model);
    if (!Object.is(found, expected))
      throw new Error(`internal: the module scores ${found} where the integer reference gives ${expected}`);
  });
}

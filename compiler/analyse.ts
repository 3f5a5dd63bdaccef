import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import type { Manifest } from '../runtime-js/artifact/manifest.ts';
import { readArtifact } from '../runtime-js/artifact/read.ts';
import type { Windows } from './calibrate/samples.ts';
import type { NamedBytes } from './files.ts';
import { isHeldOut } from './measure.ts';
import { extract } from './prepare.ts';
import type { OnProgress } from './progress.ts';
import type { Analysis } from './report/analysis.ts';
import { byteShares } from './report/bytes.ts';
import { checksOf, verdictOf, type Facts } from './report/checks.ts';
import { compareTensors, type Comparison, type Subject } from './report/compare.ts';
import { tryHost, type Loaded } from './report/host.ts';
import { scoreReport } from './report/scores.ts';
import { reproduce, type Origin, type Reproduction } from './reproduce.ts';
import { seenBy } from './scoring.ts';

export interface AnalyseOptions {
  readonly artifact: NamedBytes;
  /** The same, loaded: `load` of the runtime gives one. */
  readonly loaded: Loaded;
  /** The model and the data that it was compiled from; null: what the artifact says of itself is all. */
  readonly origin: Origin | null;
  /** Other recordings, cut into windows as the artifact takes them. */
  readonly tests: readonly Windows[];
  readonly onProgress: OnProgress;
}

/**
 * Looks into an artifact: compiles its model and data again, compares integers with floats tensor by tensor on held-out windows, scores
 * with scores, and times it here. Throws an InputError if the model is not the artifact's.
 */
export async function analyse({ artifact, loaded, origin, tests, onProgress }: AnalyseOptions): Promise<Analysis> {
  const { manifest, golden } = readArtifact(artifact.bytes, artifact.name);
  const reproduction = origin === null ? null : await reproduce({ ...artifact, manifest }, origin, onProgress);
  const comparison = reproduction === null ? null : compare(reproduction, tests, onProgress);
  const testScores = tests.map((windows, i) => ({
    file: basename(windows.name),
    integer: scoreAll(loaded, windows),
    float: comparison?.tests[i] ?? null,
  }));
  const { threshold } = manifest.score;
  const accuracy = reproduction?.compiled.manifest.accuracy ?? manifest.accuracy;
  const facts: Facts = {
    artifact: {
      file: basename(artifact.name),
      bytes: artifact.bytes.length,
      sha256: createHash('sha256').update(artifact.bytes).digest('hex'),
    },
    manifest,
    provenance:
      reproduction === null
        ? null
        : {
            data: reproduction.compiled.data.raw.name,
            differences: reproduction.differences,
            windows: comparison!.windows,
            tests: tests.map(({ name }) => basename(name)),
          },
    layers: comparison?.layers ?? null,
    scores: scoreReport(reproduction === null ? null : normalScores(loaded, reproduction), testScores, { threshold, accuracy }),
    latent: comparison?.latent ?? null,
    bytes: byteShares(artifact.bytes, artifact.name),
    memory: memoryOf(manifest, reproduction),
    host: tryHost(loaded, manifest, golden()),
  };
  const checks = checksOf(facts);
  return { ...facts, checks, verdict: verdictOf(checks) };
}

function compare(reproduction: Reproduction, tests: readonly Windows[], onProgress: OnProgress): Comparison {
  const { settled, compiled } = reproduction;
  const { windows } = compiled.data;
  return compareTensors(
    subjectOf(reproduction),
    { windows, isEligible: (window) => isHeldOut(window, windows.count) },
    tests.map((raw) => extract(raw, settled).windows),
    onProgress,
  );
}

function subjectOf({ settled, compiled }: Reproduction): Subject {
  const { model, measured, restep, built } = compiled;
  const { graph, scaling } = model;
  const target = measured.space === 'normalised' && scaling !== null ? scaling.output : graph.inputs[0]!;
  const { scoring, fitted } = measured;
  return {
    graph,
    plan: built.plan,
    ranges: measured.calibrated.ranges,
    stateful: settled.stateful,
    sequenceOf: ({ sequence, count }) => restep?.(sequence ?? count) ?? null,
    scoreErrors: new Map(),
    floatScore: (values) =>
      scoring.definition.exact(
        seenBy(scoring, values.get(target)!, values.get(graph.outputs[0]!)!, (id) => values.get(id)!),
        fitted,
        scoring.model,
      ),
  };
}

/** Of the artifact itself, also where it is not the one that was compiled again. */
function normalScores(loaded: Loaded, { compiled, differences }: Reproduction) {
  const { raw } = compiled.data;
  return {
    float: compiled.measured.floatScores,
    integer: differences.length === 0 ? compiled.built.scores : scoreAll(loaded, raw),
    isHeldOut: (window: number) => isHeldOut(window, raw.count),
  };
}

/** All windows in order; a stateful model is reset where a sequence begins. */
function scoreAll(loaded: Loaded, { data, size, count, sequence = count }: Windows): Float32Array {
  const scores = new Float32Array(count);
  for (let at = 0; at < count; at += sequence) {
    loaded.reset();
    scores.set(loaded.runBatch(data.subarray(at * size, Math.min(count, at + sequence) * size)), at);
  }
  return scores;
}

function memoryOf({ sizes }: Manifest, reproduction: Reproduction | null): Analysis['memory'] {
  if (reproduction === null) return { total: sizes.memory, arena: null };
  const { bytes, lowerBound } = reproduction.compiled.built.plan.arena;
  return { total: sizes.memory, arena: { bytes, lowerBound } };
}

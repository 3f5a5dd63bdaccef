import { createHash } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { Manifest } from '../runtime-js/artifact/manifest.ts';
import { readSections, type Section } from '../runtime-js/artifact/sections.ts';
import type { SampleFile, Windows } from './calibrate/samples.ts';
import { compileOpenly, type Compiled } from './compile.ts';
import { InputError } from './error.ts';
import { settle, type CompileOptions, type Settled } from './options.ts';
import type { OnProgress } from './progress.ts';
import type { Source } from './read/source.ts';
import type { FeatureSpec } from './signal/features.ts';

/** What an artifact was compiled from. */
export interface Origin {
  readonly model: Source;
  readonly decoder: Source | null;
  readonly data: SampleFile | readonly SampleFile[] | Windows;
}

/** An artifact compiled once more, and whether the same bytes came out. */
export interface Reproduction {
  readonly compiled: Compiled;
  readonly settled: Settled;
  /** In which the two differ, in words; none: byte for byte the same. */
  readonly differences: readonly string[];
}

/**
 * Compiles again what an artifact says that it was compiled from, with the options that its manifest records. Throws an InputError
 * if the model is another one; other data or another version of the tool give differences.
 */
export async function reproduce(
  artifact: { readonly name: string; readonly bytes: Uint8Array; readonly manifest: Manifest },
  origin: Origin,
  onProgress: OnProgress,
): Promise<Reproduction> {
  checkModels(artifact.name, artifact.manifest, origin);
  const settled = settle({ ...optionsOf(artifact.manifest, origin), onProgress });
  const compiled = await compileOpenly(settled);
  return { compiled, settled, differences: differencesOf(artifact.bytes, artifact.manifest, compiled) };
}

function checkModels(artifact: string, { model, asked }: Manifest, origin: Origin): void {
  checkModel(artifact, 'model', model, origin.model);
  if (asked?.decoder !== undefined && origin.decoder === null) {
    throw new InputError({
      where: artifact,
      what: `was compiled from two files, ${model.file} and ${asked.decoder.file}`,
      hint: `Give the second one too: --decoder ${asked.decoder.file}`,
    });
  }
  if (asked?.decoder !== undefined) checkModel(artifact, 'decoder', asked.decoder, origin.decoder!);
  else if (origin.decoder !== null) {
    throw new InputError({
      where: origin.decoder.name,
      what: `is a second file; ${artifact} was compiled from one`,
      hint: 'Leave --decoder out.',
    });
  }
}

type Named = { readonly file: string; readonly sha256: string };

function checkModel(artifact: string, what: string, { file, sha256 }: Named, found: Source): void {
  const digest = createHash('sha256').update(found.bytes).digest('hex');
  if (digest === sha256) return;
  throw new InputError({
    where: found.name,
    what: `is not the ${what} of ${artifact}: its sha256 is ${digest.slice(0, 12)}..., that of ${file} was ${sha256.slice(0, 12)}...`,
    hint: `Give the ${file} that the artifact was compiled from, or compile this one.`,
  });
}

/** Of `int8 per channel`. */
const bits = (text: string): 'int8' | 'int16' => text.split(' ')[0] as 'int8' | 'int16';

/** The options that give the same artifact. What the manifest leaves open it does not depend on: precision is what was chosen. */
export function optionsOf(manifest: Manifest, { model, decoder, data }: Origin): CompileOptions {
  const { input, features, scaling, score, quantization, asked } = manifest;
  // The casts: the compiler wrote the list, and the names of an observer and a precision, itself.
  const list = (features?.list ?? []) as readonly FeatureSpec[];
  const [observer, parameter] = quantization.observer.split(' ');
  return {
    model: withOutput(renamed(model, manifest.model.file), asked?.output),
    decoder: decoder === null ? null : withOutput(decoder, asked?.decoder?.output),
    data,
    name: manifest.name,
    target: manifest.target,
    stateful: manifest.stateful,
    batch: manifest.batch,
    cut: asked?.cut ?? null,
    channels: input.channels,
    time: input.time,
    rateHz: input.rateHz,
    faults: input.faults,
    window: list.length > 0 ? input.samples : null,
    hop: input.hop === input.samples ? null : input.hop,
    features: list,
    scaling: scaling === null ? null : { method: scaling.method, fitted: { factor: scaling.factor, offset: scaling.offset } },
    score: score.function,
    space: score.space,
    // Labelled recordings are not at hand: what they gave is taken as it is.
    threshold:
      score.parameter === null
        ? String(score.threshold)
        : `${score.method === 'fixed' ? '' : `${score.method}:`}${score.parameter}`,
    alarm: { raise: score.alarm.raise, clear: score.alarm.clear, clearBelow: clearBelowOf(score) },
    weights: quantization.int16Layers ?? bits(quantization.weights),
    activations: bits(quantization.activations),
    requantize: quantization.requantize,
    observer: observer as Settled['observer'],
    ...(observer === 'percentile' ? { percentile: Number(parameter) } : {}),
    effort: quantization.effort,
    allowPoorFit: true,
  };
}

/** The manifest holds the name of the file, which may have another one by now. */
const renamed = (source: Source, file: string): Source =>
  basename(source.name) === file ? source : { ...source, name: join(dirname(source.name), file) };

const withOutput = (source: Source, output: string | undefined): Source =>
  output === undefined ? source : { ...source, output };

/** The shortest share of the threshold that gives the level at which an alarm goes off. */
function clearBelowOf({ threshold, alarm: { clearAt } }: Manifest['score']): number {
  if (threshold === 0) return 1;
  for (let digits = 1; digits < 17; digits++) {
    const share = Number((clearAt / threshold).toPrecision(digits));
    if (Math.fround(threshold * share) === clearAt) return share;
  }
  return clearAt / threshold;
}

/** As many digits as tell a number from another one, at least four. */
function shown(value: string | number, other: string | number): string {
  if (typeof value === 'string' || typeof other === 'string') return String(value);
  const short = Number(value.toPrecision(4));
  return String(short === Number(other.toPrecision(4)) ? value : short);
}

/** What people know an artifact by. */
const facts: Readonly<Record<string, (manifest: Manifest) => string | number>> = {
  'version of the tool': ({ tool }) => tool,
  'name of the model file': ({ model }) => model.file,
  'windows behind the threshold': ({ score }) => score.calibrationWindows,
  'least value in the data': ({ input }) => input.range[0],
  'greatest value in the data': ({ input }) => input.range[1],
  threshold: ({ score }) => score.threshold,
};

function differencesOf(artifact: Uint8Array, manifest: Manifest, compiled: Compiled): string[] {
  if (Buffer.compare(artifact, compiled.artifact) === 0) return [];
  const known = Object.entries(facts).flatMap(([name, of]) => {
    const [expected, found] = [of(manifest), of(compiled.manifest)];
    return expected === found
      ? []
      : [`${name} (${shown(expected, found)} in the artifact, ${shown(found, expected)} compiled again)`];
  });
  const [before, after] = [artifact, compiled.artifact].map((bytes) => readSections(bytes, manifest.name));
  const changed = { 10: 'code', 11: 'weights' } as const;
  const parts = Object.entries(changed).flatMap(([id, name]) => {
    const contentOf = (sections: readonly Section[]) => sections.find((section) => section.id === Number(id))?.content ?? [];
    return Buffer.compare(Buffer.from(contentOf(before!)), Buffer.from(contentOf(after!))) === 0 ? [] : [name];
  });
  const differences = [...known, ...(parts.length === 0 ? [] : [`the bytes of its ${parts.join(' and ')}`])];
  return differences.length === 0 ? [sayings(manifest, compiled.manifest)] : differences;
}

/** Which keys of the manifest say something else; none: the golden vectors do. */
function sayings(before: Manifest, after: Manifest): string {
  const keys = (Object.keys(after) as (keyof Manifest)[]).filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  );
  return keys.length === 0 ? 'its golden vectors' : `what its manifest says of ${keys.join(', ')}`;
}

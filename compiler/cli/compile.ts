import { resolve } from 'node:path';
import type { Manifest } from '../../runtime-js/artifact/manifest.ts';
import { compile, type CompileResult } from '../compile.ts';
import { InputError } from '../error.ts';
import { openSource, readNamed, writeAtomically } from '../files.ts';
import type { Spent } from '../spent.ts';
import type { CompileOptions } from '../options.ts';
import type { Source } from '../read/source.ts';
import { describeThreshold } from '../describe-threshold.ts';
import { colours, formatBytes, formatNumber, note, noteColours, print, progressBar, row } from './output.ts';
import { pipelineOptions, type PipelineWords } from './pipeline-words.ts';

interface Words
  extends
    PipelineWords,
    Omit<
      CompileOptions,
      'model' | 'decoder' | 'data' | 'onProgress' | 'channels' | 'features' | 'scaling' | 'rateHz' | 'labelled' | 'alarm'
    > {
  readonly encoder?: string;
  readonly decoder?: string;
  readonly code?: string;
  readonly reconstruction?: string;
  readonly data: readonly string[];
  readonly output: string;
  readonly shape?: number;
  readonly keepSource?: true;
  readonly json?: true;
}

export async function run(wholeModel: string | undefined, words: Words): Promise<void> {
  const { encoder, decoder, code, reconstruction, data, output, shape, keepSource, json, ...rest } = words;
  const model = chooseModel(wholeModel, encoder, decoder);
  checkOutput(output, [model, ...data, ...(words.labelled ?? []), ...(decoder === undefined ? [] : [decoder])]);
  const started = performance.now();
  const bar = progressBar();
  const result = await compile({
    ...pipelineOptions(rest),
    ...(shape === undefined ? {} : { size: shape }),
    model: withOutput(openSource(model), decoder === undefined ? reconstruction : code),
    decoder: decoder === undefined ? null : withOutput(openSource(decoder), reconstruction),
    data: data.map(readNamed),
    onProgress: bar.onProgress,
  }).finally(bar.stop);
  writeAtomically(output, result.artifact);
  if (keepSource) writeAtomically(output.replace(/\.wasm$/, '.ts'), result.source);
  for (const warning of result.warnings) note(`${noteColours.yellow('warning:')} ${warning}`);
  if (json)
    print(JSON.stringify({ output, bytes: result.artifact.length, spent: result.spent, manifest: result.manifest }, null, 2));
  else print(summary(output, result, (performance.now() - started) / 1000));
}

const withOutput = (source: Source, output: string | undefined): Source =>
  output === undefined ? source : { ...source, output };

/** One file, or the encoder of two. */
function chooseModel(model: string | undefined, encoder: string | undefined, decoder: string | undefined): string {
  const both = encoder !== undefined && decoder !== undefined;
  if (both && model === undefined) return encoder;
  if (model !== undefined && encoder === undefined && decoder === undefined) return model;
  throw new InputError({
    where: 'compile',
    what: 'takes either one model, or --encoder and --decoder',
    hint: 'Write sandglass compile model.onnx ..., or sandglass compile --encoder e.onnx --decoder d.onnx ...',
  });
}

function checkOutput(output: string, inputs: readonly string[]): void {
  if (!output.endsWith('.wasm')) {
    throw new InputError({ where: output, what: 'does not end in .wasm', hint: 'Name the artifact like -o pump.wasm.' });
  }
  if (inputs.some((input) => resolve(input) === resolve(output))) {
    throw new InputError({ where: output, what: 'is also an input', hint: 'Choose another name with -o.' });
  }
}

function describeInput({ size, samples, channelCount, channels, hop }: Manifest['input'], stateful: boolean): string {
  if (samples === 1) return `${size} values per ${stateful ? 'step of a sequence' : 'window'}`;
  const names = channels === null || channels.length > 8 ? '' : ` (${channels.map(({ name }) => name).join(', ')})`;
  const what = channelCount === 1 ? `${samples} samples` : `${samples} samples of ${channelCount} channels${names}`;
  return `windows of ${what}, ${hop === samples ? 'one behind the other' : `every ${hop}`}`;
}

function describeWeights({ weights, int16Layers = [] }: Manifest['quantization']): string {
  return int16Layers.length === 0 ? weights : `${weights}, int16 in ${int16Layers.join(', ')}`;
}

const share = (error: number): string => `${(100 * error).toFixed(2)} %`;

function describeSpent({ bytes, error, microseconds }: Spent): string {
  const [[rough, fine], [before, after]] = [error, microseconds];
  return `${formatBytes(bytes)} and ${(after - before).toFixed(2)} us per window (${before.toFixed(2)} -> ${after.toFixed(2)}) for int16 weights: difference ${share(rough)} -> ${share(fine)}`;
}

function summary(output: string, { artifact, manifest, spent }: CompileResult, seconds: number): string {
  const { input, features, scaling, latent, score, accuracy, sizes, target, quantization, stateful } = manifest;
  return [
    `${colours.green('compiled')} ${colours.bold(output)} in ${seconds.toFixed(1)} s`,
    row(
      'size',
      `${formatBytes(artifact.length)}: weights ${formatBytes(sizes.weights)}, code ${formatBytes(sizes.code)} (${target}), the rest manifest and golden vectors`,
    ),
    row(
      'input',
      `${describeInput(input, stateful)}${features === null ? '' : `, ${features.names.length} features`}${scaling === null ? '' : `, scaled (${scaling.method})`}${latent === null ? '' : `, latent code of ${latent}`}`,
    ),
    row('score', `${score.function}, compared in ${score.space} space`),
    row('precision', `weights ${describeWeights(quantization)}, activations ${quantization.activations}`),
    ...(spent === null ? [] : [row('spent', describeSpent(spent))]),
    row('float', `mean score ${formatNumber(accuracy.meanFloat)} on ${accuracy.windows} held-out windows`),
    row('integer', `mean score ${formatNumber(accuracy.meanInt8)}, correlation ${accuracy.correlation.toFixed(5)}`),
    row(
      'difference',
      `${share(accuracy.meanRelativeError)} of the score on average, ${formatNumber(accuracy.maxDifference)} at most`,
    ),
    row('fidelity', `reconstruction ${accuracy.decibels.toFixed(1)} dB above its quantization noise`),
    row('threshold', `${formatNumber(score.threshold)}: ${describeThreshold(score)}`),
    '',
    `Next:  sandglass score ${output} data.csv`,
  ].join('\n');
}

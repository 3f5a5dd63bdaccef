import type { ScoreFunction } from '../../runtime-js/artifact/manifest.ts';
import type { SampleFile } from '../calibrate/samples.ts';
import { InputError } from '../error.ts';
import { nearest } from '../nearest.ts';
import type { PipelineOptions, ScalingOption } from '../pipeline/options.ts';
import { featureKinds, type FeatureSpec } from '../signal/features.ts';
import { readScaler } from '../pipeline/scaler-file.ts';
import { checkJson, parseJsonFile } from '../json-file.ts';
import { configSchema, type ConfigFile } from './schema.ts';

/** What a config says of the compiler's options. */
export interface ConfigOptions extends PipelineOptions {
  readonly score?: ScoreFunction;
  readonly threshold?: string;
  readonly labelled?: readonly SampleFile[];
  readonly label?: string;
  readonly alarm?: { readonly raise: number; readonly clear: number; readonly clearBelow: number };
}

/** Gives the bytes of a file that a config names, relative to it. */
type ReadBeside = (path: string) => SampleFile;

/** A sandglass.json as options of the compiler. Throws an InputError that points at the key. */
export function readConfig(file: string, bytes: Uint8Array, readBeside: ReadBeside): ConfigOptions {
  const hint = 'docs/pipeline.md lists the keys; an editor that knows docs/sandglass.schema.json completes them.';
  const checked = checkJson(file, [], parseJsonFile(file, bytes), configSchema, hint);
  const { $schema: _forEditors, stream: _forDevices, ...config } = checked;
  return optionsOf(config, readBeside);
}

function optionsOf(
  { channels, scaling, features, threshold, labelled, ...rest }: Omit<ConfigFile, '$schema' | 'stream'>,
  readBeside: ReadBeside,
): ConfigOptions {
  return {
    ...(Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as ConfigOptions),
    ...(threshold === undefined ? {} : { threshold: String(threshold) }),
    ...(labelled === undefined ? {} : { labelled: [labelled].flat().map(readBeside) }),
    ...(channels === undefined
      ? {}
      : {
          channels: channels.map((channel) =>
            typeof channel === 'string' ? { name: channel, unit: null } : { name: channel.name, unit: channel.unit ?? null },
          ),
        }),
    ...(features === undefined ? {} : { features: features.map((one) => (typeof one === 'string' ? { kind: one } : one)) }),
    ...(scaling === undefined ? {} : { scaling: scalingOption(scaling, readBeside) }),
  };
}

function scalingOption(scaling: NonNullable<ConfigFile['scaling']>, readBeside: ReadBeside): ScalingOption {
  if (typeof scaling === 'string') return scalingWord(scaling, readBeside);
  if ('center' in scaling) return { method: 'given', ...scaling, names: null, source: 'scaling' };
  const { method, per, range } = scaling;
  return { method, per, ...(range === undefined ? {} : { range }) };
}

const methods = ['minmax', 'zscore', 'robust'] as const;

/** What the command line says of the scaling: a method, method:all, or a JSON file with a fitted scaler. */
export function scalingWord(word: string, readBeside: ReadBeside): ScalingOption {
  if (/\.json$/i.test(word)) {
    const { name, bytes } = readBeside(word);
    return readScaler(name, bytes);
  }
  const [first, per = 'each', ...rest] = word.split(':');
  const method = methods.find((known) => known === first);
  if (method !== undefined && (per === 'each' || per === 'all') && rest.length === 0) return { method, per };
  const similar = nearest(first!, methods);
  throw new InputError({
    where: 'scaling',
    what: `is "${word}"; expected ${methods.join(', ')} (each with :all for all channels together), or a .json file with a fitted scaler`,
    hint: similar === null || method !== undefined ? 'Choose one of them.' : `Did you mean ${similar}?`,
  });
}

/** Features in a list of names, with their usual parameters. */
export function featureWords(words: readonly string[]): readonly FeatureSpec[] {
  return words.map((word) => {
    const kind = featureKinds.find((known) => known === word);
    if (kind !== undefined && kind !== 'band-energy' && kind !== 'log-mel') return { kind };
    const similar = nearest(word, featureKinds);
    throw new InputError({
      where: 'features',
      what: kind === undefined ? `there is no feature "${word}"; there are ${featureKinds.join(', ')}` : `${kind} has parameters`,
      hint:
        kind !== undefined
          ? 'Write it into a sandglass.json: docs/features.md says how.'
          : similar === null
            ? 'Choose one of them.'
            : `Did you mean ${similar}?`,
    });
  });
}

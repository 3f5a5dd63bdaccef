import { readStreamConfig, type Words as ConfigWords } from '../../devices/config/read.ts';
import type { InputFile } from '../../devices/config/schema.ts';
import { artifactName, type StreamConfig } from '../../devices/config/settle.ts';
import { InputError } from '../error.ts';

/** The words of `stream` and `ingest`: where samples come from, and what else a config can say. */
export interface StreamWords {
  readonly config?: string;
  readonly broker?: string;
  readonly topic?: string;
  readonly format?: string;
  readonly csv?: string;
  readonly follow?: true;
  readonly stdin?: string;
  readonly time?: string;
  readonly node?: string;
  readonly state?: string;
  readonly http?: string;
  readonly logLevel?: string;
  readonly logJson?: true;
}

/** The config that the words name, with what they say over it. Throws an InputError that points at the key. */
export const readWords = (paths: readonly string[], words: StreamWords): StreamConfig =>
  readStreamConfig(words.config ?? null, configWords(paths, words), process.cwd());

/** What the flags say, as a config would. */
function configWords(paths: readonly string[], words: StreamWords): ConfigWords {
  const { broker, node, state, http, logLevel, logJson } = words;
  const inputs = inputsOf(words);
  const artifacts = new Map(paths.map((path) => [artifactName(path), path]));
  if (artifacts.size < paths.length) {
    throw new InputError({
      where: paths.join(' '),
      what: 'two artifacts have the same name',
      hint: 'Name them in a config: "artifacts": { "pump": "a/model.wasm", "fan": "b/model.wasm" }.',
    });
  }
  const level = (['debug', 'info', 'warn', 'error'] as const).find((one) => one === logLevel);
  return {
    ...(paths.length === 0 ? {} : { artifacts: Object.fromEntries(artifacts) }),
    ...(broker === undefined ? {} : { broker }),
    ...(inputs.length === 0 ? {} : { in: inputs }),
    ...(node === undefined ? {} : { node }),
    ...(state === undefined ? {} : { state }),
    ...(http === undefined ? {} : { http: http === 'off' ? false : http }),
    ...(level === undefined && logJson === undefined
      ? {}
      : { log: { ...(level === undefined ? {} : { level }), ...(logJson === undefined ? {} : { json: logJson }) } }),
  };
}

function inputsOf({ topic, format, csv, follow, stdin, time }: StreamWords): InputFile[] {
  const timed = time === undefined ? {} : { time };
  const inputs: Record<string, unknown>[] = [];
  if (topic !== undefined) inputs.push({ topic, ...timed, ...(format === undefined ? {} : { format }) });
  if (csv !== undefined) inputs.push({ csv, ...timed, ...(follow === undefined ? {} : { follow }) });
  if (stdin !== undefined) inputs.push({ stdin, ...timed });
  return inputs as InputFile[];
}

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InputError } from '../../compiler/error.ts';
import { checkJson, parseJsonFile } from '../../compiler/json-file.ts';
import { settle, type StreamConfig } from './settle.ts';
import { streamSchema, type StreamFile } from './schema.ts';

const hint = 'docs/stream.md lists the keys; an editor that knows docs/sandglass.schema.json completes them.';

/** What the command line says in the place of a config, or over it. Paths are relative to the working directory. */
export type Words = Pick<StreamFile, 'node' | 'artifacts' | 'broker' | 'in' | 'state' | 'http' | 'log'>;

/**
 * The config of `sandglass stream`: the key `stream` of a file, the words of the command line over it, and defaults for the rest.
 * Throws an InputError that names the file and the key.
 */
export function readStreamConfig(file: string | null, words: Words, base: string): StreamConfig {
  if (file === null) return settle(words, 'command line', base);
  const content = parseJsonFile(file, readNamed(file));
  const stream = typeof content === 'object' && content !== null && 'stream' in content ? content.stream : undefined;
  if (stream === undefined) {
    throw new InputError({ where: file, what: 'has no key "stream"', hint: 'docs/stream.md shows one to begin with.' });
  }
  const checked = checkJson(file, ['stream'], stream, streamSchema, hint);
  const folder = dirname(file);
  return settle(absolute({ ...checked, ...words }, words, base), file, folder);
}

/** Paths of words are of the working directory; `settle` takes all others as of the file's folder. */
function absolute(merged: StreamFile, words: Words, base: string): StreamFile {
  const at = (path: string): string => resolve(base, path);
  return {
    ...merged,
    ...(words.state === undefined ? {} : { state: at(words.state) }),
    ...(words.in === undefined
      ? {}
      : { in: words.in.map((input) => ('csv' in input ? { ...input, csv: at(input.csv) } : input)) }),
    ...(words.artifacts === undefined
      ? {}
      : { artifacts: Object.fromEntries(Object.entries(words.artifacts).map(([name, path]) => [name, at(path)])) }),
  };
}

function readNamed(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    const what = code === 'ENOENT' ? 'there is no such file' : `cannot be read (${code})`;
    throw new InputError({ where: file, what, hint: 'Check the path.' }, { cause });
  }
}

import { InputError } from '../../error.ts';

/** An object of a Keras configuration. TF.js writes some keys in camelCase, Keras all of them in snake_case. */
export type Config = Readonly<Record<string, unknown>>;

export const isConfig = (value: unknown): value is Config => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value of a key, in either spelling; undefined if it is absent. */
export function get(config: Config, key: string): unknown {
  if (key in config) return config[key];
  return config[key.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase())];
}

export function numberOr(config: Config, key: string, fallback: number): number {
  const value = get(config, key);
  return typeof value === 'number' ? value : fallback;
}

export function booleanOr(config: Config, key: string, fallback: boolean): boolean {
  const value = get(config, key);
  return typeof value === 'boolean' ? value : fallback;
}

export function textOr(config: Config, key: string, fallback: string): string {
  const value = get(config, key);
  return typeof value === 'string' ? value : fallback;
}

/** The first number of a version such as '2.3.0-tf' or 'tfjs-layers 4.22.0'; 2 where there is none, as TF.js means it. */
export function majorVersion(version: unknown): number {
  const match = typeof version === 'string' ? /^(\d+)\./.exec(version) : null;
  return match === null ? 2 : Number(match[1]);
}

/** Throws an InputError if the text is no JSON. */
export function parseJson(where: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError(
      { where, what: 'its model configuration is not JSON', hint: 'The file looks damaged: save the model again.' },
      { cause },
    );
  }
}

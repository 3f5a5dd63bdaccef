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

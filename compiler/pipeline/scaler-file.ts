import { InputError } from '../error.ts';
import type { ScalingOption } from './options.ts';

/** A field of scikit-learn's, with or without the underscore that marks it as fitted; a number stands for all values. */
function numbers(file: string, parsed: object, ...keys: readonly string[]): readonly number[] | null {
  const fields = new Map(Object.entries(parsed).map(([key, value]: [string, unknown]) => [key.replace(/_$/, ''), value]));
  for (const key of keys) {
    const value = fields.get(key);
    if (value === undefined || value === null) continue;
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    const bad = list.findIndex((item) => typeof item !== 'number' || !Number.isFinite(item));
    if (list.length === 0 || bad >= 0) {
      throw new InputError({
        where: `${file}, key "${key}"`,
        what: `is ${list.length === 0 ? 'empty' : `${JSON.stringify(list[bad])} at place ${bad + 1}`}; expected finite numbers`,
        hint: 'Write the fitted values of the scaler, e.g. json.dump({"mean": scaler.mean_.tolist(), "scale": scaler.scale_.tolist()}, f).',
      });
    }
    return list as readonly number[];
  }
  return null;
}

/**
 * The fitted values of a scaler as JSON: of StandardScaler (mean, scale or std or var), RobustScaler (center, scale), MinMaxScaler
 * (min and scale, or data_min and data_max), or plain min and max. Throws an InputError for what is none of these.
 */
export function readScaler(file: string, bytes: Uint8Array): ScalingOption {
  const parsed = parseObject(file, bytes);
  const get = (...keys: readonly string[]) => numbers(file, parsed, ...keys);
  const names = namesIn(parsed);
  const made = (center: readonly number[], scale: readonly number[]): ScalingOption => ({
    method: 'given',
    center,
    scale: scale.map((value) => (value === 0 ? 1 : value)),
    names,
    source: file,
  });
  const [center, scale, min] = [get('mean', 'center'), get('scale', 'std'), get('min')];
  const [dataMin, dataMax] = [get('data_min') ?? min, get('data_max', 'max')];
  if (center !== null && scale !== null) return made(center, scale);
  const variance = get('var');
  if (center !== null && variance !== null) return made(center, variance.map(Math.sqrt));
  // MinMaxScaler: y = x * scale + min.
  if (scale !== null && min !== null)
    return made(
      zipped(min, scale, (m, s) => -m / s),
      scale.map((s) => 1 / s),
    );
  if (dataMin !== null && dataMax !== null)
    return made(
      dataMin,
      zipped(dataMin, dataMax, (low, high) => high - low),
    );
  throw new InputError({
    where: file,
    what: `holds no scaler: its keys are ${Object.keys(parsed).slice(0, 12).join(', ')}`,
    hint: 'Expected "mean" and "scale" (or "std"), "center" and "scale", "min" and "scale", or "min" and "max".',
  });
}

const zipped = (a: readonly number[], b: readonly number[], combine: (a: number, b: number) => number): readonly number[] =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, i) => combine(a[i % a.length]!, b[i % b.length]!));

function namesIn(parsed: object): readonly string[] | null {
  for (const [key, value] of Object.entries(parsed) as [string, unknown][]) {
    if (!['feature_names_in', 'feature_cols', 'feature_names', 'columns', 'channels'].includes(key.replace(/_$/, ''))) continue;
    if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  }
  return null;
}

function parseObject(file: string, bytes: Uint8Array): object {
  try {
    const parsed: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(
      { where: file, what: `is not JSON: ${reason}`, hint: 'Give the fitted values of a scaler as JSON.' },
      { cause },
    );
  }
  throw new InputError({ where: file, what: 'is not a JSON object', hint: 'Give the fitted values of a scaler as JSON.' });
}

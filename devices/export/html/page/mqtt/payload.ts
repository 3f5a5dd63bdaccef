/** Where a channel's value stands in a JSON payload: `values.temp`, `sensors[2].value`, `[0]`. */
export function at(payload: unknown, path: string): unknown {
  let value = payload;
  for (const key of path.split(/[.[\]]+/).filter((part) => part !== '')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Object.entries(value).find(([name]) => name === key)?.[1];
  }
  return value;
}

/** What a payload says: a sample (NaN for what it does not hold), or why it is none. */
export type Reading =
  | {
      readonly kind: 'sample';
      readonly values: Float32Array;
      /** Seconds; null: the payload has no time. */
      readonly time: number | null;
      readonly absent: readonly string[];
    }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** One sample of a JSON object by the paths of the channels; a JSON array, or numbers with commas, are one in the order of the channels. */
export function readPayload(bytes: Uint8Array, paths: readonly string[], timePath: string | null): Reading {
  const text = new TextDecoder().decode(bytes).trim();
  const payload = parse(text);
  if (payload === undefined) return { kind: 'unreadable', reason: `a message is no JSON: ${text.slice(0, 40)}` };
  if (Array.isArray(payload)) {
    if (payload.length !== paths.length) {
      return { kind: 'unreadable', reason: `a message has ${payload.length} values; the model takes ${paths.length}` };
    }
    return { kind: 'sample', values: Float32Array.from(payload, numberOf), time: null, absent: [] };
  }
  const values = Float32Array.from(paths, (path) =>
    numberOf(payload === null ? undefined : (own(payload, path) ?? at(payload, path))),
  );
  const absent = paths.filter((_, i) => Number.isNaN(values[i]));
  if (absent.length === paths.length) {
    const keys = typeof payload === 'object' && payload !== null ? Object.keys(payload).slice(0, 6).join(', ') : String(payload);
    return { kind: 'unreadable', reason: `a message holds none of the channels, but ${keys}` };
  }
  return { kind: 'sample', values, time: timePath === null ? null : timeOf(at(payload, timePath)), absent };
}

/** Seconds: of a number of seconds or, where it is that large, milliseconds since 1970; or of an ISO 8601 text. */
function timeOf(value: unknown): number | null {
  const seconds = typeof value === 'string' ? Date.parse(value) / 1000 : numberOf(value);
  return Number.isNaN(seconds) ? null : seconds > 1e11 ? seconds / 1000 : seconds;
}

/** A name with a dot may be a key as it is. */
const own = (payload: unknown, key: string): unknown =>
  typeof payload === 'object' && payload !== null ? Object.entries(payload).find(([name]) => name === key)?.[1] : undefined;

function parse(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'number' ? [value] : value;
  } catch {
    const values = text.split(/[,;\s]+/).map(Number);
    return values.length > 0 && text !== '' && values.every(Number.isFinite) ? values : undefined;
  }
}

const numberOf = (value: unknown): number =>
  typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : NaN;

const number = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/;
const missing = /^\s*(?:[+-]?nan|[+-]?inf(?:inity)?|null|none|n\/a|unavailable|unknown|undefined|)\s*$/i;

/** Longer texts are no number that a sensor gives. */
const maxLength = 64;

/** A number in decimals, NaN for the words that say that there is none; undefined: the text is neither. */
export function numberOfText(text: string): number | undefined {
  if (text.length > maxLength) return undefined;
  if (number.test(text)) return finite(Number(text));
  return missing.test(text) ? NaN : undefined;
}

/** What f32 cannot hold is missing. */
export const finite = (value: number): number => (Number.isFinite(Math.fround(value)) ? value : NaN);

/** A value of JSON as a number: true is 1, null is NaN, a text only where `textNumbers`; undefined: it is none. */
export function numberOf(value: unknown, textNumbers: boolean): number | undefined {
  if (typeof value === 'number') return finite(value);
  if (value === null) return NaN;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string') return undefined;
  const found = numberOfText(value);
  return textNumbers || Number.isNaN(found) ? found : undefined;
}

/** The start of what was found instead, for a log. */
export function shown(value: unknown): string {
  const text =
    typeof value === 'string'
      ? value
      : Array.isArray(value)
        ? 'an array'
        : typeof value === 'object'
          ? 'an object'
          : String(value);
  return JSON.stringify(text.slice(0, 40));
}

export const timeUnits = ['auto', 's', 'ms', 'us', 'ns', 'iso'] as const;

/** How a time is written: a number since 1970 in that unit, or a text of ISO 8601; `auto` tells them apart by text and size. */
export type TimeUnit = (typeof timeUnits)[number];

/** Later (the year 5138) or as far before 1970 is no time of a measurement. */
const maxSeconds = 1e11;

/** A number of nanoseconds has lost its last two digits already (f64 is exact up to 2^53): what is left are microseconds. */
const toSeconds = {
  s: (value: number) => value,
  ms: (value: number) => value / 1e3,
  us: (value: number) => value / 1e6,
  ns: (value: number) => Math.round(value / 1e3) / 1e6,
} as const;

/**
 * Seconds since 1970 of a time in a message; NaN where it is none. `auto`: a text is ISO 8601 or a number; a number is in seconds below
 * 1e11, milliseconds below 1e14, microseconds below 1e17, nanoseconds beyond: each of these begins in 1973 and ends in 5138.
 */
export function readTime(value: unknown, unit: TimeUnit): number {
  if (typeof value === 'string') return readText(value, unit);
  return typeof value === 'number' && unit !== 'iso' ? inSeconds(value, unit) : NaN;
}

function readText(text: string, unit: TimeUnit): number {
  if (text.length > 40) return NaN;
  const isNumber = /^\s*[+-]?\d+(\.\d*)?([eE][+-]?\d+)?\s*$/.test(text);
  if (isNumber) return unit === 'iso' ? NaN : inSeconds(Number(text), unit);
  return unit === 'iso' || unit === 'auto' ? readIso(text) : NaN;
}

function inSeconds(value: number, unit: Exclude<TimeUnit, 'iso'>): number {
  const size = Math.abs(value);
  const found = unit !== 'auto' ? unit : size < 1e11 ? 's' : size < 1e14 ? 'ms' : size < 1e17 ? 'us' : 'ns';
  const seconds = toSeconds[found](value);
  return Math.abs(seconds) < maxSeconds ? seconds : NaN;
}

const iso = /^\s*(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,12}))?)?)?\s*(Z|z|[+-]\d{2}(?::?\d{2})?)?\s*$/;

/** Seconds of whole nanoseconds since 1970, as a text of digits; NaN where it is none. Exact to the last bit of an f64 (240 ns). */
export function readNanoseconds(text: string): number {
  if (!/^-?\d{1,19}$/.test(text)) return NaN;
  const digits = text.replace('-', '').padStart(10, '0');
  const seconds = Number(digits.slice(0, -9)) + Number(digits.slice(-9)) / 1e9;
  return text.startsWith('-') ? -seconds : seconds;
}

/** ISO 8601, without a zone in UTC. `Date` knows milliseconds alone, and vibrations come faster: the fraction is read here. */
function readIso(text: string): number {
  const [, date, minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = iso.exec(text) ?? [];
  if (date === undefined) return NaN;
  const offset = zone.length === 3 ? `${zone}:00` : zone.toUpperCase();
  const milliseconds = Date.parse(`${date}T${minutes}:${seconds}${offset.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2')}`);
  return milliseconds / 1000 + (fraction === '' ? 0 : Number(`0.${fraction}`));
}

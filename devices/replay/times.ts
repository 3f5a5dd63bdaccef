import { readTime } from '../sources/time.ts';

/** A time as it was recorded, moved by some seconds: a number stays one in its unit, a text of ISO 8601 one. */
export function moved(text: string, seconds: number): string | number {
  const isNumber = /^[+-]?\d+(\.\d+)?$/.test(text);
  if (seconds === 0) return isNumber && Number.isSafeInteger(Math.trunc(Number(text))) ? Number(text) : text;
  const time = readTime(text, 'auto') + seconds;
  return isNumber ? time * unitOf(Number(text)) : isoOf(time);
}

/** Per second: by the size, as `auto` reads it. */
const unitOf = (value: number): number => (value < 1e11 ? 1 : value < 1e14 ? 1e3 : value < 1e17 ? 1e6 : 1e9);

/** With microseconds where there are some: `Date` would drop them. */
export function isoOf(seconds: number): string {
  const micros = Math.round(seconds * 1e6);
  const whole = Math.floor(micros / 1e6);
  const fraction = String(micros - whole * 1e6).padStart(6, '0');
  return `${new Date(whole * 1000).toISOString().slice(0, 19)}.${fraction.endsWith('000') ? fraction.slice(0, 3) : fraction}Z`;
}

/** What a position in the stream means: seconds since 1970, seconds since it began, or the number of a row. */
export type Axis = 'clock' | 'elapsed' | 'row';

/** Four significant digits, with an exponent only where it is hard to read without. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '-';
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-4 || size >= 1e7)
    ? value.toExponential(2)
    : String(Number(value.toPrecision(4))).replace('-', '\u2212');
}

export const percent = (share: number): string => `${Math.round(100 * share)}\u202f%`;

const grouped = new Intl.NumberFormat('en');

export const count = (value: number): string => grouped.format(value);

/** `1 window`, `2 windows` */
export const counted = (value: number, what: string): string => `${count(value)} ${what}${value === 1 ? '' : 's'}`;

/** A score beside its threshold: `41 % of the threshold`, `3.2 times the threshold`. */
export function ratio(score: number, threshold: number): string {
  const times = score / threshold;
  if (!(threshold > 0) || !Number.isFinite(times)) return '';
  if (times < 0.995) return `${percent(times)} of the threshold`;
  return `${times < 10 ? times.toFixed(1) : count(Math.round(times))} times the threshold`;
}

/** `8 s`, `2 min 14 s`, `1 h 05 min` */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  if (minutes < 60) return `${minutes} min ${String(rest).padStart(2, '0')} s`;
  return `${count(Math.floor(minutes / 60))} h ${String(minutes % 60).padStart(2, '0')} min`;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });

const positions: Readonly<Record<Axis, (value: number) => string>> = {
  clock: (value) => {
    const date = new Date(value * 1000);
    const isToday = Math.abs(Date.now() - date.getTime()) < 43_200_000;
    return isToday ? clock.format(date) : `${day.format(date)}, ${clock.format(date)}`;
  },
  elapsed: duration,
  row: (value) => `row ${count(value)}`,
};

export const position = (axis: Axis, value: number): string => positions[axis](value);

/** How long something lasted: `12 rows` or a duration. */
export const span = (axis: Axis, length: number): string => (axis === 'row' ? counted(length, 'row') : duration(length));

/** Time per window, from milliseconds. */
export function latency(milliseconds: number): string {
  const micro = milliseconds * 1000;
  return micro < 1000 ? `${Number(micro.toPrecision(2))} \u00b5s` : `${Number(milliseconds.toPrecision(2))} ms`;
}

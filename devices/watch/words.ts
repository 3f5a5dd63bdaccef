import type { Change } from './board.ts';
import { plain } from '../plain.ts';
import type { Share } from './notice.ts';
import type { Facts } from './row.ts';
import type { Condition } from './severity.ts';

// What the board says in words, in a terminal and to a screen reader.

/** `2.31`: a score in thresholds. */
export const times = (ratio: number): string =>
  !Number.isFinite(ratio) ? '>999' : ratio >= 100 ? String(Math.round(Math.min(ratio, 99_999))) : ratio.toPrecision(3);

/** `8 s`, `12 min`, `5 h`, `3 d`. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 100) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 100) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 49 ? `${hours} h` : `${Math.round(hours / 24)} d`;
}

export const reasons = (why: readonly Share[]): string =>
  why.map(({ channel, share }) => `${plain(channel)} ${Math.round(100 * share)} %`).join(', ');

export const nameOf = ({ node, name }: Facts): string => `${plain(node)}/${plain(name)}`;

const sentences: Readonly<Record<'alarm-on' | 'alarm-off' | Condition, string>> = {
  'alarm-on': 'is in alarm',
  'alarm-off': 'is no longer in alarm',
  alarm: 'is in alarm',
  above: 'is heard again, above its threshold',
  blind: 'has no score',
  silent: 'is silent',
  normal: 'is heard again',
  waiting: 'is waited for',
  offline: 'is offline',
};

/** `plant-1/pump-7 is in alarm: 2.31 times its threshold (vib_x 62 %)`. */
export function sentenceOf(change: Change): string {
  if ('node' in change) return `gateway ${plain(change.node)} is ${change.what}`;
  const { sensor, what } = change;
  const { ratio, why } = sensor;
  const level = what === 'alarm-on' && ratio !== null ? `: ${times(ratio)} times its threshold` : '';
  const because = what === 'alarm-on' && why.length > 0 ? ` (${reasons(why)})` : '';
  return `${nameOf(sensor)} ${sentences[what]}${level}${because}`;
}

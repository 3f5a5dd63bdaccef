import type { Manifest } from './manifest.ts';

/** Where an alarm stands: on or off, and for how many windows in a row there has been reason to change that. */
export interface AlarmState {
  readonly on: boolean;
  readonly count: number;
}

export const noAlarm: AlarmState = { on: false, count: 0 };

/**
 * The alarm after one more score, as the artifact has it: on after `raise` scores in a row above the threshold (or not a number), off
 * after `clear` in a row at or below `clearAt`.
 */
export function nextAlarm(
  { on, count }: AlarmState,
  score: number,
  { threshold, alarm }: Pick<Manifest['score'], 'threshold' | 'alarm'>,
): AlarmState {
  const wantsChange = on ? score <= alarm.clearAt : !(score <= threshold);
  if (!wantsChange) return { on, count: 0 };
  return count + 1 >= (on ? alarm.clear : alarm.raise) ? { on: !on, count: 0 } : { on, count: count + 1 };
}

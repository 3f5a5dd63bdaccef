import type { Contribution } from '../../../../runtime-js/contributions.ts';
import type { Scored } from './history.ts';

/** What the monitor says, and since which position. */
export type State =
  /** No window is complete yet. */
  | { readonly at: 'waiting' }
  | { readonly at: 'normal' | 'alarm'; readonly since: number }
  /** Windows are due, but hold what a sensor did not give. */
  | { readonly at: 'blind'; readonly since: number };

export function next(state: State, { position, score, alarm }: Scored): State {
  const at = score === null ? 'blind' : alarm ? 'alarm' : 'normal';
  return state.at === at ? state : { at, since: position };
}

/** One alarm, from where it went on to the last window of it. */
export interface Alarm {
  readonly from: number;
  readonly to: number;
  readonly over: boolean;
  /** The highest score. */
  readonly peak: number;
  /** The channels behind the highest score that was looked into; none yet. */
  readonly causes: readonly Contribution[];
}

/** The alarms so far with one more window, the newest last. */
export function withWindow(alarms: readonly Alarm[], { position, score, alarm }: Scored): readonly Alarm[] {
  const last = alarms.at(-1);
  const isOn = last !== undefined && !last.over;
  if (!alarm) return isOn ? [...alarms.slice(0, -1), { ...last, over: true }] : alarms;
  const peak = score ?? -Infinity;
  if (!isOn) return [...alarms.slice(-mostAlarms + 1), { from: position, to: position, over: false, peak, causes: [] }];
  return [...alarms.slice(0, -1), { ...last, to: position, peak: Math.max(last.peak, peak) }];
}

/** The same, with what was found behind the newest window. */
export function withCauses(alarms: readonly Alarm[], score: number, causes: readonly Contribution[]): readonly Alarm[] {
  const last = alarms.at(-1);
  if (last === undefined || last.over || (last.causes.length > 0 && score < last.peak)) return alarms;
  return [...alarms.slice(0, -1), { ...last, causes: causes.slice(0, 3) }];
}

/** Older ones are forgotten. */
const mostAlarms = 200;

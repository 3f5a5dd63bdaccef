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
  /** The highest score, and of which window, counted from the first of the stream. */
  readonly peak: number;
  readonly peakWindow: number;
  /** The channels behind it; none: nobody has looked yet, or can. */
  readonly causes: readonly Contribution[];
}

/** The alarms so far, the newest last, with one more window: the how manyth of the stream. */
export function withWindow(alarms: readonly Alarm[], { position, score, alarm }: Scored, window: number): readonly Alarm[] {
  const last = alarms.at(-1);
  const isOn = last !== undefined && !last.over;
  if (!alarm) return isOn ? [...alarms.slice(0, -1), { ...last, over: true }] : alarms;
  const peak = score ?? -Infinity;
  if (!isOn)
    return [
      ...alarms.slice(-mostAlarms + 1),
      { from: position, to: position, over: false, peak, peakWindow: window, causes: [] },
    ];
  if (peak <= last.peak) return [...alarms.slice(0, -1), { ...last, to: position }];
  return [...alarms.slice(0, -1), { ...last, to: position, peak, peakWindow: window, causes: [] }];
}

/** The same, with what was found behind the highest score of one of them. */
export const withCauses = (alarms: readonly Alarm[], alarm: Alarm, causes: readonly Contribution[]): readonly Alarm[] =>
  alarms.map((other) => (other === alarm ? { ...alarm, causes: causes.slice(0, 3) } : other));

/** Older ones are forgotten. */
const mostAlarms = 200;

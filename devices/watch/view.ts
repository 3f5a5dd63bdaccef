import type { Share } from './notice.ts';
import type { Condition } from './severity.ts';

// What the page gets of the board, as JSON. Types only: the page has them too.

/** Which rows: all, those in alarm, those that need a look (above the threshold, without score, silent), or the normal ones. */
export const shows = ['all', 'alarm', 'look', 'normal'] as const;
export type Show = (typeof shows)[number];

export interface RowView {
  readonly id: number;
  readonly node: string;
  readonly name: string;
  readonly artifact: string | null;
  readonly condition: Condition;
  /** Nothing comes from it; also of one in alarm. */
  readonly silent: boolean;
  readonly score: number | null;
  readonly threshold: number | null;
  /** Score in thresholds; null: none, or above all bounds (a threshold of 0). */
  readonly ratio: number | null;
  /** Milliseconds since 1970: by the gateway's clock, by the gateway's clock, by the clock of the watch. */
  readonly alarmSince: number | null;
  readonly scoredAt: number | null;
  readonly seenAt: number | null;
  readonly why: readonly Share[];
  /** Hundredths of the threshold, the oldest first; null: no score. */
  readonly history: readonly (number | null)[];
}

export interface GatewayView {
  readonly node: string;
  readonly isOnline: boolean | null;
  readonly sinceMs: number;
  readonly sensors: number;
}

export interface LinkView {
  readonly broker: string;
  readonly isOnline: boolean;
  /** Why not; '' where it is. */
  readonly reason: string;
}

/** Everything at the beginning; later what has changed. */
export interface Update {
  /** Milliseconds since 1970 by the clock of the watch. */
  readonly now: number;
  readonly link: LinkView;
  readonly counts: Readonly<Record<Condition, number>>;
  /** Sensors that the filter lets through. */
  readonly matching: number;
  /** Offline ones first, at most so many. */
  readonly gateways: readonly GatewayView[];
  readonly gatewayCounts: { readonly online: number; readonly offline: number };
  readonly tally: { readonly duplicates: number; readonly gaps: number; readonly malformed: number; readonly refused: number };
  /** Ids in their order; absent: as before. */
  readonly order?: readonly number[];
  /** Rows that are new in `order` or have changed. */
  readonly rows: readonly RowView[];
  /** Alarms that went on or off, in words to be read out; at most a few. */
  readonly said: readonly string[];
}

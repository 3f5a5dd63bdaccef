/**
 * How a sensor stands. `above`: above the threshold, but not for long enough to be an alarm. `blind`: it was due without a score (values
 * are missing, or are wrong). `silent`: nothing comes any more. `waiting`: nothing came yet. `offline`: its gateway is.
 */
export const conditions = ['alarm', 'above', 'blind', 'silent', 'normal', 'waiting', 'offline'] as const;
export type Condition = (typeof conditions)[number];

export interface Judged {
  readonly condition: Condition;
  /** Score in thresholds; null: none. */
  readonly ratio: number | null;
  readonly name: string;
}

const ranks = Object.fromEntries(conditions.map((condition, rank) => [condition, rank])) as Readonly<Record<Condition, number>>;

/**
 * What needs a look first: alarms, then what is above its threshold; then sensors of which nothing can be said, because a fault of theirs
 * would not be seen; then the normal ones; at the end those of gateways that are offline, which are one thing to look at, not a thousand.
 * Among equals the highest score, then the name.
 */
export function bySeverity(a: Judged, b: Judged): number {
  const rank = ranks[a.condition] - ranks[b.condition];
  if (rank !== 0) return rank;
  const level = (b.ratio ?? -1) - (a.ratio ?? -1);
  if (level !== 0 && !Number.isNaN(level)) return level;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

/** A score in thresholds. A threshold of 0 (a model that knows its data by heart) is passed by any score. */
export function ratioOf(score: number, threshold: number): number {
  if (threshold > 0) return score / threshold;
  return score > threshold ? Infinity : 0;
}

import { nextAlarm, noAlarm, type AlarmState } from './artifact/alarm.ts';
import type { Manifest } from './artifact/manifest.ts';
import { quantile } from './artifact/quantile.ts';
import { beyondTail, tailQuantile } from './artifact/tail.ts';

export interface SpotOptions {
  /** Share of normal scores that may be above the threshold: above 0, up to 0.02. */
  readonly risk: number;
  /** Scores whose mean is the level from which the others are measured, for a normal state that drifts (DSPOT); 0: they are taken as they are. */
  readonly depth: number;
  /** Scores to learn from before the threshold follows them, where the artifact has no tail of its own (compile with `--threshold pot`). */
  readonly calibration: number;
}

export const spotDefaults = { risk: 1e-4, depth: 0, calibration: 1000 } as const satisfies SpotOptions;

/** What the threshold comes from: the artifact's own one as yet; a fitted tail; or the quantile of the scores, where no tail fits (`problem` says why). */
export type SpotState =
  | { readonly from: 'artifact' }
  | { readonly from: 'tail' }
  | { readonly from: 'quantile'; readonly problem: string };

/** What one score is. */
export interface SpotVerdict {
  /** Above it this score is abnormal. */
  readonly threshold: number;
  readonly isAbove: boolean;
  /** By the artifact's rule: after so many in a row. */
  readonly alarm: boolean;
}

/** Excesses that are remembered, the newest: as many as libspot keeps by default. */
const mostExcesses = 200;
/** What it takes from a manifest's score. */
type SpotStart = Pick<Manifest['score'], 'threshold' | 'alarm' | 'tail'>;

/** Before a score above the threshold that stands alone there was none for a tenth of the time after which one is due, or so many scores. */
const [quiet, longestQuiet] = [0.1, 100];

/**
 * A threshold that follows the stream: peaks over threshold with every new peak (Siffer et al., "Anomaly detection in streams with extreme
 * value theory", KDD 2017: SPOT, and with `depth` DSPOT). It begins with the tail in the manifest, or takes the first scores as normal. Of
 * what is above the threshold it learns only that it was, and that only where it stands alone; in SPOT, which leaves it out, the tail that its
 * own threshold cuts off lowers that ever more. A tail that does not fit is replaced by the quantile of what was seen; and the threshold never
 * falls below the level where the tail begins, the 0.98 quantile of the first scores. Takes some 2 KB, and `depth` scores.
 *
 * @example
 * const spot = new Spot(model.info.manifest, { risk: 1e-4 });
 * const { alarm, threshold } = spot.look(model.run(window));
 */
export class Spot {
  readonly #score: SpotStart;
  readonly #options: SpotOptions;
  #alarm: AlarmState = noAlarm;
  #tail: MovingTail | null;
  /** Peaks since the tail was fitted, and scores since one was above the threshold. */
  #since = { fit: 0, alarm: Infinity };
  #state: SpotState = { from: 'artifact' };
  /** Above the mean of the recent scores, with `depth`. */
  #threshold: number;
  #first: number[] = [];
  #recent: number[] = [];

  /** Throws a RangeError for an option out of its range. */
  constructor({ score }: { readonly score: SpotStart }, options: Partial<SpotOptions> = {}) {
    this.#options = { ...spotDefaults, ...options };
    checkOptions(this.#options);
    this.#score = score;
    this.#threshold = score.threshold;
    this.#tail = null;
    // A tail of scores is none of their distance from a moving mean.
    if (score.tail === undefined || this.#options.depth > 0) return;
    this.#tail = { ...score.tail, recent: score.tail.excesses.map((excess) => ({ excess, isAbove: false })) };
    this.#settle(this.#tail);
  }

  /** What the threshold comes from at present. */
  get state(): SpotState {
    return this.#state;
  }

  /** Above it the next score is abnormal. */
  get threshold(): number {
    return this.#tail === null ? this.#threshold : this.#threshold + this.#level();
  }

  /** Takes the next score: judges it first, then learns from it. */
  look(score: number): SpotVerdict {
    const { threshold } = this;
    const { alarm } = this.#score;
    const share = this.#score.threshold > 0 ? alarm.clearAt / this.#score.threshold : 1;
    this.#alarm = nextAlarm(this.#alarm, score, { threshold, alarm: { ...alarm, clearAt: threshold * share } });
    const isAbove = !(score <= threshold);
    if (Number.isFinite(score)) this.#learn(score, isAbove);
    return { threshold, isAbove, alarm: this.#alarm.on };
  }

  /** The alarm goes off, as at the beginning of another recording; what was learnt stays. */
  clearAlarm(): void {
    this.#alarm = noAlarm;
  }

  #learn(score: number, isAbove: boolean): void {
    const isLevelKnown = this.#recent.length === this.#options.depth;
    const distance = score - this.#level();
    if (this.#tail === null) {
      if (isLevelKnown) this.#first.push(distance);
      this.#remember(score);
      if (this.#first.length === this.#options.calibration) this.#begin();
      return;
    }
    const isAlone = this.#since.alarm >= Math.min(longestQuiet, quiet / this.#options.risk);
    this.#since.alarm = isAbove ? 0 : this.#since.alarm + 1;
    if (isAbove) {
      // How high it is does not count, and not at all where others were before it: faults last.
      if (isAlone) this.#addPeak(this.#tail, { excess: this.#threshold - this.#tail.level, isAbove });
      return;
    }
    this.#remember(score);
    if (distance > this.#tail.level) this.#addPeak(this.#tail, { excess: distance - this.#tail.level, isAbove });
    else this.#tail.scores++;
  }

  #addPeak(tail: MovingTail, peak: Peak): void {
    tail.scores++;
    tail.peaks++;
    tail.recent.push(peak);
    if (tail.recent.length > mostExcesses) tail.recent.shift();
    // One peak of many changes little, and a fit takes a millisecond.
    if (!peak.isAbove && ++this.#since.fit < tail.recent.length / 20) return;
    this.#settle(tail);
  }

  /** The first scores are there: what lies above their quantile is the tail. */
  #begin(): void {
    const level = quantile(this.#first, tailQuantile);
    const peaks = this.#first.filter((value) => value > level).map((value) => ({ excess: value - level, isAbove: false }));
    this.#tail = { level, scores: this.#first.length, peaks: peaks.length, recent: peaks.slice(-mostExcesses) };
    this.#first = [];
    this.#settle(this.#tail);
  }

  #settle(tail: MovingTail): void {
    const [excesses, exceeded] = [false, true].map((above) =>
      tail.recent.filter(({ isAbove }) => isAbove === above).map(({ excess }) => excess),
    ) as [number[], number[]];
    const { value, problem } = beyondTail({ ...tail, excesses }, exceeded, this.#options.risk);
    this.#since.fit = 0;
    this.#threshold = Math.max(tail.level, value ?? seenQuantile(tail, this.#options.risk));
    this.#state = problem === null ? { from: 'tail' } : { from: 'quantile', problem };
  }

  #remember(score: number): void {
    if (this.#options.depth === 0) return;
    this.#recent.push(score);
    if (this.#recent.length > this.#options.depth) this.#recent.shift();
  }

  #level(): number {
    return this.#recent.length === 0 ? 0 : this.#recent.reduce((sum, score) => sum + score, 0) / this.#recent.length;
  }
}

interface Peak {
  readonly excess: number;
  /** It was above the threshold, which stands here in its place: what an alarm is counts as little as how many follow it. */
  readonly isAbove: boolean;
}

interface MovingTail {
  readonly level: number;
  scores: number;
  peaks: number;
  /** The oldest first. */
  readonly recent: Peak[];
}

/** The score that a share `risk` of those seen exceeds, by the peaks that are remembered; the highest where so few were seen. */
function seenQuantile({ level, scores, peaks, recent }: MovingTail, risk: number): number {
  if (recent.length === 0) return level;
  const share = Math.min(1, (risk * scores) / peaks);
  return (
    level +
    quantile(
      recent.map(({ excess }) => excess),
      1 - share,
    )
  );
}

function checkOptions({ risk, depth, calibration }: SpotOptions): void {
  if (!(risk > 0 && risk <= 1 - tailQuantile)) throw new RangeError(`risk is ${risk}; expected a share above 0 and up to 0.02`);
  if (!(Number.isInteger(depth) && depth >= 0)) throw new RangeError(`depth is ${depth}; expected a whole number of scores`);
  if (Number.isInteger(calibration) && calibration >= leastCalibration) return;
  throw new RangeError(`calibration is ${calibration}; expected a whole number of scores from ${leastCalibration} on`);
}

/** Of fewer scores, the 0.98 quantile is the highest. */
const leastCalibration = 50;

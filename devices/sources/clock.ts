/** How far the interval of samples may be stretched to follow the clock that stamps them. */
const stretch = 0.05;

/**
 * Times of samples that come at a known rate while only the first of each message is stamped. Stamps jitter (and a millisecond is 20
 * samples of 20 kHz): taken as they are, the first samples of a message would lie before the last ones of the message before it, and be
 * dropped, or behind a gap that is none. So a message that begins about where the one before it ended goes on from there, its samples
 * spread to where it says that it ends; one that does not begins where it says.
 */
export class SampleClock {
  readonly #interval: number;
  readonly #tolerance: number;
  readonly #isArrival: boolean;
  /** Seconds: where the next sample is expected; NaN: nowhere. */
  #next = NaN;

  /** `toleranceSeconds`: by how much a stamp may be wrong. `isArrival`: stamps are times of arrival, which jitter but never go back. */
  constructor(rateHz: number, toleranceSeconds: number, isArrival: boolean) {
    this.#interval = 1 / rateHz;
    this.#tolerance = toleranceSeconds;
    this.#isArrival = isArrival;
  }

  /** Seconds of the first of `count` samples whose stamp is `stamp`, and from one to the next. */
  next(stamp: number, count: number): { readonly first: number; readonly step: number } {
    const length = count * this.#interval;
    // Half a sample's interval more would already be a sample that did not come.
    const tolerance = Math.max(this.#tolerance, Math.max(0.45 * this.#interval, stretch * length));
    const off = stamp - this.#next;
    const goesOn = Math.abs(off) <= tolerance || (this.#isArrival && off < 0 && off > -patienceSeconds);
    const first = goesOn ? this.#next : stamp;
    const wanted = (stamp + length - first) / count;
    const step = Math.min(Math.max(wanted, (1 - stretch) * this.#interval), (1 + stretch) * this.#interval);
    this.#next = first + count * step;
    return { first, step };
  }
}

/** Messages that waited somewhere come all at once: their samples may lie as far in the future before the clock is set anew. */
const patienceSeconds = 60;

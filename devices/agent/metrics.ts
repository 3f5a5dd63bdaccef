import type { Refusal } from '../sources/define.ts';

/** What is counted on the way of each sample; `exposition.ts` makes text of it when somebody asks. */
export class Metrics {
  samples = 0;
  swaps = 0;
  readonly refused = new Map<Refusal, number>();
  /** Upper bounds in milliseconds. */
  readonly bounds = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] as const;
  /** Scores by the time from the first sample of their turn to their record; the last one: above all bounds. */
  readonly latencies = Array.from({ length: this.bounds.length + 1 }, () => 0);
  latencySumMs = 0;

  refuse(reason: Refusal): void {
    this.refused.set(reason, (this.refused.get(reason) ?? 0) + 1);
  }

  latency(ms: number, scores: number): void {
    const at = this.bounds.findIndex((bound) => ms <= bound);
    this.latencies[at < 0 ? this.bounds.length : at]! += scores;
    this.latencySumMs += ms * scores;
  }
}

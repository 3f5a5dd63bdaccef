/**
 * Counts values in equal bins over [-limit, limit], in fixed memory: the limit doubles when a value lies beyond it, and pairs of bins merge.
 */
export class Histogram {
  #limit = 2 ** -20;
  #counts = new Float64Array(bins);
  total = 0;
  min = Infinity;
  max = -Infinity;

  add(values: Float32Array): void {
    for (const value of values) {
      const magnitude = Math.abs(value);
      while (magnitude >= this.#limit) this.#widen();
      this.#counts[Math.floor(((value + this.#limit) / (2 * this.#limit)) * bins)]! += 1;
      if (value < this.min) this.min = value;
      if (value > this.max) this.max = value;
    }
    this.total += values.length;
  }

  /** How many values each bin holds, the lowest first. */
  get counts(): Float64Array {
    return this.#counts;
  }

  get binWidth(): number {
    return (2 * this.#limit) / bins;
  }

  /** Where the i-th bin begins. */
  edge(bin: number): number {
    return -this.#limit + bin * this.binWidth;
  }

  #widen(): void {
    const merged = new Float64Array(bins);
    for (let bin = 0; bin < bins; bin++) merged[bins / 4 + (bin >> 1)]! += this.#counts[bin]!;
    this.#counts = merged;
    this.#limit *= 2;
  }
}

const bins = 8192;

/** Samples per second over the last seconds, of a count that only grows until it begins anew. */
export class RateMeter {
  #points: { readonly atMs: number; readonly count: number }[] = [];

  look(count: number, atMs: number): number {
    if (count < (this.#points.at(-1)?.count ?? 0)) this.#points = [];
    if (atMs - (this.#points.at(-1)?.atMs ?? -Infinity) > stepMs) this.#points.push({ atMs, count });
    while (this.#points.length > 2 && atMs - this.#points[1]!.atMs > spanMs) this.#points.shift();
    const [first] = this.#points;
    if (first === undefined || atMs - first.atMs < stepMs) return 0;
    return ((count - first.count) * 1000) / (atMs - first.atMs);
  }
}

const [stepMs, spanMs] = [200, 3000];

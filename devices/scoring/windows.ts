/** What a sensor's window consists of. */
export interface SavedWindow {
  readonly next: number;
  readonly seen: number;
  readonly unclean: number;
  /** f32[samples x channels] as they lie in the ring. */
  readonly values: Float32Array;
}

/** Sliding windows of many sensors, a row each, in a few large pieces of memory: a typed array of its own would cost each 200 bytes more. */
export class Windows {
  readonly #samples: number;
  readonly #channels: number;
  readonly #hop: number;
  readonly #perSlab: number;
  readonly #slabs: Float32Array[] = [];
  /** Place of the next sample. */
  #next = new Uint32Array(0);
  /** Samples since the last window was due, as the artifact counts them (runtime-as/stream.ts): below 0 where the hop is longer than the window. */
  #seen = new Int32Array(0);
  /** Samples until the last value that is not finite has left the window. */
  #unclean = new Uint32Array(0);

  constructor({ samples, channelCount, hop }: { readonly samples: number; readonly channelCount: number; readonly hop: number }) {
    this.#samples = samples;
    this.#channels = channelCount;
    this.#hop = hop;
    this.#perSlab = Math.max(1, Math.floor(slabValues / (samples * channelCount)));
  }

  /** Makes room for more sensors. */
  grow(rows: number): void {
    const [next, seen, unclean] = [new Uint32Array(rows), new Int32Array(rows), new Uint32Array(rows)];
    next.set(this.#next);
    seen.set(this.#seen);
    unclean.set(this.#unclean);
    [this.#next, this.#seen, this.#unclean] = [next, seen, unclean];
  }

  /** Takes a sample, f32[channels], NaN for what is missing. Gives whether a window is due, and whether all of it is finite. */
  add(row: number, values: ArrayLike<number>): 'waiting' | 'due' | 'invalid' {
    const at = this.#next[row]!;
    const slab = this.#slabOf(row);
    let to = this.#offset(row) + at * this.#channels;
    let finite = true;
    for (let i = 0; i < this.#channels; i++) {
      const value = values[i]!;
      slab[to++] = value;
      if (!(Math.fround(value) - Math.fround(value) === 0)) finite = false;
    }
    this.#next[row] = at + 1 === this.#samples ? 0 : at + 1;
    const unclean = finite ? Math.max(0, this.#unclean[row]! - 1) : this.#samples;
    this.#unclean[row] = unclean;
    const seen = this.#seen[row]! + 1;
    if (seen < this.#samples) {
      this.#seen[row] = seen;
      return 'waiting';
    }
    this.#seen[row] = seen - this.#hop;
    return unclean === 0 ? 'due' : 'invalid';
  }

  /** The window, f32[samples x channels], the oldest sample first. */
  copyInto(row: number, target: Float32Array, offset: number): void {
    const [slab, begin, size] = [this.#slabOf(row), this.#offset(row), this.#samples * this.#channels];
    const split = begin + this.#next[row]! * this.#channels;
    target.set(slab.subarray(split, begin + size), offset);
    target.set(slab.subarray(begin, split), offset + begin + size - split);
  }

  clear(row: number): void {
    this.#next[row] = 0;
    this.#seen[row] = 0;
    this.#unclean[row] = 0;
  }

  save(row: number): SavedWindow {
    const begin = this.#offset(row);
    return {
      next: this.#next[row]!,
      seen: this.#seen[row]!,
      unclean: this.#unclean[row]!,
      values: this.#slabOf(row).slice(begin, begin + this.#samples * this.#channels),
    };
  }

  restore(row: number, { next, seen, unclean, values }: SavedWindow): void {
    this.#next[row] = next % this.#samples;
    this.#seen[row] = seen;
    this.#unclean[row] = unclean;
    this.#slabOf(row).set(values.subarray(0, this.#samples * this.#channels), this.#offset(row));
  }

  #offset(row: number): number {
    return (row % this.#perSlab) * this.#samples * this.#channels;
  }

  #slabOf(row: number): Float32Array {
    const index = Math.floor(row / this.#perSlab);
    while (this.#slabs.length <= index) this.#slabs.push(new Float32Array(this.#perSlab * this.#samples * this.#channels));
    return this.#slabs[index]!;
  }
}

/** 256 KB: little is left over where there are few sensors. */
const slabValues = 2 ** 16;

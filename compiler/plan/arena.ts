/** A buffer that must hold its bytes from step `first` to step `last`, both included. */
export interface Buffer {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

export type Placed<B extends Buffer> = B & { readonly offset: number };

const alignment = 16;

const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

/**
 * Gives each buffer an offset such that no two that live at the same time overlap. Greedy by size, as optimal placement is
 * NP-complete: the largest buffers first, each into the lowest gap that holds it (Pisarchyk and Lee 2020,
 * https://arxiv.org/abs/2001.03288, "greedy by size").
 */
export function placeBuffers<B extends Buffer>(
  buffers: readonly B[],
): { readonly placed: readonly Placed<B>[]; readonly bytes: number } {
  const placed: Placed<B>[] = [];
  for (const buffer of buffers.toSorted((a, b) => b.bytes - a.bytes || a.first - b.first)) {
    const neighbours = placed
      .filter((other) => other.first <= buffer.last && buffer.first <= other.last)
      .toSorted((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const other of neighbours) {
      if (offset + buffer.bytes <= other.offset) break;
      offset = Math.max(offset, aligned(other.offset + other.bytes));
    }
    placed.push({ ...buffer, offset });
  }
  return { placed, bytes: placed.reduce((end, { offset, bytes }) => Math.max(end, aligned(offset + bytes)), 0) };
}

/** The least that any placement needs: the most bytes that live at one step. */
export function lowerBound(buffers: readonly Buffer[]): number {
  const liveAt = (step: number): number =>
    buffers.reduce((sum, { first, last, bytes }) => sum + (first <= step && step <= last ? aligned(bytes) : 0), 0);
  return Math.max(0, ...buffers.map(({ first }) => liveAt(first)));
}

/** A buffer that must hold its bytes from step `first` to step `last`, both included. */
export interface Buffer {
  readonly bytes: number;
  readonly first: number;
  readonly last: number;
}

export type Placed<B extends Buffer> = B & { readonly offset: number };

const alignment = 16;

const aligned = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;

interface Placement<B extends Buffer> {
  readonly placed: readonly Placed<B>[];
  readonly bytes: number;
}

/** Orders in which buffers look for a place; which one packs best depends on the model. */
const orders: readonly ((a: Buffer, b: Buffer) => number)[] = [
  (a, b) => b.bytes - a.bytes || a.first - b.first,
  (a, b) => b.bytes * lengthOf(b) - a.bytes * lengthOf(a) || a.first - b.first,
  (a, b) => lengthOf(b) - lengthOf(a) || b.bytes - a.bytes || a.first - b.first,
  (a, b) => a.first - b.first || b.bytes - a.bytes,
];

const lengthOf = ({ first, last }: Buffer): number => last - first + 1;

/**
 * Gives each buffer an offset such that no two that live at the same time overlap. Greedy, as optimal placement is
 * NP-complete: in each of several orders (Pisarchyk and Lee 2020, https://arxiv.org/abs/2001.03288, "greedy by size" is the
 * first) the best fit of the gaps, and of these placements the smallest.
 */
export function placeBuffers<B extends Buffer>(buffers: readonly B[]): Placement<B> {
  const [first, ...others] = orders.map((order) => placeInOrder(buffers.toSorted(order)));
  return others.reduce((best, placement) => (placement.bytes < best.bytes ? placement : best), first!);
}

function placeInOrder<B extends Buffer>(buffers: readonly B[]): Placement<B> {
  const placed: Placed<B>[] = [];
  for (const buffer of buffers) {
    const neighbours = placed
      .filter((other) => other.first <= buffer.last && buffer.first <= other.last)
      .toSorted((a, b) => a.offset - b.offset);
    placed.push({ ...buffer, offset: bestGap(neighbours, buffer.bytes) });
  }
  return { placed, bytes: placed.reduce((end, { offset, bytes }) => Math.max(end, aligned(offset + bytes)), 0) };
}

/** The offset of the smallest gap between neighbours (in order of offset) that holds the bytes; behind the last one if none does. */
function bestGap(neighbours: readonly Placed<Buffer>[], bytes: number): number {
  let end = 0;
  let best: { readonly offset: number; readonly room: number } | null = null;
  for (const other of neighbours) {
    const room = other.offset - end;
    if (room >= bytes && (best === null || room < best.room)) best = { offset: end, room };
    end = Math.max(end, aligned(other.offset + other.bytes));
  }
  return best?.offset ?? end;
}

/** The least that any placement needs: the most bytes that live at one step. */
export function lowerBound(buffers: readonly Buffer[]): number {
  const liveAt = (step: number): number =>
    buffers.reduce((sum, { first, last, bytes }) => sum + (first <= step && step <= last ? aligned(bytes) : 0), 0);
  return Math.max(0, ...buffers.map(({ first }) => liveAt(first)));
}

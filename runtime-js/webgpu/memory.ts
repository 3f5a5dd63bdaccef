import type { Lowering } from './lower.ts';
import { wordsOf } from './layout.ts';

/** Which piece of memory each buffer lies in, and the bytes of each piece for one window. */
export interface Placement {
  readonly pieceOf: readonly number[];
  readonly pieces: readonly number[];
}

/**
 * Buffers that no step needs any more make room for others. What is read back when all is done stays to the end; a step never writes what
 * it reads, unless that is one buffer.
 */
export function place({ buffers, steps, input, output, errors, lanes }: Lowering): Placement {
  const lastUse = new Map<number, number>([output, errors, lanes].map((buffer) => [buffer, steps.length]));
  steps.forEach(({ reads, writes }, at) => {
    for (const buffer of [...Object.values(reads), writes]) lastUse.set(buffer, Math.max(at, lastUse.get(buffer) ?? 0));
  });
  const pieces: number[] = [];
  const free = new Set<number>();
  const pieceOf: number[] = [];
  const take = (buffer: number): void => {
    const bytes = 4 * wordsOf(buffers[buffer]!);
    const fitting = [...free].filter((piece) => pieces[piece]! >= bytes).toSorted((a, b) => pieces[a]! - pieces[b]!);
    const piece = fitting[0] ?? pieces.push(bytes) - 1;
    free.delete(piece);
    pieceOf[buffer] = piece;
  };
  take(input);
  steps.forEach(({ reads, writes }, at) => {
    if (pieceOf[writes] === undefined) take(writes);
    for (const buffer of new Set([...Object.values(reads), writes])) if (lastUse.get(buffer) === at) free.add(pieceOf[buffer]!);
  });
  return { pieceOf, pieces };
}

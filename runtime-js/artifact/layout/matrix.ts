import type { Target } from '../abi.ts';
import { padded, type Cells, type Stream } from './stream.ts';

/** Weights [rows x depth] and bias [rows] of the kernel matmul; the layouts are said in runtime-as/kernels/matmul.ts. */
export function matrixStream(rows: number, depth: number, target: Target): Stream {
  const indexOf = (o: number, k: number): number => (o < rows && k < depth ? o * depth + k : -1);
  const biasOf = (o: number): number => (o < rows ? o : -1);
  const [height, width] = [padded(rows), padded(depth)];
  return {
    bytes: 4 * height + height * width,
    pairs: 'biased',
    biasMultiple: 1,
    each: (cells) => (target === 'simd' ? inPairs : inRows)(height, width, indexOf, biasOf, cells),
  };
}

type IndexOf = (o: number, k: number) => number;

/** "hi/lo" pairs, 32 or 8 rows at a time. */
function inPairs(rows: number, depth: number, indexOf: IndexOf, biasOf: (o: number) => number, cells: Cells): void {
  let at = 0;
  for (let start = 0; start < rows;) {
    const end = start + (rows - start >= 32 ? 32 : 8);
    for (let o = start; o < end; o++, at += 4) cells.bias(at, biasOf(o));
    for (let k = 0; k < depth; k += 2) {
      for (let unit = start; unit < end; unit += 8) {
        for (let lane = 0; lane < 8; lane++, at += 2) {
          const [o, column] = [unit + (lane >> 1), k + (lane & 1)];
          cells.pair(at, indexOf(o, column), indexOf(o + 4, column));
        }
      }
    }
    start = end;
  }
}

function inRows(rows: number, depth: number, indexOf: IndexOf, biasOf: (o: number) => number, cells: Cells): void {
  for (let o = 0; o < rows; o++) cells.bias(4 * o, biasOf(o));
  for (let o = 0; o < rows; o++) {
    for (let k = 0; k < depth; k++) cells.weight(4 * rows + o * depth + k, indexOf(o, k));
  }
}

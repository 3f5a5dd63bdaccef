import { expect, test } from 'vitest';
import { words } from '../../runtime-js/webgpu/scores/define.ts';
import { place } from '../../runtime-js/webgpu/memory.ts';
import type { Step } from '../../runtime-js/webgpu/lower.ts';

/** 0 -> 1 -> ... -> 5, then errors and lanes of the last and the first. */
const sizes = [8, 100, 50, 100, 50, 8, 8, 4];
const pass = { program: { code: '', groups: () => 1 }, reads: {}, writes: '', constants: null };
const step = (reads: readonly number[], writes: number): Step => ({
  pass,
  reads: Object.fromEntries(reads.map((buffer, i) => [`${i}`, buffer])),
  writes,
});
const steps = [step([0], 1), step([1], 2), step([2], 3), step([3], 4), step([4], 5), step([5, 0], 6), step([6], 7)];

test('values make room for others when nobody reads them any more, and never lie where a step reads', () => {
  const { pieceOf, pieces } = place({
    buffers: sizes.map(words),
    steps,
    input: 0,
    output: 5,
    errors: 6,
    lanes: 7,
    finish: () => 0,
  });
  // 0 is read to the end; 3 lies where 1 was, 4 where 2 was; 5 to 7 are read back.
  expect(pieceOf).toEqual([0, 1, 2, 1, 2, 1, 2, 0]);
  expect(pieces).toEqual([32, 400, 200]);
  for (const { reads, writes } of steps) {
    expect(Object.values(reads).map((buffer) => pieceOf[buffer])).not.toContain(pieceOf[writes]);
  }
});

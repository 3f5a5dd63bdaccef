import { expect, test } from 'vitest';
import { HistogramBuilder, scoreHistogram } from '../../../compiler/report/histogram.ts';

test('bins are of equal width, the greatest value is in the last one, and what lies beyond is counted apart', () => {
  const builder = new HistogramBuilder(0, 4, 4);
  for (const value of [-0.5, 0, 0.5, 1, 3.9, 4, 4.1, 9]) builder.add(value);
  expect(builder.finish()).toEqual({ from: 0, to: 4, counts: [2, 1, 0, 2], below: 1, above: 2 });
});

test('scores within a factor of twenty lie on a linear axis, which reaches to the threshold', () => {
  const { logarithmic, edges, normal, tests } = scoreHistogram([1, 2, 2], [[3]], 5)!;
  expect([logarithmic, edges[0], edges.at(-1), edges.length]).toEqual([false, 1, 5, 41]);
  expect([normal!.indexOf(1), normal!.indexOf(2), tests[0]!.indexOf(1)]).toEqual([0, 10, 20]);
});

test('scores of a wider range lie on a logarithmic axis', () => {
  const { logarithmic, edges, normal } = scoreHistogram([1e-4, 1e-2, 1], [], 0.5)!;
  expect([logarithmic, normal!.indexOf(1), normal![20], normal![39]]).toEqual([true, 0, 1, 1]);
  expect(edges[10]).toBeCloseTo(1e-3, 12);
});

test('a score of zero keeps the axis linear; without scores, or with one alone, there is no histogram', () => {
  expect(scoreHistogram([0, 1], [], 0.5)!.logarithmic).toBe(false);
  expect(scoreHistogram(null, [], 0.5)).toBeNull();
  expect(scoreHistogram([0.5, 0.5], [], 0.5)).toBeNull();
});

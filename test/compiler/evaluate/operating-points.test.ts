import { expect, test } from 'vitest';
import { normalWindows, operatingPoints } from '../../../compiler/evaluate/operating-points.ts';

// Quiet, a flicker of one score, quiet, an event whose score rises.
const scores = [1, 1, 6, 1, 1, 1, 1, 1, 4, 5, 6, 7, 8, 1, 1];
const labels = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0];

test('with labels: the flicker costs a false alarm or a delay, and nothing that is beaten is shown', () => {
  const points = operatingPoints([{ scores, labels }]);
  expect(points[0]).toMatchObject({ falseAlarms: 0, found: 1, events: 1 });
  for (const a of points) {
    for (const b of points) {
      if (a === b) continue;
      expect(a.falseAlarms < b.falseAlarms || a.found > b.found || (a.delay ?? Infinity) < (b.delay ?? Infinity)).toBe(true);
    }
  }
  expect(points.some(({ delay, falseAlarms }) => delay === 0 && falseAlarms === 1)).toBe(true);
  expect(normalWindows([{ scores, labels }])).toBe(10);
});

test('without labels: fewer false alarms need a higher threshold or a longer debounce', () => {
  const points = operatingPoints([{ scores, labels: null }]);
  expect(points[0]!.falseAlarms).toBe(0);
  expect(points.at(-1)!.falseAlarms).toBeGreaterThan(0);
  for (const { events, delay } of points) expect({ events, delay }).toEqual({ events: 0, delay: null });
});

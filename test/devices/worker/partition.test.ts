import { expect, test } from 'vitest';
import { partitionOf } from '../../../devices/worker/partition.ts';

test('the partition of a name is the same in every version: sensors would lose their windows otherwise', () => {
  const names = ['a', 'pump 7', 'Werk 3/Lüfter', '温度計', 'x'.repeat(2000)];
  expect(names.map((name) => partitionOf(name, 64))).toMatchInlineSnapshot(`
    [
      51,
      54,
      61,
      5,
      34,
    ]
  `);
  expect(names.map((name) => partitionOf(name, 1))).toEqual([0, 0, 0, 0, 0]);
});

test('64,000 names that differ in their number spread over 64 partitions, each within 5 standard deviations of 1,000', () => {
  const counts = Array.from({ length: 64 }, () => 0);
  for (let i = 0; i < 64_000; i++) counts[partitionOf(`site/north/pump/${i}/vibration`, 64)]!++;
  const deviation = Math.sqrt(1000);
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(5 * deviation);
});

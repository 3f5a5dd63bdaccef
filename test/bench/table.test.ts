import { expect, test } from 'vitest';
import { formatRows, type Row } from './table.ts';

const ours: Row = {
  workload: 'ad01',
  batch: 1,
  runtime: 'sandglass',
  medianUs: 6.5,
  timesSlower: 1,
  bytesToShip: 287_400,
  coldMs: 1.94,
  residentMb: 3.2,
};

test('a runtime is a line of its workload and batch', () => {
  const peer = { ...ours, runtime: 'ort-web fp32', medianUs: 43.21, timesSlower: 6.648, bytesToShip: 15_400_000, coldMs: 230.04 };
  expect(formatRows([ours, peer])).toBe(`### ad01, batch 1

| runtime      | us per window | times slower |    ships | cold start | memory |
| ------------ | ------------: | -----------: | -------: | ---------: | -----: |
| sandglass    |          6.50 |         1.00 |   287 KB |     1.9 ms | 3.2 MB |
| ort-web fp32 |         43.21 |         6.65 | 15400 KB |   230.0 ms | 3.2 MB |
`);
});

test('each workload and batch has a table of its own', () => {
  const titles = formatRows([ours, { ...ours, batch: 16 }, { ...ours, workload: 'wide' }]).match(/^### .*$/gm);
  expect(titles).toEqual(['### ad01, batch 1', '### ad01, batch 16', '### wide, batch 1']);
});

test('a runtime that could not be measured says so, and leaves what is unknown empty', () => {
  const peer = { ...ours, runtime: 'tfjs', medianUs: null, timesSlower: null, bytesToShip: null, coldMs: null, residentMb: null };
  expect(formatRows([peer])).toContain('| tfjs    |        failed |              |       |            |        |');
});

import { readFileSync } from 'node:fs';
import type { Sample } from '../../../devices/sources/define.ts';

const rows = ['healthy', 'broken'].flatMap((name) =>
  readFileSync(`examples/gearbox/${name}-test.csv`, 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => Float32Array.from(line.split(','), Number)),
);

/** Ten gearboxes in turn: healthy for a while, then broken, and healthy again. */
export const sampleAt = (i: number): Sample => ({
  artifact: 'gearbox',
  sensor: `gearbox ${i % 10}`,
  time: 1_700_000_000 + Math.floor(i / 10),
  values: rows[(Math.floor(i / 10) * 3) % rows.length]!,
});

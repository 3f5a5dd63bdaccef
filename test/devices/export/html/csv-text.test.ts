import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readSamples } from '../../../../compiler/calibrate/samples.ts';
import { readCsv } from '../../../../devices/export/html/page/sources/csv-text.ts';
import type { Manifest } from '../../../../runtime-js/artifact/manifest.ts';

/** As much of a manifest as a CSV file is read by. */
function manifestOf(names: readonly string[] | null, channelCount: number, time: string | null = null): Manifest {
  const channels = names?.map((name) => ({ name, unit: null })) ?? null;
  return { input: { channels, channelCount, time } } as unknown as Manifest;
}

const named = manifestOf(['flow', 'temp'], 2);
const plain = manifestOf(null, 2);

test('a recording is read as the command line reads it', () => {
  const bytes = readFileSync('examples/gearbox/broken-test.csv');
  const { data, names } = readSamples({ name: 'broken-test.csv', bytes }, { channels: null, beside: [], gaps: true });
  const found = readCsv('broken-test.csv', bytes.toString(), manifestOf(names!, 16));
  expect(found.values).toEqual(Float32Array.from(data));
  expect(found.channels).toBe(16);
});

describe('files as people have them', () => {
  test.each([
    ['columns by name, in any order, beside others', 'temp,note,flow\n1,ok,2\n3,"so, so",4\n', [2, 1, 4, 3]],
    ['semicolons and Windows line ends', 'flow;temp\r\n1;2\r\n', [1, 2]],
    ['tabs and blanks', 'flow\ttemp\n 1\t2 \n', [1, 2]],
    ['a byte order mark', '\uFEFFflow,temp\n1,2', [1, 2]],
    ['empty lines at the end', 'flow,temp\n1,2\n\n\n', [1, 2]],
    ['a quote within quotes', 'note,flow,temp\n"say ""hm, """,1,2', [1, 2]],
    ['missing values', 'flow,temp\n,2\nNaN,inf\n', [NaN, 2, NaN, NaN]],
    ['no header', '1,2\n3,4e-1\n', [1, 2, 3, Math.fround(0.4)]],
  ])('%s', (_, text, values) => {
    const manifest = text.startsWith('1') ? plain : named;
    expect([...readCsv('pump.csv', text, manifest).values]).toEqual(values);
  });

  test('time stamps: ISO 8601 (UTC without a zone) or seconds', () => {
    const timed = manifestOf(['flow'], 1, 'at');
    expect([...readCsv('p.csv', 'at,flow\n1970-01-01 00:00:10,1\n1970-01-01T00:00:11.5Z,2', timed).times!]).toEqual([10, 11.5]);
    expect([...readCsv('p.csv', 'at,flow\n3,1\n3.5,2', timed).times!]).toEqual([3, 3.5]);
  });
});

describe('what is wrong is said with its place', () => {
  test.each([
    ['', 'pump.csv is empty.'],
    ['flow,temp\n', 'pump.csv has a header and no rows.'],
    ['flow,pressure\n1,2', 'pump.csv has no column "temp"; its header names flow, pressure.'],
    ['flow,temp\n1,2\n3', 'pump.csv, row 3 has 1 columns; the rows before it have 2.'],
    ['flow,temp\n1,hot', 'pump.csv, row 2, temp is "hot"; expected a number.'],
    ['flow;temp\n1,5;2', 'pump.csv, row 2, flow is "1,5"; expected a number. Write 1.5 rather than 1,5.'],
    ['1,2,3\n', 'pump.csv has 3 columns; the model takes 2, in the order of its training.'],
  ])('%j', (text, message) => {
    expect(() => readCsv('pump.csv', text, named)).toThrow(message);
  });

  test('no column of time stamps', () => {
    expect(() => readCsv('p.csv', 'flow\n1', manifestOf(['flow'], 1, 'at'))).toThrow(
      'p.csv has flow; the column of time stamps is "at".',
    );
  });
});

import { describe, expect, test } from 'vitest';
import { readSamples } from '../../../compiler/calibrate/samples.ts';

const read = (text: string, selection: { channels?: string[]; beside?: string[]; gaps?: boolean }) =>
  readSamples({ name: 'pump.csv', bytes: Buffer.from(text) }, { channels: null, beside: [], gaps: false, ...selection });

const recorded =
  'datetime;Current;Pressure;anomaly\n2020-03-09 10:14:33;1.3302;0.054711;0.0\n2020-03-09 10:14:34.5;1.35399;0.382638;1\n';

describe('columns by name', () => {
  test('in the order that is asked for, the others left out, whatever they hold', () => {
    const { data, names, columns } = read(recorded, { channels: ['Pressure', 'Current'] });
    expect({ names, columns }).toEqual({ names: ['Pressure', 'Current'], columns: 2 });
    expect([...data]).toEqual([0.054711, 1.3302, 0.382638, 1.35399].map(Math.fround));
  });

  test('times in seconds and labels beside the channels, which are all others', () => {
    const { names, beside } = read(recorded, { beside: ['datetime', 'anomaly'] });
    expect(names).toEqual(['Current', 'Pressure']);
    expect([...beside.get('anomaly')!]).toEqual([0, 1]);
    const start = Date.UTC(2020, 2, 9, 10, 14, 33) / 1000;
    expect([...beside.get('datetime')!]).toEqual([start, start + 1.5]);
  });

  test('a channel may be read beside too', () => {
    const { data, beside } = read('t,x\n5,7\n6,8\n', { channels: ['x'], beside: ['t'] });
    expect([[...data], [...beside.get('t')!]]).toEqual([
      [7, 8],
      [5, 6],
    ]);
  });

  test('a quoted header', () => {
    expect([...read('"a, b","c"\n1,2\n', { channels: ['c'] }).data]).toEqual([2]);
  });

  test.each([
    [
      { channels: ['Curent'] },
      'pump.csv: has no column "Curent"; its header names datetime, Current, Pressure, anomaly\n  Did you mean "Current"?',
    ],
    [{ beside: ['time'] }, 'pump.csv: has no column "time"'],
  ])('%j is explained', (selection, message) => {
    expect(() => read(recorded, selection)).toThrow(message);
  });

  test('a file without a header', () => {
    expect([...read('1,2\n', { channels: ['a', 'b'] }).data]).toEqual([1, 2]);
    expect(() => read('1,2\n', { channels: ['a'] })).toThrow(
      'pump.csv: has no header and 2 columns, so that "a" cannot be found by its name',
    );
    expect(() => read('1,2\n', { beside: ['t'] })).toThrow('pump.csv: has no header, so that "t" cannot be found by its name');
  });
});

describe('gaps', () => {
  const text = 'a,b\n1,\nnan,4\n5,6\n';
  test('are NaN where they are allowed', () => {
    expect([...read(text, { gaps: true }).data]).toEqual([1, NaN, NaN, 4, 5, 6]);
  });
  test('else the first is named', () => {
    expect(() => read(text, {})).toThrow('pump.csv, row 2, column 2 "b": is empty; expected a number');
  });
});

import { describe, expect, test } from 'vitest';
import { input } from '../collect.ts';
import { read } from './read.ts';

describe('influx', () => {
  const format = 'influx';
  test('a line is a sample; its timestamp is in nanoseconds', () => {
    expect(read({ format }, 'pump,site=a vib=1.5,temp=2i,x="text" 1600000000250000000').rows).toEqual([
      ['p1', 1600000000.25, 1.5, 2],
    ]);
    expect(read({ format, timeUnit: 's' }, 'pump vib=1,temp=-2e3 1600000000\n').rows).toEqual([['p1', 1600000000, 1, -2000]]);
    expect(read({ format }, 'pump vib=true,temp=3u').rows).toEqual([['p1', null, 1, 3]]);
  });

  test('lines, comments and blank lines', () => {
    const text = '# comment\n\npump vib=1,temp=2 1000000000\r\nother vib=5 1000000000\n  pump vib=3 2000000000\n';
    expect(read({ format, measurement: 'pump' }, text)).toEqual({
      rows: [
        ['p1', 1, 1, 2],
        ['p1', 2, 3, NaN],
      ],
      refusals: [],
    });
  });

  test('backslashes escape commas, blanks and =; a tag names the sensor', () => {
    const odd = input(['a b', 'c=d,e']).channels!;
    const artifact = {
      channels: [
        { ...odd[0]!, name: 'a b' },
        { ...odd[1]!, name: 'c=d,e' },
      ],
      channelCount: 2,
      time: null,
      rateHz: null,
    };
    const line = String.raw`m\ 1\,x,de\=v=p\ 7,z=a\b "no"=1,a\ b=4,c\=d\,e=5,t="q\"\\, =" 1000000000`;
    expect(read({ format, sensorField: 'de=v', measurement: 'm 1,x' }, line, artifact).rows).toEqual([['p 7', 1, 4, 5]]);
  });

  test('a field may be meant as measurement.field', () => {
    const channels = { vib: 'motor.value', temp: 'oil.value' };
    expect(read({ format, channels }, 'motor value=1\noil value=2').rows).toEqual([
      ['p1', null, 1, NaN],
      ['p1', null, NaN, 2],
    ]);
    const combined = read({ format, channels, combine: true }, 'motor value=1 1000000000\noil value=2 1000000000');
    expect(combined.rows).toEqual([['p1', 1, 1, 2]]);
  });

  test.each([
    ['pump', 'has no blank before its fields'],
    ['pump ', 'has a field without a name'],
    [',a=b vib=1', 'has no measurement'],
    ['pump,site vib=1', 'has a tag without ='],
    ['pump,site= vib=1', 'has no value of tag site'],
    ['pump vib', 'has a field without ='],
    ['pump vib=', 'has no value of field vib'],
    ['pump vib=1x', 'has no value of field vib'],
    ['pump vib=NaN', 'has no value of field vib'],
    ['pump vib=1.5i', 'has no value of field vib'],
    ['pump vib=-1u', 'has no value of field vib'],
    ['pump vib="x', 'has a text without its closing quote'],
    ['pump vib="x"y', 'goes on behind a closing quote'],
    ['pump vib=1,', 'has a field without a name'],
    ['pump vib=1 12.5', 'has no whole number as its timestamp'],
    ['pump vib=1 12 13', 'has no whole number as its timestamp'],
  ])('%j breaks the grammar: %s; the line behind it is read', (line, problem) => {
    const { rows, refusals } = read({ format }, `${line}\npump vib=1,temp=2`);
    expect(refusals).toEqual([
      `malformed: t/p1 line 1: ${problem}: ${JSON.stringify(`${line}\npump vib=1,temp=2`.slice(0, 40))}`,
    ]);
    expect(rows).toEqual([['p1', null, 1, 2]]);
  });
});

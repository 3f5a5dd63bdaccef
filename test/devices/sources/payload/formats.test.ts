import { describe, expect, test } from 'vitest';
import { bytes, decoder, input, received, rule } from '../collect.ts';
import { read, two } from './read.ts';

describe('json-object', () => {
  test('a channel has its own name, or a path', () => {
    expect(read({}, '{"temp": 2.5, "vib": -1, "other": "x"}').rows).toEqual([['p1', null, -1, 2.5]]);
    const channels = { vib: 'sensors[1].value', temp: 'a.b' };
    expect(read({ channels }, '{"sensors": [0, {"value": 3}], "a": {"b": 4}}').rows).toEqual([['p1', null, 3, 4]]);
    expect(read({ channels }, '{"sensors[1].value": 5, "a.b": 6}').rows).toEqual([['p1', null, 5, 6]]);
  });

  test('null, NaN, Infinity and what f32 cannot hold are missing', () => {
    for (const nothing of ['null', 'NaN', '-Infinity', '1e39', '"nan"', '"unavailable"', '""']) {
      expect(read({}, `{"vib": 1, "temp": ${nothing}, "text": "NaN \\" ok"}`)).toEqual({
        rows: [['p1', null, 1, NaN]],
        refusals: [],
      });
    }
    expect(read({}, '{"vib": 1}').rows).toEqual([['p1', null, 1, NaN]]);
  });

  test('a truth value is a number; a text is one only where it is asked for', () => {
    expect(read({}, '{"vib": true, "temp": false}').rows).toEqual([['p1', null, 1, 0]]);
    expect(read({ textNumbers: true }, '{"vib": "1.5", "temp": " -2e1 "}').rows).toEqual([['p1', null, 1.5, -20]]);
    expect(read({}, '{"vib": 1, "temp": "21.5"}')).toEqual({
      rows: [['p1', null, 1, NaN]],
      refusals: ['malformed: t/p1 has "21.5" at "temp"; expected a number'],
    });
  });

  test('an array of objects, and an object per line, are several samples', () => {
    const rows = [
      ['p1', 1, 1, 2],
      ['p1', 2, 3, 4],
    ];
    expect(read({ time: 't' }, '[{"vib":1,"temp":2,"t":1},{"vib":3,"temp":4,"t":2}]').rows).toEqual(rows);
    expect(read({ time: 't' }, '{"vib":1,"temp":2,"t":1}\n{"vib":3,"temp":4,"t":2}\n').rows).toEqual(rows);
    expect(read({ time: 't' }, '{"vib":1,"temp":2,"t":1}\nnonsense\n{"vib":3,"temp":4,"t":2}')).toEqual({
      rows,
      refusals: ['malformed: t/p1 has a line 2 that is no JSON: "nonsense"'],
    });
  });

  test('the payload may name the sensor', () => {
    const named = { sensorField: 'device.id', sensor: null };
    expect(read(named, '{"vib":1,"temp":2,"device":{"id":"x9"}}').rows).toEqual([['x9', null, 1, 2]]);
    expect(read(named, '{"vib":1,"temp":2,"device":{"id":17}}').rows).toEqual([['17', null, 1, 2]]);
    expect(read(named, '{"vib":1,"temp":2}').refusals).toEqual(['malformed: t/p1 has no name of a sensor at "device.id"']);
    expect(read(named, '{"vib":1,"temp":2,"device":{"id":"a\\nb"}}').refusals).toEqual([
      String.raw`malformed: t/p1 names a sensor with a control character: "a\nb"`,
    ]);
  });

  test.each([
    ['{"other": 1, "more": 2}', 'unknown-channel: t/p1 holds none of the channels, but other, more'],
    ['{"constructor": 1}', 'unknown-channel: t/p1 holds none of the channels, but constructor'],
    ['5', 'malformed: t/p1 is "5"; expected an object'],
    ['"text"', 'malformed: t/p1 is "text"; expected an object'],
    ['[[1,2]]', 'malformed: t/p1 is "an array"; expected an object'],
    ['', 'malformed: t/p1 is no JSON: ""'],
    ['{"vib":1', String.raw`malformed: t/p1 is no JSON: "{\"vib\":1"`],
    [Uint8Array.of(0x22, 0xff, 0x22), 'malformed: t/p1 is not UTF-8'],
  ])('%s is refused: %s', (payload, refusal) => {
    expect(read({}, payload)).toEqual({ rows: [], refusals: [refusal] });
  });

  test('a channel named like something of a prototype is nowhere but in the message', () => {
    const odd = input(['constructor', '__proto__']);
    expect(read({}, '{}', odd).refusals).toEqual(['unknown-channel: t/p1 holds none of the channels, but ']);
    expect(read({}, '{"__proto__": 3, "constructor": 4}', odd).rows).toEqual([['p1', null, 4, 3]]);
    expect(read({ channels: ['length', 'a.length'] }, '{"a": "text"}', odd).rows).toEqual([]);
  });

  test('a message that says another unit than the artifact was compiled for is refused in that channel', () => {
    const artifact = input(['vib mm/s', 'temp °C']);
    const unitFields = { vib: 'units.vib', temp: 'units.temp' };
    expect(read({ unitFields }, '{"vib":1,"temp":2,"units":{"vib":"mm/s","temp":"degC"}}', artifact).rows).toEqual([
      ['p1', null, 1, 2],
    ]);
    expect(read({ unitFields }, '{"vib":1,"temp":2}', artifact).rows).toEqual([['p1', null, 1, 2]]);
    expect(read({ unitFields }, '{"vib":1,"temp":2,"units":{"temp":"°F"}}', artifact)).toEqual({
      rows: [['p1', null, 1, NaN]],
      refusals: ['unit: t/p1 gives "temp" in "°F"'],
    });
  });

  test('a reason is told once per message, however many of its samples have it', () => {
    expect(read({}, '[1, 2, 3, {"vib": 1, "temp": 2}, {"x": 1}, {"y": 1}]')).toEqual({
      rows: [['p1', null, 1, 2]],
      refusals: ['malformed: t/p1 is "1"; expected an object', 'unknown-channel: t/p1 holds none of the channels, but x'],
    });
  });
});

describe('json-array and csv-line', () => {
  test.each([
    ['json-array', '[1, 2]'],
    ['csv-line', '1,2'],
    ['csv-line', ' 1 ; 2\r\n'],
    ['csv-line', '1\t2'],
    ['csv-line', '1   2'],
  ] as const)('%s: %j is the channels in order', (format, payload) => {
    expect(read({ format }, payload)).toEqual({ rows: [['p1', null, 1, 2]], refusals: [] });
  });

  test.each([
    ['json-array', '[[1, 2], [3, null]]'],
    ['json-array', '[1, 2]\n[3, null]'],
    ['csv-line', '1,2\n3,\n'],
    ['csv-line', '1;2\n3;nan'],
  ] as const)('%s: %j is two samples, the last with a value missing', (format, payload) => {
    expect(read({ format }, payload).rows).toEqual([
      ['p1', null, 1, 2],
      ['p1', null, 3, NaN],
    ]);
  });

  test('a number alone is a sample of one channel', () => {
    const one = input(['vib']);
    expect(read({ format: 'json-array' }, '21.5', one).rows).toEqual([['p1', null, 21.5]]);
    expect(read({ format: 'csv-line' }, '21.5\n', one).rows).toEqual([['p1', null, 21.5]]);
  });

  test('channels, time and sensor may stand anywhere', () => {
    const places = { channels: { vib: '3', temp: '1' }, time: '0', sensorField: '2', columns: 5 };
    const expected = [['m7', 1600000000, 8, 9]];
    expect(read({ format: 'json-array', ...places }, '["2020-09-13T12:26:40Z", 9, "m7", 8, 0]').rows).toEqual(expected);
    expect(read({ format: 'csv-line', ...places }, '2020-09-13 12:26:40,9,m7,8,0').rows).toEqual(expected);
    // Without a mapping the channels follow in the places that are left.
    expect(read({ format: 'csv-line', time: '0' }, '1600000000000,1,2').rows).toEqual([['p1', 1600000000, 1, 2]]);
  });

  test.each([
    ['json-array', '[1]', 'has 1 values; expected 2'],
    ['json-array', '[1, "2"]', 'has "2" at place 1; expected a number'],
    ['json-array', '{"vib": 1}', 'is "an object"; expected an array'],
    ['csv-line', '1,2,3', 'has 3 values; expected 2'],
    ['csv-line', '1,0x10', 'has "0x10" at place 1; expected a number'],
    ['csv-line', '1,5;2,5', 'has "1,5" at place 0; expected a number'],
    ['csv-line', ' \n', 'is empty'],
  ] as const)('%s: %j is refused: %s', (format, payload, refusal) => {
    expect(read({ format }, payload)).toEqual({ rows: [], refusals: [`malformed: t/p1 ${refusal}`] });
  });
});

test('a sample that is none does not take the others with it', () => {
  expect(read({ format: 'json-array' }, '[[1, 2], 3]')).toEqual({
    rows: [['p1', null, 1, 2]],
    refusals: ['malformed: t/p1 has "3" among its samples; expected an array'],
  });
});

describe('times', () => {
  test.each([
    ['auto', '1600000000.25'],
    ['auto', '1600000000250'],
    ['auto', '1600000000250000'],
    ['auto', '1600000000250000000'],
    ['auto', '"1600000000250"'],
    ['auto', '"2020-09-13T12:26:40.25Z"'],
    ['auto', '"2020-09-13 12:26:40,250"'],
    ['iso', '"2020-09-13T14:26:40.250+02:00"'],
    ['iso', '"2020-09-13T14:26:40.250+0200"'],
    ['s', '1600000000.25'],
    ['ms', '1600000000250'],
    ['us', '1600000000250000'],
    ['ns', '"1600000000250000000"'],
  ] as const)('%s: %s', (timeUnit, time) => {
    expect(read({ time: 'at', timeUnit }, `{"vib":1,"temp":2,"at":${time}}`).rows).toEqual([['p1', 1600000000.25, 1, 2]]);
  });

  test('a time of ISO 8601 has its microseconds', () => {
    const [row] = read({ time: 'at' }, '{"vib":1,"temp":2,"at":"2020-09-13T12:26:40.000050Z"}').rows;
    expect(row![1]).toBeCloseTo(1600000000.00005, 6);
  });

  test.each(['"yesterday"', 'null', '1e300', '{}', '"2020-13-01"', 'true'])(
    '%s is no time, and the sample is refused',
    (time) => {
      const { rows, refusals } = read({ time: 'at' }, `{"vib":1,"temp":2,"at":${time}}`);
      expect(rows).toEqual([]);
      expect(refusals[0]).toMatch(/^malformed: t\/p1 has no time at "at"/);
    },
  );
});

test('a message above the limit is refused unread', () => {
  const { refusals } = received(decoder(two, [rule('t/{sensor}')], { maxPayloadBytes: 10 }), [
    't/p1',
    bytes('{"vib": 1, "temp": 2}'),
  ]);
  expect(refusals).toEqual([['too-large', 't/p1 has 21 bytes']]);
});

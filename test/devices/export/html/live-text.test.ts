import { describe, expect, test } from 'vitest';
import { connect, PacketReader, subscribe } from '../../../../devices/export/html/page/mqtt/packets.ts';
import { readPayload } from '../../../../devices/export/html/page/mqtt/payload.ts';
import { readLine } from '../../../../devices/export/html/page/sources/serial-text.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('MQTT packets', () => {
  test('CONNECT and SUBSCRIBE are the bytes of the standard', () => {
    // MQTT 3.1.1, 3.1 and 3.8: name, level 4, clean session, keep alive 30, client "a".
    expect([...connect({ clientId: 'a', user: '', password: '', keepAliveSeconds: 30 })]).toEqual([
      0x10, 13, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 0x02, 0, 30, 0, 1, 0x61,
    ]);
    expect([...connect({ clientId: 'a', user: 'u', password: 'p', keepAliveSeconds: 30 })].slice(9)).toEqual([
      0xc2, 0, 30, 0, 1, 0x61, 0, 1, 0x75, 0, 1, 0x70,
    ]);
    expect([...subscribe(1, 'a/b')]).toEqual([0x82, 8, 0, 1, 0, 3, 0x61, 0x2f, 0x62, 1]);
  });

  test('a length above 127 takes two bytes', () => {
    expect([...subscribe(1, 'x'.repeat(200))].slice(0, 3)).toEqual([0x82, 205, 1]);
  });

  const stream = Uint8Array.from([
    32,
    2,
    0,
    0,
    144,
    3,
    0,
    1,
    1,
    48,
    5,
    0,
    1,
    116,
    49,
    50,
    50,
    205,
    1,
    0,
    1,
    116,
    0,
    9,
    ...Array.from({ length: 200 }, () => 55),
    208,
    0,
  ]);

  test.each([1, 3, 1000])('come whole out of pieces of %i bytes', (size) => {
    const reader = new PacketReader();
    const packets = [];
    for (let at = 0; at < stream.length; at += size) packets.push(...reader.take(stream.slice(at, at + size)));
    expect(packets).toEqual([
      { kind: 'connack', code: 0 },
      { kind: 'suback', code: 1 },
      { kind: 'publish', topic: 't', payload: bytes('12'), id: null },
      { kind: 'publish', topic: 't', payload: bytes('7'.repeat(200)), id: 9 },
      { kind: 'pingresp' },
    ]);
  });

  test.each([
    ['an endless length', [0x30, 255, 255, 255, 255, 255]],
    ['another protocol', [...bytes('HTTP/1.1 400 Bad Request')]],
    ['a message shorter than its topic', [0x30, 3, 0, 9, 0x74]],
  ])('%s is not MQTT', (_, wrong) => {
    expect(() => new PacketReader().take(Uint8Array.from(wrong))).toThrow('not MQTT');
  });
});

describe('payloads', () => {
  test.each([
    ['{"flow":1,"temp":"2.5"}', ['flow', 'temp'], [1, 2.5]],
    ['{"values":{"flow":1},"list":[{"t":2}]}', ['values.flow', 'list[0].t'], [1, 2]],
    ['{"a.b":1,"c":2}', ['a.b', 'c'], [1, 2]],
    ['[1,2]', ['flow', 'temp'], [1, 2]],
    ['1;2', ['flow', 'temp'], [1, 2]],
    ['7', ['flow'], [7]],
  ])('%s', (text, paths, values) => {
    expect(readPayload(bytes(text), paths, null)).toEqual({
      kind: 'sample',
      values: Float32Array.from(values),
      time: null,
      absent: [],
    });
  });

  test('what is missing is NaN, and named', () => {
    expect(readPayload(bytes('{"flow":1,"temp":null}'), ['flow', 'temp'], null)).toEqual({
      kind: 'sample',
      values: Float32Array.of(1, NaN),
      time: null,
      absent: ['temp'],
    });
  });

  test.each([
    ['"1970-01-01T00:00:10Z"', 10],
    ['10.5', 10.5],
    ['1700000000000', 1.7e9],
  ])('time %s', (time, seconds) => {
    expect(readPayload(bytes(`{"flow":1,"at":${time}}`), ['flow'], 'at')).toMatchObject({ time: seconds });
  });

  test.each([
    ['hello', 'a message is no JSON: hello'],
    ['[1,2,3]', 'a message has 3 values; the model takes 2'],
    ['{"x":1,"y":2}', 'a message holds none of the channels, but x, y'],
    ['null', 'a message holds none of the channels, but null'],
  ])('%s is said to be wrong', (text, reason) => {
    expect(readPayload(bytes(text), ['flow', 'temp'], null)).toEqual({ kind: 'unreadable', reason });
  });
});

describe('lines of a serial port', () => {
  test.each([
    ['1,2.5', [1, 2.5]],
    ['  1\t-2e3\r', [1, -2000]],
    ['1; nan', [1, NaN]],
  ])('%j', (line, values) => {
    expect([...readLine(line, 2)!]).toEqual(values);
  });

  test.each(['1', '1,2,3', 'boot ok', '1,', ''])('%j is no sample', (line) => {
    expect(readLine(line, 2)).toBeNull();
  });
});

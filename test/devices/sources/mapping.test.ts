import { describe, expect, test } from 'vitest';
import { MessageDecoder } from '../../../devices/sources/message.ts';
import type { TopicRule } from '../../../devices/sources/rule.ts';
import { decoder, input, received, rule, where } from './collect.ts';

const artifact = input(['vib_x mm/s', 'vib_y mm/s', 'temp °C']);

/** The error of a rule, place and text. */
function errorOf(pattern: string, changes: Partial<TopicRule>, of = artifact): string {
  try {
    decoder(of, [rule(pattern, changes)]);
  } catch (error) {
    return error instanceof Error ? error.message.replace(where, 'inputs') : 'no error';
  }
  return 'taken';
}

describe('a rule that does not fit is refused at the start, with the nearest right thing', () => {
  test.each<readonly [string, Partial<TopicRule>, string]>([
    ['a/{sensor}', { artifact: 'pumb' }, 'inputs[0]: there is no artifact "pumb"\n  Did you mean pump?'],
    ['a/{sensor}', { channels: { vib_z: 'x' } }, 'inputs[0].channels: there is no channel "vib_z"\n  Did you mean vib_x?'],
    ['a/{sensor}', { channels: ['a', 'b'] }, 'inputs[0].channels: lists 2; artifact "pump" takes 3 channels'],
    ['a/{sensor}', { channels: ['a', 'b', 'a'] }, 'inputs[0].channels: two channels come from "a"'],
    ['a/{sensor}', { units: { temp: 'K' } }, 'inputs[0].units.temp: is "K"; artifact "pump" was compiled for "°C"'],
    ['a/{sensor}', { units: { tmp: 'K' } }, 'inputs[0].units: there is no channel "tmp"\n  Did you mean temp?'],
    ['a/{sensor}', { scale: 2 }, 'inputs[0].scale: means nothing to the format json-object\n  Leave it out.'],
    ['a/{sensor}', { format: 'f32', time: 't' }, 'inputs[0].time: a payload of the format f32 cannot say it\n  Say which header'],
    ['a/{sensor}', { format: 'influx', time: 't' }, 'inputs[0].time: a payload of the format influx cannot say it there'],
    ['a/{sensor}', { format: 'int16', header: 'ns' }, 'inputs[0].rateHz: is not said, and artifact "pump" has no rate'],
    ['a/{sensor}', { format: 'int16', scale: [1, 2] }, 'inputs[0].scale: has 2 numbers for 3 channels'],
    ['a/{sensor}', { format: 'int16', columns: 2 }, 'inputs[0].columns: is 2, and place 2 is read'],
    [
      'a/{sensor}',
      { format: 'csv-line', channels: { temp: '1' } },
      'inputs[0].channels: does not say where "vib_x", "vib_y" stand',
    ],
    ['a/{sensor}', { format: 'csv-line', channels: ['0', '1', 'temp'] }, 'inputs[0]: "temp" is no place of a value'],
    ['a/{sensor}', { format: 'csv-line', channels: ['0', '1', '2'], time: '1' }, 'inputs[0]: two things stand at the same place'],
    [
      'a/{sensor}',
      { format: 'csv-line', unitFields: { temp: 'u' } },
      'inputs[0].unitFields: a payload of the format csv-line cannot say it',
    ],
    ['a/{sensor}', { sensor: 'x', sensorField: 'id' }, 'inputs[0].sensorField: names the sensor, and so does "sensor"'],
    ['a/{sensor}', { arrival: true, time: 't' }, 'inputs[0].arrival: is for messages without a time'],
    [
      'a/{sensor}',
      { sensor: '{sensr}' },
      'inputs[0].sensor: "{sensr}" names {sensr}, which pattern "a/{sensor}" does not have\n  Did you mean {sensor}?',
    ],
    ['a/+', {}, 'inputs[0].sensor: nothing says what the sensors of pattern "a/+" are called\n  Name a level {sensor}'],
    ['a/#/b', {}, 'inputs[0].pattern: pattern "a/#/b" has a # that is not the last level'],
    ['a/{sensor}/{channel}', { format: 'f32' }, 'inputs[0].header: is "none", and frames of single channels'],
    [
      'a/{sensor}/{channel}',
      { format: 'int16', header: 'ms', rateHz: 1, scale: [1, 1, 1] },
      'inputs[0].scale: has 3 numbers for one channel per message',
    ],
    ['a/{sensor}', { combine: true, channels: { temp: 't' } }, 'inputs[0]: no rule gives "vib_x", "vib_y" of artifact "pump"'],
  ])('%s %j: %s', (pattern, changes, message) => {
    expect(errorOf(pattern, changes)).toContain(message);
  });

  test('an artifact without names of channels needs a list, or a format without names', () => {
    const nameless = { channels: null, channelCount: 2, rateHz: null, time: null };
    expect(errorOf('a/{sensor}', {}, nameless)).toContain('artifact "pump" has no names of its 2 channels');
    expect(errorOf('a/{sensor}', { channels: { x: 'y' } }, nameless)).toContain('there is no channel "x"');
    const list = decoder(nameless, [rule('a/{sensor}', { channels: ['x', 'y'] }), rule('b/{sensor}', { format: 'json-array' })]);
    expect(received(list, ['a/p', '{"x": 1, "y": 2}'], ['b/q', '[3, 4]']).rows).toEqual([
      ['p', null, 1, 2],
      ['q', null, 3, 4],
    ]);
  });
});

test.each([
  ['°C', 'degC'],
  ['°C', '℃'],
  ['m/s²', 'm/s^2'],
  ['µm', 'μm'],
  ['1/min', 'rpm'],
  ['mm/s', 'mm / s'],
])('%s and %s are the same unit', (wanted, said) => {
  const one = { ...input(['x']), channels: [{ name: 'x', unit: wanted }] };
  expect(decoder(one, [rule('a/{sensor}', { units: { x: said } })]).filters).toEqual(['a/+']);
});

test.each([
  ['mV', 'MV'],
  ['°C', '°F'],
  ['mm/s', 'm/s'],
])('%s and %s are not', (wanted, said) => {
  const one = { ...input(['x']), channels: [{ name: 'x', unit: wanted }] };
  expect(() => decoder(one, [rule('a/{sensor}', { units: { x: said } })])).toThrow('was compiled for');
});

describe('a topic', () => {
  const two = input(['a', 'b']);
  test('may go to several artifacts, its payload parsed once', () => {
    const artifacts = new Map([
      ['pump', two],
      ['fan', input(['b'])],
    ]);
    const messages = new MessageDecoder(
      [rule('t/{sensor}'), rule('t/{site}', { artifact: 'fan', sensor: 'fan-{site}' })],
      artifacts,
      where,
    );
    expect(messages.filters).toEqual(['t/+']);
    const { samples } = received(messages, ['t/p1', '{"a": 1, "b": 2}']);
    expect(samples.map(({ artifact: name, sensor, values }) => [name, sensor, ...values])).toEqual([
      ['pump', 'p1', 1, 2],
      ['fan', 'fan-p1', 2],
    ]);
  });

  test('without wildcards is the name of its sensor', () => {
    expect(received(decoder(two, [rule('plant/pump7')]), ['plant/pump7', '{"a":1,"b":2}']).rows).toEqual([
      ['plant/pump7', null, 1, 2],
    ]);
  });

  test('that no rule has is refused; so is one that names no sensor', () => {
    const { refusals } = received(
      decoder(two, [rule('t/{sensor}')]),
      ['x/p1', '{}'],
      ['t/', '{}'],
      ['t/a\nb', '{}'],
      [`t/${'x'.repeat(300)}`, '{}'],
    );
    expect(refusals).toEqual([
      ['unknown-topic', 'x/p1'],
      ['unknown-topic', 't/ names a sensor ""'],
      ['unknown-topic', String.raw`t/a?b names a sensor with a control character: "a\nb"`],
      ['unknown-topic', `t/${'x'.repeat(118)} names a sensor with 300 letters; at most 256`],
    ]);
  });

  test('is remembered; more topics than that are read all the same', () => {
    const messages = decoder(two, [rule('t/{sensor}')], { maxTopics: 2 });
    const sent = Array.from({ length: 10 }, (_, i) => [`t/p${i % 5}`, `{"a":${i},"b":0}`] as const);
    expect(received(messages, ...sent).rows.map(([sensor, , a]) => [sensor, a])).toEqual(
      Array.from({ length: 10 }, (_, i) => [`p${i % 5}`, i]),
    );
  });
});

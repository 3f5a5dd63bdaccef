import { expect, test } from 'vitest';
import { InputError } from '../../../compiler/error.ts';
import { checkId, deviceId, deviceTopic, nodeTopic, parseTopic, stateTopic } from '../../../devices/sparkplug/topic.ts';

const id = { group: 'Plant 1', node: 'gateway-7' };

test('topics: namespace, group, type, node, and the device where it is one of a device (tck-id-topic-structure, tck-id-topic-structure-namespace-a, tck-id-topic-structure-namespace-device-id-associated-message-types, tck-id-topic-structure-namespace-device-id-non-associated-message-types)', () => {
  expect(nodeTopic(id, 'NBIRTH')).toBe('spBv1.0/Plant 1/NBIRTH/gateway-7');
  expect(deviceTopic(id, 'DDATA', 'pump-3')).toBe('spBv1.0/Plant 1/DDATA/gateway-7/pump-3');
  expect(stateTopic('scada')).toBe('spBv1.0/STATE/scada');
  for (const type of ['NBIRTH', 'NDEATH', 'NDATA', 'NCMD'] as const) {
    expect(parseTopic(nodeTopic(id, type))).toEqual({ ...id, type, device: null });
    expect(parseTopic(`${nodeTopic(id, type)}/pump-3`)).toBeNull();
  }
  for (const type of ['DBIRTH', 'DDEATH', 'DDATA', 'DCMD'] as const) {
    expect(parseTopic(deviceTopic(id, type, 'pump-3'))).toEqual({ ...id, type, device: 'pump-3' });
    expect(parseTopic(`spBv1.0/Plant 1/${type}/gateway-7`)).toBeNull();
  }
});

test.each([
  '',
  'spBv1.0',
  'spAv1.0/g/NBIRTH/n',
  'spBv1.0/STATE/host',
  'spBv1.0/g/NOTHING/n',
  'spBv1.0//NBIRTH/n',
  'spBv1.0/g/DDATA/n/d/e',
])('the topic "%s" is none of an edge node', (topic) => {
  expect(parseTopic(topic)).toBeNull();
});

test.each(['a/b', 'a+', '#', '', 'a\u0000', 'a\u007f', '\ud800'])(
  'the id %j is refused (tck-id-topic-structure-namespace-valid-group-id, tck-id-topic-structure-namespace-valid-edge-node-id, tck-id-intro-group-id-chars, tck-id-intro-edge-node-id-chars)',
  (name) => {
    expect(() => checkId(name, 'sandglass.json, stream.sinks.sparkplug.group')).toThrow(InputError);
  },
);

test('an id may be any other text (tck-id-intro-group-id-string, tck-id-intro-edge-node-id-string)', () => {
  expect(checkId('Prüfstand 3 · €', 'group')).toBe('Prüfstand 3 · €');
  expect(() => checkId('a/b', 'sandglass.json, stream.sinks.sparkplug.group')).toThrowErrorMatchingInlineSnapshot(`
    [InputError: sandglass.json, stream.sinks.sparkplug.group: "a/b" cannot be part of a Sparkplug topic
      Use at least one character, and none of + / # and control characters.]
  `);
});

test('a device has the name of its sensor where that can be in a topic, else one that stays the same and is no other sensor’s (tck-id-topic-structure-namespace-valid-device-id, tck-id-topic-structure-namespace-unique-device-id, tck-id-intro-device-id-string, tck-id-intro-device-id-chars)', () => {
  expect(deviceId('pump 3')).toBe('pump 3');
  expect(deviceId('hall/pump/3')).toMatch(/^hall-pump-3-[0-9a-f]{6}$/);
  expect(deviceId('hall/pump/3')).toBe(deviceId('hall/pump/3'));
  expect(deviceId('hall/pump/3')).not.toBe(deviceId('hall/pump+3'));
  expect(deviceId('hall-pump-3')).toBe('hall-pump-3');
  const odd = ['', '#', '\ud800x', `${'é'.repeat(500)}`, 'a\nb', `${'x'.repeat(199)}\ud83d\ude00`];
  for (const name of odd) {
    expect(parseTopic(deviceTopic(id, 'DDATA', deviceId(name)))).toMatchObject({ device: deviceId(name) });
    expect(Buffer.byteLength(deviceId(name))).toBeLessThan(1000);
  }
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { topicDefaults, topicLevel, topicsOf } from '../../../devices/sinks/topics.ts';

test('names become levels of topics that brokers take', () => {
  expect(['pump-17', 'Förderband 3', 'line/3', '50 %', 'a+b#', '', '\0', '\u{ffff}', '\ud800', '%2F'].map(topicLevel)).toEqual([
    'pump-17',
    'Förderband 3',
    'line%2F3',
    '50 %25',
    'a%2Bb%23',
    '%',
    '%00',
    '%FFFF',
    '%D800',
    '%252F',
  ]);
  const long = topicLevel('ä'.repeat(300));
  expect(Buffer.byteLength(long)).toBeLessThanOrEqual(202);
  expect(long).toMatch(/^ä{90}.*%~[0-9a-f]{16}$/);
  expect(topicLevel(`${'ä'.repeat(300)}x`)).not.toBe(long);
});

test('different names have different levels, of at most 202 bytes and without what MQTT reserves', () => {
  const name = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.string({ unit: fc.constantFrom('/', '%', '+', '\0', 'a', '~', '2', 'F') }),
  );
  fc.assert(
    fc.property(name, name, (a, b) => {
      const level = topicLevel(a);
      expect(level).not.toMatch(/[/+#]|\p{Cc}/u);
      expect(level).not.toBe('');
      expect(Buffer.byteLength(level)).toBeLessThanOrEqual(202);
      expect(level === topicLevel(b)).toBe(a === b);
    }),
    { numRuns: 50 },
  );
});

test('topics are made of a prefix and a template', () => {
  const topics = topicsOf(topicDefaults, 'gateway/7', 'sinks.json');
  expect([topics.status, topics.of('pump 1', 'score'), topics.of('a/b', 'alarm')]).toEqual([
    'sandglass/gateway%2F7/status',
    'sandglass/gateway%2F7/pump 1/score',
    'sandglass/gateway%2F7/a%2Fb/alarm',
  ]);
  expect(topicsOf({ prefix: 'works/a', template: 'x/{kind}/{device}' }, 'n', 'w').of('d', 'alarm')).toBe('x/alarm/d');
});

test('a template that cannot work is refused with what to write', () => {
  const refused = ['{prefix}/{devise}/{kind}', '{prefix}/{device}', '{device}/{kind}/#', 'x/{kind}'].map((template) => {
    try {
      return topicsOf({ prefix: 'sandglass', template }, 'n', 'sinks.json').status;
    } catch (error) {
      return String(error).split('\n')[0];
    }
  });
  expect(refused).toEqual([
    'InputError: sinks.json.template: {devise} is not known; did you mean {device}?',
    'InputError: sinks.json.template: {kind} is missing in "{prefix}/{device}"',
    'InputError: sinks.json.template: "#" stands for other topics and cannot be part of one',
    'InputError: sinks.json.template: {device} is missing in "x/{kind}"',
  ]);
  expect(() => topicsOf({ prefix: 'plant/+', template: '{device}/{kind}' }, 'n', 'sinks.json')).toThrow('sinks.json.prefix');
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { covers, leastFilters, TopicTree } from '../../../devices/sources/topic-tree.ts';
import { fill, readPattern, readTemplate } from '../../../devices/sources/topic.ts';

describe('a pattern', () => {
  test('is subscribed to with + for each named level', () => {
    const { filter, names } = readPattern('site/+/pump/{sensor}/vibration', 'rule');
    expect(filter).toBe('site/+/pump/+/vibration');
    expect([...names]).toEqual([['sensor', 3]]);
  });

  test('gives its levels to a template', () => {
    const pattern = readPattern('{site}/pumps/{sensor}/#', 'rule');
    const template = readTemplate('{site}:{sensor}!', pattern, 'rule');
    expect(fill(template, 'north/pumps/p7/x/y'.split('/'))).toBe('north:p7!');
    expect(fill(readTemplate('all', pattern, 'rule'), 'a/b/c'.split('/'))).toBe('all');
  });

  test.each([
    ['', 'is empty', 'plant/{sensor}/vibration'],
    ['a/#/b', 'has a # that is not the last level', 'Write "a/+/b".'],
    ['a/b#', 'has a # within the level "b#"', 'Write "a/#".'],
    ['a/pump+/c', 'has a + within the level "pump+"', 'Write "a/+/c".'],
    ['a/*/c', 'has the level "*", which means nothing in MQTT', 'Write "a/+/c".'],
    ['a/**', 'has the level "**"', 'Write "a/#".'],
    ['a/pump-{n}/c', 'has the level "pump-{n}", and a named level is {name} alone', 'Write "a/{n}/c".'],
    ['a/{sensor/c', 'has the level "{sensor"', 'Write "a/{sensor}/c".'],
    ['a/{}/c', 'has the level "{}"', 'Write "a/{sensor}/c".'],
    ['{a}/{a}', 'has two levels {a}', 'another name'],
    ['$share/g/a/{sensor}', 'is a shared subscription', 'write "a/{sensor}".'],
  ])('"%s" is refused: %s', (text, what, hint) => {
    expect(() => readPattern(text, 'rule 1')).toThrow(expect.objectContaining({ where: 'rule 1' }));
    expect(() => readPattern(text, 'rule 1')).toThrow(what);
    expect(() => readPattern(text, 'rule 1')).toThrow(hint);
  });

  test.each([
    ['{senser}', 'Did you mean {sensor}?'],
    ['{machine}', 'Its named levels are {site}, {sensor}.'],
    ['{sensor', 'Write names as {sensor}.'],
  ])('a template %s that it does not fill is refused: %s', (text, hint) => {
    expect(() => readTemplate(text, readPattern('{site}/{sensor}', 'rule'), 'rule')).toThrow(hint);
  });
});

/** The rules of MQTT 5, 4.7, as a regular expression. */
const fitsPlainly = (filter: readonly string[], topic: readonly string[]): boolean =>
  !(topic[0]!.startsWith('$') && (filter[0] === '+' || filter[0] === '#')) &&
  new RegExp(
    `^${filter
      .map((each, i) => {
        if (each === '#') return i === 0 ? '.*' : '(/.*)?';
        return `${i === 0 ? '' : '/'}${each === '+' ? '[^/]*' : each.replaceAll('$', String.raw`\$`)}`;
      })
      .join('')}$`,
  ).test(topic.join('/'));

const level = fc.constantFrom('a', 'b', 'c', '', '$SYS');
const topicLevels = fc.array(level, { minLength: 1, maxLength: 4 });
const filterLevels = fc
  .tuple(fc.array(fc.constantFrom('a', 'b', '', '+', '$SYS'), { minLength: 1, maxLength: 4 }), fc.boolean())
  .map(([levels, rest]) => (rest ? [...levels.slice(0, 3), '#'] : levels));

test('of many filters the tree finds those that fit a topic', () => {
  fc.assert(
    fc.property(fc.array(filterLevels, { maxLength: 12 }), topicLevels, (filters, topic) => {
      const tree = new TopicTree<string>();
      for (const filter of filters) tree.add(filter, filter.join('/'));
      const expected = filters.filter((filter) => fitsPlainly(filter, topic)).map((filter) => filter.join('/'));
      expect(tree.find(topic).toSorted()).toEqual(expected.toSorted());
    }),
    { numRuns: 500 },
  );
});

const paths = (levels: readonly string[]): string[][] => [
  ...levels.map((a) => [a]),
  ...levels.flatMap((a) => levels.map((b) => [a, b])),
];

test('a filter covers another one exactly where it fits all topics that the other one fits', () => {
  const texts = ['a', 'b', '+', '$x'];
  // +/# is another way to write #, and either may stay.
  const filters = [...paths(texts), ['#'], ...paths(texts).map((levels) => [...levels, '#'])].filter(
    (each) => each.join('/') !== '+/#',
  );
  // z: a level that no filter names.
  const short = paths(['a', 'b', 'z', '$x']);
  const topics = [...short, ...short.map((levels) => [...levels, 'z']), ...short.map((levels) => [...levels, 'z', 'a'])];
  const fitting = filters.map((filter) => new Set(topics.filter((topic) => fitsPlainly(filter, topic))));
  filters.forEach((wide, i) => {
    filters.forEach((narrow, j) => {
      const expected = [...fitting[j]!].every((topic) => fitting[i]!.has(topic));
      expect([wide, narrow, covers(wide.join('/'), narrow.join('/'))]).toEqual([wide, narrow, expected]);
    });
  });
});

test('a broker is told of no filter that another one covers', () => {
  expect(leastFilters(['a/+/c', 'a/#', 'b/+', 'b/+', 'b/x', '$SYS/x', '#'])).toEqual(['$SYS/x', '#']);
  expect(leastFilters(['a/+/c', 'a/b/+', 'a'])).toEqual(['a/+/c', 'a/b/+', 'a']);
});

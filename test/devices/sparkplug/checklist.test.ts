import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { reasons, statements } from './checklist.ts';
import { titlesOfTests } from './titles.ts';

const inTitles = [...titlesOfTests().values()].flat();

test('each statement that is said to be tested is in the title of a test', () => {
  const tested = Object.keys(statements).filter((id) => statements[id] === 'tested');
  expect(tested.filter((id) => !inTitles.includes(id))).toEqual([]);
});

test('each id in a title is a statement that is said to be tested', () => {
  expect(inTitles.filter((id) => statements[id] !== 'tested')).toEqual([]);
});

test('no id is in the tests of this folder but in a title', () => {
  const texts = globSync('*.test.ts', { cwd: import.meta.dirname }).map((file) =>
    readFileSync(`${import.meta.dirname}/${file}`, 'utf8'),
  );
  expect(texts.flatMap((text) => [...text.matchAll(/tck-id-[a-z]/g)])).toHaveLength(inTitles.length);
});

test('each reason is one of some statement; the specification has 299', () => {
  expect(new Set(Object.values(statements))).toEqual(new Set(['tested', ...Object.keys(reasons)]));
  expect(Object.keys(statements)).toHaveLength(299);
});

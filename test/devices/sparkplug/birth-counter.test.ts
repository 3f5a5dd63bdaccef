import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { quiet, type LogFields } from '../../../devices/log.ts';
import { BirthCounter } from '../../../devices/sparkplug/birth-counter.ts';

const id = { group: 'Plant', node: 'gateway-7' };
const newFile = (): string => join(mkdtempSync(join(tmpdir(), 'sandglass-bdseq-')), 'sparkplug.json');

test('bdSeq begins at 0, grows by 1, and goes on behind a restart (tck-id-topics-nbirth-bdseq-increment)', () => {
  const file = newFile();
  const counter = new BirthCounter(file, id, quiet);
  expect([counter.take(), counter.take()]).toEqual([0, 1]);
  expect(new BirthCounter(file, id, quiet).take()).toBe(2);
  expect(readFileSync(file, 'utf8')).toBe('{"group":"Plant","node":"gateway-7","bdSeq":2}\n');
});

test('behind 255 comes 0 (tck-id-message-flow-edge-node-birth-publish-will-message-payload-bdSeq)', () => {
  const file = newFile();
  const counter = new BirthCounter(file, id, quiet);
  const taken = Array.from({ length: 258 }, () => counter.take());
  expect(taken.slice(254)).toEqual([254, 255, 0, 1]);
});

test('another edge node begins at 0', () => {
  const file = newFile();
  new BirthCounter(file, id, quiet).take();
  expect(new BirthCounter(file, { ...id, node: 'gateway-8' }, quiet).take()).toBe(0);
});

test.each([
  '',
  '{',
  'null',
  '{"group":"Plant","node":"gateway-7","bdSeq":256}',
  '{"group":"Plant","node":"gateway-7","bdSeq":"3"}',
])('a file that holds %j is begun again', (text) => {
  const file = newFile();
  new BirthCounter(file, id, quiet).take();
  writeFileSync(file, text);
  expect(new BirthCounter(file, id, quiet).take()).toBe(0);
});

test('where the file cannot be written it counts on in memory, and says so', () => {
  const said: [string, LogFields | undefined][] = [];
  const log = { ...quiet, warn: (what: string, fields?: LogFields) => said.push([what, fields]) };
  const counter = new BirthCounter(join(tmpdir(), 'no such folder', 'sparkplug.json'), id, log);
  expect([counter.take(), counter.take()]).toEqual([0, 1]);
  expect(said.map(([what]) => what)).toEqual(['bdSeq is not kept across restarts', 'bdSeq is not kept across restarts']);
});

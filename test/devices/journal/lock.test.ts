import { spawn } from 'node:child_process';
import { readlinkSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lockFolder } from '../../../devices/journal/lock.ts';
import { emptyFolder } from './folder.ts';

const lockModule = join(import.meta.dirname, '../../../devices/journal/lock.ts');

test('a folder is held by one process: the other is told which', async () => {
  const folder = emptyFolder();
  const script = `import(${JSON.stringify(lockModule)}).then(({ lockFolder }) => {
    lockFolder(${JSON.stringify(folder)});
    console.log('held');
    setInterval(() => {}, 1000);
  })`;
  const holder = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  expect(() => lockFolder(folder)).toThrow(`${folder}: is in use by the process ${holder.pid}`);
  const ended = new Promise((resolve) => holder.once('exit', resolve));
  holder.kill('SIGKILL');
  await ended;
  // Its lock is still there, but it is dead.
  expect(readlinkSync(join(folder, 'lock'))).toMatch(`${holder.pid}:`);
  const unlock = lockFolder(folder);
  expect(readlinkSync(join(folder, 'lock'))).toMatch(`${process.pid}:`);
  unlock();
  expect(readdirSync(folder)).toEqual([]);
});

test('one process does not hold a folder twice, by whatever path', () => {
  const folder = emptyFolder();
  const unlock = lockFolder(folder);
  expect(() => lockFolder(join(folder, '.'))).toThrow(`is in use by the process ${process.pid}`);
  unlock();
  lockFolder(folder)();
});

test.each([
  ['a process whose id was given again: it started at another time', `${process.ppid}:1`],
  ['this process, before the machine started anew', `${process.pid}:1`],
  ['nobody that can be understood', 'what?'],
])('a lock of %s is taken over', (_, content) => {
  const folder = emptyFolder();
  symlinkSync(content, join(folder, 'lock'));
  lockFolder(folder)();
  expect(readdirSync(folder)).toEqual([]);
});

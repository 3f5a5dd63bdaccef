import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { firstMissing } from './expected.ts';
import { startProgram } from './program.ts';

test('what is here is not missing', () => {
  expect(firstMissing([process.execPath], 'no need', { CI: '1' })).toBe(null);
});

test('what is not here is a reason to skip on a desk, and a failure in CI', () => {
  const files = [process.execPath, '/no/such/browser'];
  expect(firstMissing(files, 'install it', {})).toBe('/no/such/browser');
  expect(() => firstMissing(files, 'install it', { CI: 'true' })).toThrow(
    '/no/such/browser is not here, and in CI it must be: install it',
  );
});

test('a program that ends before it is ready fails at once, with what it said', async () => {
  const program = startProgram('node', ['--eval', "console.error('no display'); process.exit(3)"]);
  await expect(program.until((said) => /ready/.exec(said))).rejects.toThrow(
    /^node ended with exit status 3; it said:\nno display/,
  );
  await program.end();
});

test('a program that is never ready fails after its time, and what it started ends with it', async () => {
  const child = "require('node:child_process').spawn('sleep', ['60'], { stdio: 'inherit' })";
  const program = startProgram('node', ['--eval', `console.error('child', ${child}.pid); setInterval(() => {}, 1000)`]);
  const pid = await program.until((said) => /child (\d+)/.exec(said)?.[1] ?? null);
  await expect(program.until((said) => /ready/.exec(said), 100)).rejects.toThrow('was not ready after 100 ms');
  await program.end();
  await expect.poll(() => isAlive(Number(pid))).toBe(false);
});

/** Not there, or dead and only not yet collected. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

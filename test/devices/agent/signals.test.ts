import { spawn } from 'node:child_process';
import { describe, expect, test } from 'vitest';

interface Step {
  /** Sent when standard output holds this. */
  readonly after: string;
  readonly signal: NodeJS.Signals;
}

/** Runs the child, sends it signals, and gives what it wrote and how it ended. */
function run(how: string, steps: readonly Step[]): Promise<{ code: number | null; out: string; log: string }> {
  const child = spawn(process.execPath, ['test/devices/agent/signals-child.ts', how]);
  const left = [...steps];
  let [out, log] = ['', ''];
  const send = (): void => {
    while (left.length > 0 && out.includes(left[0]!.after)) child.kill(left.shift()!.signal);
  };
  child.stdout.on('data', (chunk) => {
    out += String(chunk);
    send();
  });
  child.stderr.on('data', (chunk) => (log += String(chunk)));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, log })));
}

describe.concurrent('signals', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('one %s stops in order, with code 0', async (signal) => {
    const { code, out } = await run('', [{ after: 'up', signal }]);
    expect(out).toBe(`up\nstopping ${signal}\nstopped\n`);
    expect(code).toBe(0);
  });

  test.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('a second %s ends at once what hangs, with code %i', async (signal, expected) => {
    const { code, log } = await run('hangs', [
      { after: 'up', signal: 'SIGTERM' },
      { after: 'stopping', signal },
    ]);
    expect(code).toBe(expected);
    expect(log).toContain(`stopped at once {"signal":"${signal}"}`);
  });

  test('a stop that fails, an error that nobody caught and a rejection are in the log, with code 70', async () => {
    const [fails, throws, rejects] = await Promise.all([
      run('fails', [{ after: 'up', signal: 'SIGTERM' }]),
      run('throws', []),
      run('rejects', []),
    ]);
    expect([fails.code, throws.code, rejects.code]).toEqual([70, 70, 70]);
    expect(fails.log).toContain('a fault of sandglass {"problem":"Error: the disk is on fire');
    expect(throws.log).toContain('TypeError: nothing is there');
    expect(rejects.log).toContain('Error: nobody listens');
  });

  test('SIGHUP reloads; what fails changes nothing; what comes meanwhile is one more reload', async () => {
    const { code, out, log } = await run('', [
      { after: 'up', signal: 'SIGHUP' },
      { after: 'reload 1', signal: 'SIGHUP' },
      { after: 'reload 1', signal: 'SIGHUP' },
      { after: 'reloaded 2', signal: 'SIGTERM' },
    ]);
    expect(out).toBe('up\nreload 1\nreload 2\nreloaded 2\nstopping SIGTERM\nstopped\n');
    expect(log).toContain('the config is not taken over: all goes on as before {"problem":"sandglass.json, line 3: no"}');
    expect(code).toBe(0);
  });
});

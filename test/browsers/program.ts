import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** A program that runs beside the test, in a process group of its own, so that all that it starts ends with it. */
export interface Program {
  /** Its stderr so far. */
  said(): string;
  /** Resolves with what `find` makes of stderr as soon as that is not null. Rejects, with stderr, if the program ends or says nothing. */
  until<T>(find: (stderr: string) => T | null, timeoutMs?: number): Promise<T>;
  end(): Promise<void>;
}

const running = new Set<number>();
// A test run that is broken off leaves no browser behind.
process.once('exit', () => running.forEach(killGroup));

export function startProgram(command: string, words: readonly string[], environment: Record<string, string> = {}): Program {
  // stderr and whatever else a program may be told to write to are read as one text: the third stream is Xvfb's -displayfd.
  const child = spawn(command, words, {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  let said = '';
  let ended: string | null = null;
  for (const stream of [child.stderr, child.stdio[3]]) stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const exited = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      ended = String(error);
      resolve();
    });
    child.once('exit', (code, signal) => {
      ended = `ended with ${signal ?? `exit status ${code}`}`;
      resolve();
    });
  });
  if (child.pid !== undefined) running.add(child.pid);

  return {
    said: () => said,
    async until(find, timeoutMs = 30_000) {
      for (const started = performance.now(); ; await sleep(20)) {
        const found = find(said);
        if (found !== null) return found;
        const waited = performance.now() - started;
        if (ended === null && waited < timeoutMs) continue;
        throw new Error(`${command} ${ended ?? `was not ready after ${timeoutMs} ms`}; it said:\n${said.slice(-4000)}`);
      }
    },
    async end() {
      if (child.pid === undefined) return;
      killGroup(child.pid);
      await exited;
      running.delete(child.pid);
    },
  };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group has ended already.
  }
}

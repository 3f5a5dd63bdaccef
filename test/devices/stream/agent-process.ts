import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

/** `sandglass stream` in a process of its own, which can be killed and started again. */
export class AgentProcess {
  readonly #words: readonly string[];
  readonly #env: Readonly<Record<string, string>>;
  #child: ChildProcess | null = null;
  /** What it wrote on standard error. */
  said = '';

  constructor(words: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#words = words;
    this.#env = env;
  }

  /** Settles when it says a sentence of its log; rejects if it ends before. */
  start(sentence = 'connected to the broker'): Promise<void> {
    const child = spawn(process.execPath, ['compiler/cli/main.ts', 'stream', ...this.#words], {
      stdio: ['pipe', 'ignore', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', ...this.#env },
    });
    this.#child = child;
    const from = this.said.length;
    return new Promise((resolve, reject) => {
      child.stderr.on('data', (chunk) => {
        this.said += String(chunk);
        if (this.said.includes(sentence, from)) resolve();
      });
      child.once('exit', (code, signal) => reject(new Error(`the agent ended with ${code ?? signal}: ${this.said.slice(from)}`)));
    });
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  get stdin(): NodeJS.WritableStream {
    return this.#child!.stdin!;
  }

  signal(name: 'SIGHUP'): void {
    this.#child?.kill(name);
  }

  /** Settles with the exit code, or the signal that ended it. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | string> {
    const child = this.#child;
    this.#child = null;
    if (child === null) return Promise.resolve('not running');
    if (child.exitCode !== null) return Promise.resolve(child.exitCode);
    const ended = new Promise<number | string>((resolve) => child.once('exit', (code, name) => resolve(code ?? name ?? 'gone')));
    child.kill(signal);
    return ended;
  }

  /** Settles with its exit code when it ends by itself. */
  ended(): Promise<number | string> {
    const child = this.#child!;
    if (child.exitCode !== null) return Promise.resolve(child.exitCode);
    return new Promise((resolve) => child.once('exit', (code, name) => resolve(code ?? name ?? 'gone')));
  }
}

/** Runs the verb to its end, and gives what it says and its exit code. */
export function runToEnd(words: readonly string[], folder: string): { readonly status: number | null; readonly said: string } {
  const { status, stderr } = spawnSync(process.execPath, [join(process.cwd(), 'compiler/cli/main.ts'), 'stream', ...words], {
    encoding: 'utf8',
    cwd: folder,
    timeout: 20_000,
    env: { ...process.env, NO_COLOR: '1' },
  });
  return { status, said: stderr };
}

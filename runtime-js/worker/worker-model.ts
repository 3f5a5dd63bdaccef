import { valuesRead } from '../artifact/manifest.ts';
import type { AsyncModel, AsyncModelInfo, BackendChoice } from '../async-model.ts';
import type { Contribution } from '../contributions.ts';
import type { Pushed, Verification } from '../model.ts';
import type { Line } from './line.ts';
import type { Call, CallName, Calls, HostInfo } from './protocol.ts';

interface TransferOption {
  readonly transfer?: boolean;
}

/** A model that lives behind a line. */
export class WorkerModel implements AsyncModel {
  readonly settled: Promise<BackendChoice>;
  readonly #line: Line;
  readonly #where: string;
  #info: AsyncModelInfo;
  #alarm = false;

  constructor(line: Line, where: string, info: HostInfo) {
    this.#line = line;
    this.#where = where;
    this.#info = { ...info, worker: true };
    this.settled = new Promise((resolve, reject) => {
      line.onInfo = (news, settled) => {
        this.#info = { ...news, worker: true };
        if (settled) resolve(this.#info);
      };
      line.onClose = reject;
    });
    // Who does not wait for it has no use for its rejection.
    this.settled.catch(() => {});
  }

  get info(): AsyncModelInfo {
    return this.#info;
  }

  get size(): number {
    return this.#info.manifest.input.size;
  }

  get values(): number {
    return valuesRead(this.#info.manifest);
  }

  get latentSize(): number | null {
    return this.#info.manifest.latent;
  }

  get threshold(): number {
    return this.#info.manifest.score.threshold;
  }

  get alarm(): boolean {
    return this.#alarm;
  }

  run(window: ArrayLike<number>): Promise<number> {
    return this.#call('run', [new Float32Array(window)]);
  }

  runBatch(windows: Float32Array, { transfer = false }: TransferOption = {}): Promise<Float32Array> {
    return this.#call('runBatch', [transfer ? windows : windows.slice()]);
  }

  push(sample: ArrayLike<number>): Promise<number | 'waiting' | 'invalid'> {
    return this.#call('push', [new Float32Array(sample)]);
  }

  pushBatch(samples: Float32Array, { transfer = false }: TransferOption = {}): Promise<Pushed[]> {
    return this.#call('pushBatch', [transfer ? samples : samples.slice()]);
  }

  reset(): Promise<void> {
    return this.#call('reset', []);
  }

  encode(window: ArrayLike<number>): Promise<Float32Array> {
    return this.#call('encode', [new Float32Array(window)]);
  }

  decode(code: ArrayLike<number>): Promise<Float32Array> {
    return this.#call('decode', [new Float32Array(code)]);
  }

  generate(seed: number): Promise<Float32Array> {
    return this.#call('generate', [seed]);
  }

  reconstruction(): Promise<Float32Array> {
    return this.#call('reconstruction', []);
  }

  errors(): Promise<Float32Array> {
    return this.#call('errors', []);
  }

  contributions(): Promise<Contribution[]> {
    return this.#call('contributions', []);
  }

  verify(): Promise<Verification> {
    return this.#call('verify', []);
  }

  async dispose(): Promise<void> {
    this.#line.close(new Error(`${this.#where}: the model was disposed of`));
  }

  /** The two casts: a call's name ties its arguments and its result together, which the types of messages cannot say. */
  async #call<Name extends CallName>(name: Name, args: Calls[Name]['args']): Promise<Calls[Name]['result']> {
    const answer = await this.#line.ask({ kind: 'call', name, args } as unknown as Call);
    if (answer.kind !== 'result') throw new Error(`internal: the worker answers "${answer.kind}" to "${name}"`);
    this.#alarm = answer.alarm;
    return answer.result as Calls[Name]['result'];
  }
}

import { errorOf } from './failure.ts';
import { buffersOf, type Answer, type HostInfo, type Request } from './protocol.ts';

interface Question {
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/** Questions to a worker and its answers, which come in the same order. */
export class Line {
  readonly #worker: Worker;
  readonly #unanswered: Question[] = [];
  #closed: unknown = null;
  /** Called when the host tells of its back end; `settled`: for good, as far as `auto` is concerned. */
  onInfo: (info: HostInfo, settled: boolean) => void = () => {};
  onClose: (reason: unknown) => void = () => {};

  /** `brokenOff` makes the error of a worker that fails as a whole, of what the browser says (": ..." or nothing). */
  constructor(worker: Worker, brokenOff: (said: string, hasAnswered: boolean) => Error) {
    this.#worker = worker;
    let hasAnswered = false;
    worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
      hasAnswered = true;
      if (data.kind === 'info') this.onInfo(data.info, data.settled);
      else if (data.kind === 'failed') this.#unanswered.shift()?.reject(errorOf(data.failure));
      else this.#unanswered.shift()?.resolve(data);
    });
    // Not an ErrorEvent where the script was not even fetched: then there is no message.
    worker.addEventListener('error', ({ message }) => this.close(brokenOff(message ? `: ${message}` : '', hasAnswered)));
  }

  /** Arrays in the request move to the worker. */
  ask(request: Request): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#closed !== null) throw this.#closed;
      // First, as it throws where an array has moved already: to that there will be no answer.
      this.#worker.postMessage(request, { transfer: buffersOf(request) });
      this.#unanswered.push({ resolve, reject });
    });
  }

  /** Ends the worker. What is unanswered, and what is asked later, rejects with the reason. */
  close(reason: unknown): void {
    if (this.#closed !== null) return;
    this.#closed = reason;
    this.#worker.terminate();
    for (const { reject } of this.#unanswered.splice(0)) reject(reason);
    this.onClose(reason);
  }
}

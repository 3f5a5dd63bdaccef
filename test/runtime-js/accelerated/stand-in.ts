import { Unavailable, type Accelerator, type AcceleratorSource, type BatchResult } from '../../../runtime-js/backend.ts';
import { loadBytesSync } from '../../../runtime-js/model.ts';

/** How an accelerator of the tests behaves: it scores with wasm, and breaks when it is told to. The real ones are tested in browsers. */
export interface Behaviour {
  readonly name?: Accelerator['name'];
  readonly exact?: boolean;
  /** Milliseconds that each run takes; 0: less than any real one, for it answers what it has answered before. */
  readonly delay?: number;
  /** What becomes of a score. */
  readonly distort?: (score: number) => number;
  /** Why there is none. */
  readonly missing?: string;
}

export class StandIn implements AcceleratorSource {
  readonly name: Accelerator['name'];
  opened = 0;
  disposed = 0;
  #artifact: Uint8Array;
  readonly #behaviour: Behaviour;
  #lose: (why: string) => void = () => {};
  #isLost = false;

  constructor(artifact: Uint8Array, behaviour: Behaviour = {}) {
    this.name = behaviour.name ?? 'webgpu';
    this.#artifact = artifact;
    this.#behaviour = behaviour;
  }

  identify(): Promise<string> {
    const { missing } = this.#behaviour;
    return missing === undefined ? Promise.resolve('stand-in') : Promise.reject(new Unavailable(missing));
  }

  /** The device is gone: runs in flight and all after them fail. */
  lose(why: string): void {
    this.#isLost = true;
    this.#lose(why);
  }

  open = async (): Promise<Accelerator> => {
    const { missing, exact = true, delay = 0, distort = (score) => score } = this.#behaviour;
    if (missing !== undefined) throw new Unavailable(missing);
    this.opened++;
    this.#isLost = false;
    const model = loadBytesSync(this.#artifact, 'stand-in');
    const known = new Map<number, BatchResult>();
    return {
      name: this.name,
      device: 'a stand-in',
      exact,
      lost: new Promise((resolve) => (this.#lose = resolve)),
      run: async (windows) => {
        if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
        if (this.#isLost) throw new Error('the device is gone');
        const before = delay === 0 && windows.length > 1000 ? known.get(windows.length) : undefined;
        if (before !== undefined) return before;
        const scores = model.runBatch(windows).map(distort);
        model.run(windows.subarray(windows.length - model.size));
        const result = { scores, reconstruction: model.reconstruction, errors: model.errors };
        known.set(windows.length, result);
        return result;
      },
      dispose: () => void this.disposed++,
    };
  };
}

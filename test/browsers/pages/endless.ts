import { load, type AsyncModel, type BackendName } from '../../../runtime-js/index.ts';

/** What a test does with a page whose device it breaks. */
export interface Endless {
  /** Loads the model. */
  start(backend: Exclude<BackendName, 'wasm'>): Promise<string>;
  /** Scores batch after batch of recorded windows until told to stop, and counts scores that are not within `tolerance` of wasm's. */
  go(tolerance: number): void;
  stop(): Promise<{ readonly batches: number; readonly wrong: number }>;
  info(): { readonly backend: string; readonly why: string };
}

const perBatch = 8;

let model: AsyncModel;
const state = { isStopped: false };
let running: Promise<{ batches: number; wrong: number }>;

async function run(tolerance: number): Promise<{ batches: number; wrong: number }> {
  const windows = new Float32Array(await (await fetch('/model.windows')).arrayBuffer());
  const wasm = await load('/model.wasm');
  const step = perBatch * wasm.size;
  let [batches, wrong] = [0, 0];
  while (!state.isStopped) {
    const at = (batches * step) % (windows.length - step);
    const batch = windows.slice(at, at + step);
    const right = wasm.runBatch(batch);
    const found = await model.runBatch(batch);
    wrong += right.filter((score, i) => !(Math.abs(score - found[i]!) <= tolerance)).length + right.length - found.length;
    batches++;
    // On wasm the answers come without a turn of the event loop: nobody could stop this.
    await new Promise((resolve) => setTimeout(resolve));
  }
  return { batches, wrong };
}

const endlessly: Endless = {
  async start(backend) {
    model = await load('/model.wasm', { backend });
    return model.info.backend;
  },
  go(tolerance) {
    running = run(tolerance);
  },
  stop() {
    state.isStopped = true;
    return running;
  },
  info: () => ({ backend: model.info.backend, why: model.info.why }),
};
declare global {
  var endless: Endless;
}
globalThis.endless = endlessly;

import type { AbiInstance } from '../../runtime-js/artifact/abi.ts';
import type { OnProgress } from '../progress.ts';
import { typeOf } from '../ir/graph.ts';
import { sizeOf } from '../ir/tensor.ts';
import type { Plan } from '../plan/plan.ts';

/**
 * Scores of the windows (f32[count x size]) by the module itself: thresholds and golden vectors come from the artifact's own
 * scores. A stateful module is reset where a sequence begins. `look` sees each reconstruction, in the space in which it is compared, until the next window is scored.
 */
export async function scoreAll(
  module: Uint8Array,
  plan: Plan,
  windows: { readonly data: Float32Array; readonly count: number; readonly size: number; readonly sequence?: number },
  onProgress: OnProgress,
  look: (window: number, reconstruction: Float32Array) => void,
): Promise<Float32Array> {
  const { memory, input, run, reset } = await loadModule(module, plan, windows.size);
  const size = sizeOf(typeOf(plan.scored.graph, plan.scored.reconstruction).shape);
  const reconstruction = new Float32Array(memory.buffer, plan.values.get(plan.scored.reconstruction)!, size);
  const scores = new Float32Array(windows.count);
  for (let window = 0; window < windows.count; window++) {
    if (window % (windows.sequence ?? windows.count) === 0) reset();
    input.set(windows.data.subarray(window * windows.size, (window + 1) * windows.size));
    scores[window] = run();
    look(window, reconstruction);
    if (window % 256 === 255) onProgress({ stage: 'score', done: window + 1, total: windows.count });
  }
  onProgress({ stage: 'score', done: windows.count, total: windows.count });
  return scores;
}

/** A module before it is an artifact. `input`: f32[size], the window that `run` scores. */
export interface Runnable extends Pick<AbiInstance, 'memory' | 'run' | 'reset'> {
  readonly input: Float32Array;
}

export async function loadModule(module: Uint8Array, plan: Plan, size: number): Promise<Runnable> {
  const { instance } = await WebAssembly.instantiate(module as Uint8Array<ArrayBuffer>);
  // The one cast: what the emitter exports.
  const { memory, run, reset } = instance.exports as unknown as Pick<AbiInstance, 'memory' | 'run' | 'reset'>;
  return { memory, run, reset, input: new Float32Array(memory.buffer, plan.addresses.input, size) };
}

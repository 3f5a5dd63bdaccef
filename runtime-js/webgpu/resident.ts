import { fewWindows } from './define.ts';
import { wordsOf } from './layout.ts';
import type { Lowering, Step } from './lower.ts';
import type { Placement } from './memory.ts';
import type { Pipelines, StepPipelines } from './pipelines.ts';
import { readMode, usage } from './usage.ts';

/** A model on a device: pipelines and weights, for any number of windows. */
export interface Installed {
  readonly device: GPUDevice;
  readonly lowering: Lowering;
  readonly placement: Placement;
  readonly pipelines: readonly StepPipelines[];
  readonly bindings: Pipelines;
  /** Of each step; null: it has none. */
  readonly constants: readonly (GPUBuffer | null)[];
}

/** What a run gives back of its windows. */
export interface Readback {
  /** Lanes of the score, window by window. */
  readonly lanes: Float32Array;
  /** Of the last window. */
  readonly output: Float32Array;
  readonly errors: Float32Array;
}

/** Workgroups along x: the least that every device allows along an axis is 65,535. */
const acrossGrid = 32_768;

/** Memory and bindings for up to `capacity` windows, made once and used again for each run. */
export class Resident {
  readonly capacity: number;
  readonly #installed: Installed;
  readonly #pieces: readonly GPUBuffer[];
  readonly #params: GPUBuffer;
  readonly #staging: GPUBuffer;
  readonly #groups: readonly GPUBindGroup[];
  #windows = 0;

  constructor(installed: Installed, capacity: number) {
    const { device, lowering, placement } = installed;
    this.capacity = capacity;
    this.#installed = installed;
    const create = (size: number, kind: number): GPUBuffer => device.createBuffer({ size, usage: kind });
    const memory = usage.storage | usage.copyFrom | usage.copyTo;
    this.#pieces = placement.pieces.map((bytes) => create(bytes * capacity, memory));
    this.#params = create(16, usage.uniform | usage.copyTo);
    const { lanes, output, errors } = this.#bytes();
    this.#staging = create(lanes * capacity + output + errors, usage.mapRead | usage.copyTo);
    this.#groups = lowering.steps.map((step, i) => this.#bind(step, installed.constants[i]!));
  }

  /** Scores windows f32[n x values], n <= capacity. Rejects if the device is lost meanwhile. */
  async run(windows: Float32Array): Promise<Readback> {
    const { device, lowering } = this.#installed;
    const count = windows.length / wordsOf(lowering.buffers[lowering.input]!);
    if (count !== this.#windows) device.queue.writeBuffer(this.#params, 0, new Uint32Array([count, 0]));
    this.#windows = count;
    // A view of memory that may be shared is none that WebGPU takes.
    device.queue.writeBuffer(this.#pieceOf(lowering.input), 0, new Float32Array(windows));
    const encoder = device.createCommandEncoder();
    this.#dispatch(encoder, count);
    const { lanes, output, errors } = this.#bytes();
    const copy = (buffer: number, from: number, to: number, bytes: number): void =>
      encoder.copyBufferToBuffer(this.#pieceOf(buffer), from, this.#staging, to, bytes);
    copy(lowering.lanes, 0, 0, lanes * count);
    copy(lowering.output, output * (count - 1), lanes * count, output);
    copy(lowering.errors, errors * (count - 1), lanes * count + output, errors);
    device.queue.submit([encoder.finish()]);
    const values = await this.#read(lanes * count + output + errors);
    const [first, second] = [(lanes * count) / 4, (lanes * count + output) / 4];
    return { lanes: values.subarray(0, first), output: values.subarray(first, second), errors: values.subarray(second) };
  }

  dispose(): void {
    for (const buffer of [...this.#pieces, this.#params, this.#staging]) buffer.destroy();
  }

  #dispatch(encoder: GPUCommandEncoder, count: number): void {
    const { lowering, pipelines } = this.#installed;
    const pass = encoder.beginComputePass();
    lowering.steps.forEach(({ pass: { program, few = program } }, i) => {
      const isFew = count <= fewWindows;
      const groups = (isFew ? few : program).groups(count);
      if (groups === 0) return;
      pass.setPipeline(isFew ? pipelines[i]!.few : pipelines[i]!.many);
      pass.setBindGroup(0, this.#groups[i]!);
      pass.dispatchWorkgroups(Math.min(groups, acrossGrid), Math.ceil(groups / acrossGrid));
    });
    pass.end();
  }

  async #read(bytes: number): Promise<Float32Array> {
    const staging = this.#staging;
    const mapped = staging.mapAsync(readMode, 0, bytes);
    await settled(mapped, this.#installed.device.queue);
    const values = new Float32Array(staging.getMappedRange(0, bytes).slice(0));
    staging.unmap();
    return values;
  }

  /** Bytes of a window that are read back. */
  #bytes(): Record<'lanes' | 'output' | 'errors', number> {
    const { buffers, lanes, output, errors } = this.#installed.lowering;
    const of = (buffer: number): number => 4 * wordsOf(buffers[buffer]!);
    return { lanes: of(lanes), output: of(output), errors: of(errors) };
  }

  #pieceOf(buffer: number): GPUBuffer {
    return this.#pieces[this.#installed.placement.pieceOf[buffer]!]!;
  }

  #bind({ pass, reads, writes }: Step, constants: GPUBuffer | null): GPUBindGroup {
    const { device, bindings, lowering } = this.#installed;
    const part = (buffer: number): GPUBufferBinding => ({
      buffer: this.#pieceOf(buffer),
      size: 4 * wordsOf(lowering.buffers[buffer]!) * this.capacity,
    });
    const resources: GPUBufferBinding[] = [
      { buffer: this.#params },
      ...Object.values(reads).map(part),
      part(writes),
      ...(constants === null ? [] : [{ buffer: constants }]),
    ];
    return device.createBindGroup({
      layout: bindings.layoutOf(pass),
      entries: resources.map((resource, binding) => ({ binding, resource })),
    });
  }
}

/** Firefox looks for what is done every 100 ms only, unless something is submitted (https://bugzilla.mozilla.org/show_bug.cgi?id=1870699). */
async function settled(work: Promise<void>, queue: GPUQueue): Promise<void> {
  const state = { isPending: true };
  const done = work.finally(() => (state.isPending = false));
  while (state.isPending) {
    await Promise.race([done, nextTask()]);
    if (state.isPending) queue.submit([]);
  }
  await done;
}

/** Not setTimeout, which browsers hold back for 4 ms when it is called again and again. */
function nextTask(): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.addEventListener('message', () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(null);
  });
}

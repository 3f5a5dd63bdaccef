import type { Accelerator, AcceleratorSource, BatchResult, OpenAccelerator } from '../backend.ts';
import { Unavailable } from '../backend.ts';
import { checked, identifyDevice, openDevice, type Device, type WebGpuOptions } from './device.ts';
import { chooseDot } from './choose-dot.ts';
import { wordsOf } from './layout.ts';
import { lower, type Lowering } from './lower.ts';
import { place, type Placement } from './memory.ts';
import { Pipelines } from './pipelines.ts';
import { Resident, type Installed, type Readback } from './resident.ts';
import { usage } from './usage.ts';

/** The GPU of this browser, or the one that the options bring. */
export const webGpu = (options: WebGpuOptions = {}): AcceleratorSource => ({
  name: 'webgpu',
  identify: () => identifyDevice(options),
  open: openOn(options),
});

const openOn =
  (options: WebGpuOptions): OpenAccelerator =>
  async (graph, where) => {
    // Before anything is asked of the GPU: most models that cannot run here say so at once.
    const lowering = lower(graph, where);
    const placement = place(lowering);
    const device = await openDevice(options);
    try {
      return await install(lowering, placement, device, options);
    } catch (error) {
      device.dispose();
      throw error;
    }
  };

/** Memory for activations, of all windows that are computed at once. */
const mostMemory = 2 ** 28;
const mostWindowsAtOnce = 4096;

async function install(lowering: Lowering, placement: Placement, opened: Device, options: WebGpuOptions): Promise<Accelerator> {
  const { device, mostBytes } = opened;
  const limit = windowsAtOnce(placement, lowering, mostBytes, options.mostWindows ?? mostWindowsAtOnce);
  const { dot, why } = await chooseDot(opened, options.packed ?? null);
  const bindings = new Pipelines(device, dot);
  const installed = await checked(device, 'compiling its shaders', async (): Promise<Installed> => {
    const constants = lowering.steps.map(({ pass }) => upload(device, pass.constants));
    const pipelines = await bindings.compile(lowering);
    return { device, lowering, placement, pipelines, bindings, constants };
  });
  return new WebGpuAccelerator(installed, opened, `${opened.name}; ${why}`, limit);
}

/** A power of two. Throws an Unavailable if one window is too much, or the weights of a layer are. */
function windowsAtOnce({ pieces }: Placement, { steps }: Lowering, mostBytes: number, most: number): number {
  const weights = Math.max(0, ...steps.map(({ pass }) => pass.constants?.byteLength ?? 0));
  const largest = Math.max(...pieces);
  const needed = Math.max(weights, largest);
  if (needed > mostBytes) {
    throw new Unavailable(
      `the device takes buffers of ${mostBytes} bytes; the model needs one of ${needed} for ${weights > largest ? 'the weights of a layer' : 'one window'}`,
    );
  }
  const all = pieces.reduce((sum, bytes) => sum + bytes, 0);
  const fitting = Math.min(most, mostBytes / largest, Math.max(1, mostMemory / all));
  return 2 ** Math.floor(Math.log2(fitting));
}

function upload(device: GPUDevice, constants: Uint32Array<ArrayBuffer> | null): GPUBuffer | null {
  if (constants === null) return null;
  const buffer = device.createBuffer({ size: Math.max(4, constants.byteLength), usage: usage.storage | usage.copyTo });
  device.queue.writeBuffer(buffer, 0, constants);
  return buffer;
}

class WebGpuAccelerator implements Accelerator {
  readonly name = 'webgpu';
  /** Integers are, and floats are rounded step by step (wgsl/float32.ts). */
  readonly exact = true;
  readonly device: string;
  readonly lost: Promise<string>;
  readonly #installed: Installed;
  readonly #opened: Device;
  readonly #limit: number;
  #resident: Resident | null = null;
  /** Runs follow each other: they share their memory. */
  #last: Promise<unknown> = Promise.resolve();
  /** Why the device is gone, and what rejects the run in flight when it goes. */
  #gone: Unavailable | null = null;
  #abort: (why: Unavailable) => void = () => {};

  constructor(installed: Installed, opened: Device, device: string, limit: number) {
    this.#installed = installed;
    this.#opened = opened;
    this.device = device;
    this.lost = opened.lost;
    this.#limit = limit;
    void opened.lost.then((reason) => {
      this.#gone = new Unavailable(`the WebGPU device is gone: ${reason}`);
      this.#abort(this.#gone);
    });
  }

  run(windows: Float32Array): Promise<BatchResult> {
    const result = this.#last.then(() => this.#run(windows));
    this.#last = result.catch(() => {});
    return result;
  }

  dispose(): void {
    this.#opened.dispose();
  }

  async #run(windows: Float32Array): Promise<BatchResult> {
    const { lowering } = this.#installed;
    const [size, lanesPerWindow] = [lowering.input, lowering.lanes].map((buffer) => wordsOf(lowering.buffers[buffer]!));
    const count = windows.length / size!;
    const scores = new Float32Array(count);
    let back: Readback | null = null;
    for (let first = 0; first < count; first += this.#limit) {
      const chunk = windows.subarray(first * size!, Math.min(count, first + this.#limit) * size!);
      const resident = await this.#residentFor(chunk.length / size!);
      back = await this.#guarded(() => resident.run(chunk));
      for (let i = 0; i < chunk.length / size!; i++) {
        scores[first + i] = lowering.finish(back.lanes.subarray(i * lanesPerWindow!, (i + 1) * lanesPerWindow!));
      }
    }
    if (back === null) throw new Error('internal: no window to score');
    return { scores, reconstruction: back.output, errors: back.errors };
  }

  /** Memory for that many windows: what there is, or twice as much until it is enough. */
  async #residentFor(count: number): Promise<Resident> {
    if (this.#resident !== null && this.#resident.capacity >= count) return this.#resident;
    this.#resident?.dispose();
    this.#resident = null;
    const capacity = 2 ** Math.ceil(Math.log2(count));
    const create = (): Resident => new Resident(this.#installed, capacity);
    this.#resident = await this.#guarded(() => checked(this.#installed.device, `taking memory for ${capacity} windows`, create));
    return this.#resident;
  }

  /**
   * A lost device may leave a promise pending, and what goes wrong in a queue no promise tells. Not Promise.race: each call would leave
   * something behind on the promise of a device that is never lost.
   */
  async #guarded<T>(work: () => Promise<T>): Promise<T> {
    if (this.#gone !== null) throw this.#gone;
    const result = await new Promise<T>((resolve, reject) => {
      this.#abort = reject;
      work().then(resolve, reject);
    });
    const failure = this.#opened.failure();
    if (failure !== null) throw new Unavailable(`the WebGPU device reports: ${failure}`);
    return result;
  }
}

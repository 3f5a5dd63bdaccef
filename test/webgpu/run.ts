import type { Activation } from '../../compiler/kernels/define.ts';
import { fewWindows } from '../../runtime-js/webgpu/define.ts';
import { unitsPerRow, wordsOf, wordsPerUnit, type Layout, type Packed } from '../../runtime-js/webgpu/layout.ts';
import type { Lowering } from '../../runtime-js/webgpu/lower.ts';
import type { Pipelines, StepPipelines } from '../../runtime-js/webgpu/pipelines.ts';
import { readMode, usage } from '../../runtime-js/webgpu/usage.ts';

/** Steps over given values: those of each window one behind the other. */
export interface Job extends Pick<Lowering, 'buffers' | 'steps'> {
  readonly windows: number;
  /** Buffer -> what it holds. */
  readonly given: ReadonlyMap<number, Activation>;
  /** Buffers that are looked at. */
  readonly wanted: readonly number[];
}

/** The wanted buffers of each job. All pipelines are compiled at once, and all jobs run in one submission. */
export async function runJobs(device: GPUDevice, pipelines: Pipelines, jobs: readonly Job[]): Promise<Activation[][]> {
  const compiled = await Promise.all(jobs.map((job) => pipelines.compile(job)));
  const encoder = device.createCommandEncoder();
  const staged = jobs.map((job, i) => encode(device, encoder, pipelines, job, compiled[i]!));
  device.queue.submit([encoder.finish()]);
  const results: Activation[][] = [];
  for (const [i, { staging, buffers }] of staged.entries()) {
    const { wanted, windows, buffers: layouts } = jobs[i]!;
    const found: Activation[] = [];
    for (const [j, buffer] of staging.entries()) {
      await buffer.mapAsync(readMode);
      found.push(unpackValues(layouts[wanted[j]!]!, new Uint32Array(buffer.getMappedRange().slice(0)), windows));
    }
    results.push(found);
    for (const buffer of [...staging, ...buffers]) buffer.destroy();
  }
  return results;
}

function encode(device: GPUDevice, encoder: GPUCommandEncoder, pipelines: Pipelines, job: Job, compiled: StepPipelines[]) {
  const { windows, given, wanted, steps } = job;
  const memory = usage.storage | usage.copyFrom | usage.copyTo;
  const upload = (words: Uint32Array<ArrayBuffer>, kind = memory): GPUBuffer => {
    const buffer = device.createBuffer({ size: Math.max(16, words.byteLength), usage: kind });
    device.queue.writeBuffer(buffer, 0, words);
    return buffer;
  };
  // What nobody writes is no zero.
  const buffers = job.buffers.map((layout, i) => {
    const values = given.get(i);
    return upload(values ? packValues(layout, values, windows) : new Uint32Array(windows * wordsOf(layout)).fill(0xa5a5_a5a5));
  });
  const params = upload(new Uint32Array([windows, 0]), usage.uniform | usage.copyTo);
  const constants = steps.map(({ pass }) => (pass.constants === null ? null : upload(pass.constants)));
  const computing = encoder.beginComputePass();
  steps.forEach(({ pass, reads, writes }, i) => {
    const isFew = windows <= fewWindows;
    const bound = [params, ...Object.values(reads).map((read) => buffers[read]!), buffers[writes]!, constants[i] ?? []].flat();
    computing.setPipeline(isFew ? compiled[i]!.few : compiled[i]!.many);
    computing.setBindGroup(
      0,
      device.createBindGroup({
        layout: pipelines.layoutOf(pass),
        entries: bound.map((buffer, binding) => ({ binding, resource: { buffer } })),
      }),
    );
    computing.dispatchWorkgroups(((isFew ? pass.few : undefined) ?? pass.program).groups(windows));
  });
  computing.end();
  const staging = wanted.map((index) => {
    const size = 4 * windows * wordsOf(job.buffers[index]!);
    const buffer = device.createBuffer({ size, usage: usage.mapRead | usage.copyTo });
    encoder.copyBufferToBuffer(buffers[index]!, 0, buffer, 0, size);
    return buffer;
  });
  return { staging, buffers: [...buffers, params, ...constants.flatMap((buffer) => buffer ?? [])] };
}

/** Word, and byte in it, of value i of a window. */
function placeOf(layout: Packed, i: number): { readonly word: number; readonly byte: number } {
  const unit = Math.floor(i / layout.row) * unitsPerRow(layout) + Math.floor((i % layout.row) / 4);
  return { word: unit * wordsPerUnit(layout), byte: (i % layout.row) % 4 };
}

/** Values as they lie on the device; bytes of no value are not 0. */
function packValues(layout: Layout, values: Activation, windows: number): Uint32Array<ArrayBuffer> {
  if (layout.kind === 'word') return new Uint32Array(new Uint8Array(new Uint8Array(values.buffer)).buffer);
  const words = new Uint32Array(windows * wordsOf(layout)).fill(0x5a5a_5a5a);
  const bytes = new Int8Array(words.buffer);
  values.forEach((value, at) => {
    const { word, byte } = placeOf(layout, at % layout.size);
    const first = 4 * (Math.floor(at / layout.size) * wordsOf(layout) + word) + byte;
    bytes[first] = layout.narrow ? value - layout.center : (value & 255) - 128;
    if (!layout.narrow) bytes[first + 4] = value >> 8;
  });
  return words;
}

function unpackValues(layout: Layout, words: Uint32Array<ArrayBuffer>, windows: number): Activation {
  if (layout.kind === 'word') return layout.integer ? new Int32Array(words.buffer) : new Float32Array(words.buffer);
  const bytes = new Int8Array(words.buffer);
  return Int16Array.from({ length: windows * layout.size }, (_, at) => {
    const { word, byte } = placeOf(layout, at % layout.size);
    const first = 4 * (Math.floor(at / layout.size) * wordsOf(layout) + word) + byte;
    return layout.narrow ? bytes[first]! + layout.center : bytes[first + 4]! * 256 + bytes[first]! + 128;
  });
}

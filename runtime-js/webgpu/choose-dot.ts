import { assemble } from './assemble.ts';
import { mainOf, threads } from './each.ts';
import { checked, type Device } from './device.ts';
import { readMode, usage } from './usage.ts';
import type { Dot } from './wgsl/bytes.ts';

/** Which dot product is taken, and a few words on why. */
export interface DotChoice {
  readonly dot: Dot;
  readonly why: string;
}

/** Sums of a probe: of each thread, over so many words. */
const [sums, length] = [16_384, 256];

/** Differences that a clock of a browser shows. */
const noticeableMs = 1;

/**
 * dot4I8Packed, where the device has it, gives the right sums, and is not slower than unpacked bytes: some drivers are wrong, on some it is.
 * `wanted`: true and false name one; null: measure.
 */
export async function chooseDot(device: Device, wanted: boolean | null): Promise<DotChoice> {
  if (wanted === false) return { dot: 'unpacked', why: 'bytes unpacked, as asked' };
  if (!device.hasPackedDot) return { dot: 'unpacked', why: 'bytes unpacked: the host has no dot4I8Packed' };
  const packed = await measure(device, 'packed').catch(() => null);
  if (packed === null) return { dot: 'unpacked', why: 'bytes unpacked: dot4I8Packed does not compile here' };
  if (!packed.isRight) return { dot: 'unpacked', why: 'bytes unpacked: dot4I8Packed gives wrong sums here' };
  if (wanted === true) return { dot: 'packed', why: 'dot4I8Packed, as asked' };
  const unpacked = await measure(device, 'unpacked');
  const slower = packed.ms > unpacked.ms + noticeableMs;
  return slower
    ? { dot: 'unpacked', why: 'bytes unpacked: dot4I8Packed is slower here' }
    : { dot: 'packed', why: 'dot4I8Packed' };
}

/** Random words: every byte at some place. */
const random = (i: number): number => Math.imul(i + 1, 0x9e37_79b1) ^ (Math.imul(i + 1, 0x85eb_ca6b) >>> 13);

const code = `fn random(i: u32) -> u32 { return ((i + 1u) * 0x9e3779b1u) ^ (((i + 1u) * 0x85ebca6bu) >> 13u); }
${mainOf(`
  var sum = 0;
  for (var i = 0u; i < ${length}u; i++) { sum += dot_bytes(random(index), random(index + i)); }
  out[index] = bitcast<u32>(sum);`)}`;

const byte = (word: number, at: number): number => (word << (24 - 8 * at)) >> 24;

/** The sum of a thread. */
function expected(index: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) {
    for (let at = 0; at < 4; at++) sum += byte(random(index), at) * byte(random(index + i), at);
  }
  return sum;
}

/** Compares some of the sums with the host's, and times them, compiled and warm. */
function measure({ device }: Device, dot: Dot): Promise<{ readonly isRight: boolean; readonly ms: number }> {
  return checked(device, 'trying dot products', async () => {
    const program = { code, groups: () => sums / threads };
    const module = device.createShaderModule({ code: assemble(program, { reads: {}, hasConstants: false }, dot) });
    const pipeline = await device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'main' } });
    const bytes = 4 * sums;
    const out = device.createBuffer({ size: bytes, usage: usage.storage | usage.copyFrom });
    const staging = device.createBuffer({ size: bytes, usage: usage.mapRead | usage.copyTo });
    const group = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [{ binding: 1, resource: { buffer: out } }],
    });
    const run = async (): Promise<number> => {
      const start = performance.now();
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(sums / threads);
      pass.end();
      encoder.copyBufferToBuffer(out, 0, staging, 0, bytes);
      device.queue.submit([encoder.finish()]);
      await device.queue.onSubmittedWorkDone();
      return performance.now() - start;
    };
    const times = [await run(), await run(), await run()];
    await staging.mapAsync(readMode);
    const found = new Int32Array(staging.getMappedRange().slice(0));
    for (const buffer of [out, staging]) buffer.destroy();
    const looked = Array.from({ length: 64 }, (_, i) => i * (sums / 64) + i);
    return { isRight: looked.every((index) => found[index] === expected(index)), ms: Math.min(...times) };
  });
}

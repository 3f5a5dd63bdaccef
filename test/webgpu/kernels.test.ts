import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KernelKind } from '../../runtime-js/artifact/kernel.ts';
import { openDevice, type Device } from '../../runtime-js/webgpu/device.ts';
import { Pipelines } from '../../runtime-js/webgpu/pipelines.ts';
import { unsupported } from '../../runtime-js/webgpu/lower.ts';
import type { Activation } from '../../compiler/kernels/define.ts';
import { problems, type Problem } from '../kernels/problem.ts';
import { gpuOfTest, missingGpu } from './gpu.ts';
import { jobOf, referenceOf } from './problem-job.ts';
import { runJobs } from './run.ts';

/** Random problems of a kind, all in one submission: what takes long is to compile their shaders. */
const runs = 8;
const seed = 20_261_123;

const kinds = Object.keys(problems) as KernelKind[];
const layers: readonly KernelKind[] = ['matmul', 'conv', 'convTranspose'];

const draw = (kind: KernelKind, numRuns: number): Problem<KernelKind>[] =>
  fc.sample(problems[kind] as fc.Arbitrary<Problem<KernelKind>>, { numRuns, seed });

describe.skipIf(missingGpu() !== null)('on a device', () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice({ gpu: gpuOfTest() });
  });
  afterAll(() => device.dispose());

  const expectEqual = async (drawn: readonly Problem<KernelKind>[], dot: 'packed' | 'unpacked'): Promise<void> => {
    const pipelines = new Pipelines(device.device, dot);
    const jobs = drawn.map((problem, i) => jobOf(problem, i));
    const found = await runJobs(device.device, pipelines, jobs);
    drawn.forEach((problem, i) => {
      expect(difference(found[i]![0]!, referenceOf(problem, jobs[i]!), problem)).toBeNull();
    });
    expect(device.failure()).toBeNull();
  };

  test.each(kinds.filter((kind) => kind !== 'recurrent'))(
    '%s equals its plain reference, bit for bit, over random shapes',
    (kind) => expectEqual(draw(kind, runs), 'packed'),
  );

  test('seven values are joined by more than one pass', () => expectEqual([joined(false), joined(true)], 'packed'));

  test.each(layers)('%s does so without dot4I8Packed', (kind) => expectEqual(draw(kind, 3), 'unpacked'));
});

/** Seven inputs of 3 values, the last first, one value between them: more buffers than a pass may read. */
const joined = (float: boolean): Problem<KernelKind> => {
  const boxes = Array.from({ length: 7 }, (_, input) => ({
    input,
    extents: [1, 1, 1, 3] as const,
    from: 0,
    fromStrides: [0, 0, 0, 1] as const,
    to: 4 * (6 - input),
    toStrides: [0, 0, 0, 1] as const,
  }));
  const inputs = boxes.map(({ input }) => {
    const values = [1, 2, 3].map((value) => 10 * input + value);
    return float ? Float32Array.from(values) : Int16Array.from(values);
  });
  return { kernel: { kind: 'move', boxes, clear: true, float }, inputs, constants: [], size: 27 };
};

test('a recurrent layer stays on wasm, and says why', () => {
  const { kernel } = draw('recurrent', 1)[0]!;
  expect(unsupported(kernel)).toContain('waits for the one before');
});

/** The first value that differs in its bits, which those of -0 and 0 do; null: none. */
function difference(found: Activation, expected: Activation, { kernel }: Problem<KernelKind>): string | null {
  const [a, b] = [found, expected].map(bits);
  if (a!.length !== b!.length) return `${a!.length} values, not ${b!.length}`;
  const at = b!.findIndex((value, i) => a![i] !== value);
  return at === -1 ? null : `value ${at} is ${found[at]}, not ${expected[at]}: ${JSON.stringify(kernel)}`;
}

const bits = (values: Activation): Int16Array | Int32Array =>
  values instanceof Float32Array ? new Int32Array(values.buffer) : values;

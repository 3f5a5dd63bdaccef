import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KernelKind } from '../../runtime-js/artifact/kernel.ts';
import { openDevice, type Device } from '../../runtime-js/webgpu/device.ts';
import { Pipelines } from '../../runtime-js/webgpu/pipelines.ts';
import { unsupported } from '../../runtime-js/webgpu/lower.ts';
import type { Activation } from '../../compiler/kernels/define.ts';
import { problems, type Problem } from '../kernels/problem.ts';
import { gpuOfNode, missingGpu } from './gpu.ts';
import { jobOf, referenceOf } from './problem-job.ts';
import { runJobs } from './run.ts';

/** Random problems of a kind, all in one submission: what takes long is to compile their shaders. */
const runs = 8;
const seed = 20_261_123;

const kinds = Object.keys(problems) as KernelKind[];
const layers: readonly KernelKind[] = ['matmul', 'conv', 'convTranspose'];

const draw = (kind: KernelKind): Problem<KernelKind>[] =>
  fc.sample(problems[kind] as fc.Arbitrary<Problem<KernelKind>>, { numRuns: runs, seed });

describe.skipIf(missingGpu() !== null)('on a device', () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice({ gpu: gpuOfNode() });
  });
  afterAll(() => device.dispose());

  const expectEqual = async (kind: KernelKind, dot: 'packed' | 'unpacked'): Promise<void> => {
    const drawn = draw(kind);
    const pipelines = new Pipelines(device.device, dot);
    const jobs = drawn.map((problem, i) => jobOf(problem, i));
    const found = await runJobs(device.device, pipelines, jobs);
    drawn.forEach((problem, i) => {
      expect(difference(found[i]![0]!, referenceOf(problem, jobs[i]!)), JSON.stringify(problem.kernel)).toBeNull();
    });
    expect(device.failure()).toBeNull();
  };

  test.each(kinds.filter((kind) => kind !== 'recurrent'))(
    '%s equals its plain reference, bit for bit, over random shapes',
    (kind) => expectEqual(kind, 'packed'),
  );

  test.each(layers)('%s does so without dot4I8Packed', (kind) => expectEqual(kind, 'unpacked'));
});

test('a recurrent layer stays on wasm, and says why', () => {
  const { kernel } = draw('recurrent')[0]!;
  expect(unsupported(kernel)).toContain('waits for the one before');
});

/** The first value that differs in its bits, which those of -0 and 0 do; null: none. */
function difference(found: Activation, expected: Activation): string | null {
  const [a, b] = [found, expected].map(bits);
  if (a!.length !== b!.length) return `${a!.length} values, not ${b!.length}`;
  const at = b!.findIndex((value, i) => a![i] !== value);
  return at === -1 ? null : `value ${at} is ${found[at]}, not ${expected[at]}`;
}

const bits = (values: Activation): Int16Array | Int32Array =>
  values instanceof Float32Array ? new Int32Array(values.buffer) : values;

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Activation } from '../../compiler/kernels/define.ts';
import { definitionOf } from '../../compiler/score/table.ts';
import { scoreFunctions, type ScoreFunction } from '../../runtime-js/artifact/manifest.ts';
import { openDevice, type Device } from '../../runtime-js/webgpu/device.ts';
import { layoutOf, type Layout } from '../../runtime-js/webgpu/layout.ts';
import { Pipelines } from '../../runtime-js/webgpu/pipelines.ts';
import { words, type LoweredScore } from '../../runtime-js/webgpu/scores/define.ts';
import { scoreShaders } from '../../runtime-js/webgpu/scores/index.ts';
import { fittedTo, modelOf, problems, type Problem } from '../kernels/score-problem.ts';
import { gpuOfTest, missingGpu } from './gpu.ts';
import { runJobs, type Job } from './run.ts';

/** All in one submission: what takes long is to compile their shaders. */
const runs = 3;

/** A code is x' * scale on a device. */
const scale = Math.fround(1 / 1000);

const operands = ['target', 'reconstruction', 'code', 'logVariance', 'errors', 'lanes', 'scratch'] as const;

const index = (operand: string): number => operands.findIndex((known) => known === operand);

interface Scored {
  readonly problem: Problem;
  readonly lowered: LoweredScore;
  readonly job: Job;
  readonly fitted: Float32Array;
}

function scored(name: ScoreFunction, drawn: Problem): Scored {
  const windows = drawn.windows.map((window) => {
    const code = Int16Array.from(window.code, (value) => Math.round(value * 1000));
    return { ...window, whole: code, code: Float32Array.from(code, (value) => Math.fround(value * scale)) };
  });
  const problem = { ...drawn, windows };
  const fitted = fittedTo(name, problem);
  const n = windows[0]!.x.length;
  const lowered = scoreShaders[name].lower({
    n,
    shape: drawn.shape,
    code: { size: drawn.code, scale },
    constants: definitionOf(name).constants(fitted, modelOf(name, problem)),
  });
  const code = layoutOf({ dtype: 'i16', shape: [drawn.code], low: -4000, high: 4000, scale }, null);
  const buffers: Layout[] = [words(n), words(n), code, words(drawn.code), words(n), words(lowered.lanes)];
  if (lowered.scratch > 0) buffers.push(words(lowered.scratch));
  const steps = lowered.passes.map((pass) => ({
    pass,
    reads: Object.fromEntries(Object.entries(pass.reads).map(([in_, operand]) => [in_, index(operand)])),
    writes: index(pass.writes),
  }));
  const given = new Map<number, Activation>([
    [0, Float32Array.from(windows.flatMap(({ x }) => [...x]))],
    [1, Float32Array.from(windows.flatMap(({ y }) => [...y]))],
    [2, Int16Array.from(windows.flatMap(({ whole }) => [...whole]))],
    [3, Float32Array.from(windows.flatMap(({ logVariance }) => [...logVariance]))],
  ]);
  return { problem, lowered, fitted, job: { windows: windows.length, buffers, steps, given, wanted: [4, 5] } };
}

describe.skipIf(missingGpu() !== null)('on a device', () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice({ gpu: gpuOfTest() });
  });
  afterAll(() => device.dispose());

  const expectEqual = async (name: ScoreFunction, drawn: readonly Problem[]): Promise<void> => {
    const all = drawn.map((problem) => scored(name, problem));
    const jobs = all.map(({ job }) => job);
    const found = await runJobs(device.device, new Pipelines(device.device, 'packed'), jobs);
    all.forEach(({ problem, lowered, fitted }, i) => {
      const [errors, lanes] = found[i]!;
      problem.windows.forEach((seen, window) => {
        const n = seen.x.length;
        const expected = new Float32Array(n);
        const score = definitionOf(name).reference(seen, expected, fitted, modelOf(name, problem));
        expect(errors!.subarray(window * n, (window + 1) * n)).toEqual(expected);
        const own = lanes!.slice(window * lowered.lanes, (window + 1) * lowered.lanes);
        expect(lowered.finish(Float32Array.from(own))).toBe(score);
      });
    });
    expect(device.failure()).toBeNull();
  };

  test.each(scoreFunctions)('%s equals its reference, bit for bit, and so do the errors; a NaN does not hide', async (name) => {
    const drawn = fc.sample(problems(name === 'ssim' ? 'image' : 'vector'), { numRuns: runs, seed: 20_261_126 });
    const [first] = drawn;
    const hurt = structuredClone(first!.windows);
    for (const { x } of hurt.slice(-2)) x[x.length >> 1] = NaN;
    await expectEqual(name, [...drawn, { ...first!, windows: hurt }]);
  });
});

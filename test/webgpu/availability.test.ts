import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ModelGraph } from '../../runtime-js/artifact/graph.ts';
import { Unavailable } from '../../runtime-js/backend.ts';
import { webGpu } from '../../runtime-js/webgpu/open.ts';
import { graphOf, recurrent } from './artifacts.ts';
import { gpuOfTest, missingGpu } from './gpu.ts';

/** Rounds its input to integers, and back. */
function roundingOf(values: number): ModelGraph {
  const shape = [values];
  return {
    values: [
      { dtype: 'f32', shape },
      { dtype: 'i16', shape, low: -128, high: 127, scale: 1 },
      { dtype: 'f32', shape },
    ],
    nodes: [
      { kernel: { kind: 'quantize', inverseScale: 1, low: -128, high: 127 }, inputs: [0], constants: [], output: 1 },
      { kernel: { kind: 'dequantize', scale: 1 }, inputs: [1], constants: [], output: 2 },
    ],
    input: 0,
    target: 0,
    reconstruction: 2,
    output: 2,
    score: { function: 'mse', code: null, logVariance: null, constants: [] },
  };
}
const small = roundingOf(8);

afterEach(() => vi.unstubAllGlobals());

/** What the attempt rejects with. */
async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  const error = await attempt.then(
    () => null,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(Unavailable);
  return error instanceof Unavailable ? error.message : '';
}

describe('why there is none', () => {
  test('a host without WebGPU', async () => {
    expect(await refusalOf(webGpu().open(small, 'pump.wasm'))).toBe('this host has no WebGPU (navigator.gpu)');
    expect(await refusalOf(webGpu().identify())).toBe('this host has no WebGPU (navigator.gpu)');
  });

  test('a page from an insecure origin', async () => {
    vi.stubGlobal('isSecureContext', false);
    expect(await refusalOf(webGpu().open(small, 'pump.wasm'))).toBe(
      'this page comes from an insecure origin, where browsers hide WebGPU: serve it over https or from localhost',
    );
  });

  test('WebGPU without an adapter', async () => {
    const gpu = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
    expect(await refusalOf(webGpu({ gpu }).open(small, 'pump.wasm'))).toBe(
      'WebGPU is here, but finds no adapter: no GPU, no driver, or both are blocked',
    );
  });

  test('a recurrent layer', async () => {
    const graph = await graphOf(await recurrent());
    expect(await refusalOf(webGpu().open(graph, 'pump.wasm'))).toBe(
      'pump.wasm: its kernel "recurrent" stays on wasm: each step of a recurrent layer waits for the one before, and is smaller than what it costs to start it on a device',
    );
  });
});

/** The GPU of the test, and the devices that it gave. */
function watched(): { readonly gpu: GPU; readonly devices: GPUDevice[] } {
  const real = gpuOfTest();
  const devices: GPUDevice[] = [];
  const gpu = {
    wgslLanguageFeatures: real.wgslLanguageFeatures,
    requestAdapter: async () => {
      const adapter = (await real.requestAdapter())!;
      const requestDevice = async (): Promise<GPUDevice> => {
        const device = await adapter.requestDevice();
        devices.push(device);
        return device;
      };
      return { info: adapter.info, limits: adapter.limits, requestDevice };
    },
  } as unknown as GPU;
  return { gpu, devices };
}

describe.skipIf(missingGpu() !== null)('on a device', () => {
  test('a window larger than a buffer may be', async () => {
    const { gpu } = watched();
    const graph = roundingOf(2 ** 26);
    expect(await refusalOf(webGpu({ gpu }).open(graph, 'pump.wasm'))).toBe(
      'the device takes buffers of 134217728 bytes; the model needs one of 268435456 for one window',
    );
  });

  test('a device that goes away: `lost` says so, and runs reject', async () => {
    const { gpu, devices } = watched();
    const accelerator = await webGpu({ gpu }).open(small, 'pump.wasm');
    const window = new Float32Array(8);
    await accelerator.run(window);
    const running = accelerator.run(window).then(
      () => 'scored',
      () => 'rejected',
    );
    devices[0]!.destroy();
    expect(await running).toBe('rejected');
    expect(await accelerator.lost).toMatch(/destroyed/i);
    expect(await refusalOf(accelerator.run(window))).toMatch(/^the WebGPU device is gone: /);
  });

  test('a shader that the device does not take', async () => {
    const { gpu } = watched();
    const nodes = small.nodes.map((node) => {
      const { kernel } = node;
      return kernel.kind === 'quantize' ? { ...node, kernel: { kind: 'lookup', first: Infinity } as const } : node;
    });
    expect(await refusalOf(webGpu({ gpu }).open({ ...small, nodes }, 'pump.wasm'))).toMatch(
      /^compiling its shaders on the device failed: /,
    );
  });

  test('dispose is no loss', async () => {
    const accelerator = await webGpu({ gpu: gpuOfTest() }).open(small, 'pump.wasm');
    accelerator.dispose();
    const waited = new Promise((resolve) => setTimeout(() => resolve('still there'), 50));
    expect(await Promise.race([accelerator.lost, waited])).toBe('still there');
  });
});

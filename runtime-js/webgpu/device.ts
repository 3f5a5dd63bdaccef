import { Unavailable } from '../backend.ts';

/** How an accelerator is opened. */
export interface WebGpuOptions {
  /** What gives adapters; left out: that of the browser. Node has none of its own. */
  readonly gpu?: GPU;
  /** Whether dot products of bytes are the language's own (dot4I8Packed); left out: what is right and faster. */
  readonly packed?: boolean;
  /** Most windows that are computed at once. */
  readonly mostWindows?: number;
}

export interface Device {
  readonly device: GPUDevice;
  /** The adapter as it calls itself. */
  readonly name: string;
  /** Whether shaders may call dot4I8Packed. */
  readonly hasPackedDot: boolean;
  /** Bytes that a buffer may have. */
  readonly mostBytes: number;
  /** Resolves with the reason, when the device is gone and `dispose` was not the cause. */
  readonly lost: Promise<string>;
  /** What went wrong beyond what a call said: the first of it; null: nothing. */
  failure(): string | null;
  dispose(): void;
}

/** The adapter that would be taken. Throws an Unavailable where there is none. */
export async function identifyDevice({ gpu = gpuOfBrowser() }: WebGpuOptions): Promise<string> {
  return nameOf((await requestAdapter(gpu)).info);
}

/** Throws an Unavailable where there is no adapter. */
export async function openDevice({ gpu = gpuOfBrowser() }: WebGpuOptions): Promise<Device> {
  const adapter = await requestAdapter(gpu);
  const { maxStorageBufferBindingSize, maxBufferSize } = adapter.limits;
  const device = await requestDevice(adapter, { maxStorageBufferBindingSize, maxBufferSize });
  let isDisposed = false;
  let failure: string | null = null;
  device.addEventListener('uncapturederror', ({ error }) => (failure ??= error.message));
  return {
    device,
    name: nameOf(adapter.info),
    hasPackedDot: gpu.wgslLanguageFeatures?.has('packed_4x8_integer_dot_product') ?? false,
    mostBytes: Math.min(device.limits.maxStorageBufferBindingSize, device.limits.maxBufferSize),
    lost: new Promise((resolve) => {
      const tell = ({ reason, message }: GPUDeviceLostInfo): void => {
        if (!isDisposed) resolve(message === '' ? `the device was lost (${reason})` : message);
      };
      void device.lost.then(tell);
    }),
    failure: () => failure,
    dispose() {
      isDisposed = true;
      device.destroy();
    },
  };
}

/** Throws an Unavailable if the host has none. */
function gpuOfBrowser(): GPU {
  const gpu = typeof navigator === 'undefined' ? undefined : (navigator.gpu as GPU | undefined);
  if (gpu !== undefined) return gpu;
  const isInsecure = typeof isSecureContext === 'boolean' && !isSecureContext;
  throw new Unavailable(
    isInsecure
      ? 'this page comes from an insecure origin, where browsers hide WebGPU: serve it over https or from localhost'
      : 'this host has no WebGPU (navigator.gpu)',
  );
}

async function requestAdapter(gpu: GPU): Promise<GPUAdapter> {
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) throw new Unavailable('WebGPU is here, but finds no adapter: no GPU, no driver, or both are blocked');
  return adapter;
}

async function requestDevice(adapter: GPUAdapter, requiredLimits: Record<string, number>): Promise<GPUDevice> {
  try {
    return await adapter.requestDevice({ requiredLimits });
  } catch (cause) {
    throw new Unavailable(`the adapter "${nameOf(adapter.info)}" gives no device: ${messageOf(cause)}`, { cause });
  }
}

const nameOf = ({ vendor, architecture, device, description }: GPUAdapterInfo): string =>
  [description, [vendor, architecture, device].filter((part) => part !== '').join(' ')].find((part) => part !== '') ??
  'an unnamed adapter';

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Runs what creates things on a device; what is wrong with them becomes an Unavailable. `what` completes "... on the device". */
export async function checked<T>(device: GPUDevice, what: string, body: () => T | Promise<T>): Promise<T> {
  const filters = ['validation', 'out-of-memory', 'internal'] as const;
  for (const filter of filters) device.pushErrorScope(filter);
  let result: T;
  try {
    result = await body();
  } catch (cause) {
    await Promise.all(filters.map(() => device.popErrorScope()));
    if (cause instanceof Unavailable) throw cause;
    throw new Unavailable(`${what} on the device failed: ${messageOf(cause)}`, { cause });
  }
  const errors = await Promise.all(filters.map(() => device.popErrorScope()));
  const error = errors.find((found) => found !== null);
  if (error) throw new Unavailable(`${what} on the device failed: ${error.message}`);
  return result;
}

import type { AsyncModel } from '../async-model.ts';
import { Unavailable, type AcceleratorSource } from '../backend.ts';
import { webGpu } from '../webgpu/open.ts';
import { rememberedHere } from './decisions.ts';
import { loadAccelerated, type AcceleratedOptions } from './load.ts';

/** Loads an artifact onto the GPU that the package webgpu (Dawn) finds. */
export const loadInNode = (bytes: Uint8Array, where: string, options: AcceleratedOptions): Promise<AsyncModel> =>
  loadAccelerated(bytes, where, options, { sources: [dawn, noWebNn], decisions, engine: 'node' });

const decisions = rememberedHere();

/** Kept for as long as the process lives: where Node collects it, Dawn aborts the process. */
let gpu: Promise<GPU> | null = null;

async function gpuOfDawn(): Promise<GPU> {
  try {
    return (await import('webgpu')).create([]);
  } catch (cause) {
    throw new Unavailable('Node has no WebGPU of its own: install the package webgpu (npm install webgpu)', { cause });
  }
}

const source = async (): Promise<AcceleratorSource> => webGpu({ gpu: await (gpu ??= gpuOfDawn()) });

const dawn: AcceleratorSource = {
  name: 'webgpu',
  identify: async () => (await source()).identify(),
  open: async (graph, where) => (await source()).open(graph, where),
};

const refuse = (): Promise<never> => Promise.reject(new Unavailable('Node has no WebNN: browsers have it'));
const noWebNn: AcceleratorSource = { name: 'webnn', identify: refuse, open: refuse };

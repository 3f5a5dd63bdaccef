import type { AsyncModel } from '../async-model.ts';
import type { AcceleratorName, AcceleratorSource } from '../backend.ts';
import { rememberedByBrowser } from './decisions.ts';
import { loadAccelerated, type AcceleratedOptions } from './load.ts';

/** Loads an artifact onto an accelerator of this browser, each of which is a chunk of its own. */
export const loadHere = (bytes: Uint8Array, where: string, options: AcceleratedOptions): Promise<AsyncModel> =>
  loadAccelerated(bytes, where, options, {
    sources: [
      onDemand('webgpu', async () => (await import('../webgpu/open.ts')).webGpu()),
      onDemand('webnn', async () =>
        (await import('../webnn/open.ts')).webNnSource({ ml: navigator.ml, GraphBuilder: globalThis.MLGraphBuilder }),
      ),
    ],
    decisions: rememberedByBrowser(),
    engine: navigator.userAgent,
  });

/** A source whose code is loaded when it is asked for the first time. */
const onDemand = (name: AcceleratorName, load: () => Promise<AcceleratorSource>): AcceleratorSource => ({
  name,
  identify: async () => (await load()).identify(),
  open: async (graph, where) => (await load()).open(graph, where),
});

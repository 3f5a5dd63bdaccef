import type { ModelGraph } from '../artifact/graph.ts';
import { Unavailable, type Accelerator, type AcceleratorSource, type BatchResult } from '../backend.ts';
import type { Context, Graph, GraphBuilderClass, MachineLearning, Tensor } from './api.ts';
import { buildGraph, checkSupported, outputs } from './lower.ts';

/** Windows of the larger of the two graphs that are built; longer batches go through it several times. */
const widest = 64;

/** What a browser has of WebNN: `navigator.ml` and `MLGraphBuilder`, or neither. */
export interface WebNn {
  readonly ml: MachineLearning | undefined;
  readonly GraphBuilder: GraphBuilderClass | undefined;
}

/** WebNN, where `navigator.ml` gives a context. */
export const webNnSource = (api: WebNn): AcceleratorSource => ({
  name: 'webnn',
  identify: async () => {
    const { context } = await contextOf(api);
    context.destroy();
    return 'webnn';
  },
  open: (graph) => open(api, graph),
});

async function contextOf({
  ml,
  GraphBuilder,
}: WebNn): Promise<{ readonly context: Context; readonly Builder: GraphBuilderClass }> {
  if (ml === undefined || GraphBuilder === undefined) {
    throw new Unavailable('this browser has no WebNN, or the page is not served over https (navigator.ml is absent)');
  }
  try {
    return { context: await ml.createContext({ powerPreference: 'high-performance' }), Builder: GraphBuilder };
  } catch (cause) {
    throw new Unavailable(`this browser has WebNN, but no back end for it: ${reasonOf(cause)}`, { cause });
  }
}

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause));

async function open(api: WebNn, graph: ModelGraph): Promise<Accelerator> {
  checkSupported(graph);
  const { context, Builder } = await contextOf(api);
  let isDisposed = false;
  try {
    const values = graph.values[graph.input]!.shape.reduce((size, extent) => size * extent, 1);
    const make = async (windows: number): Promise<Runner> =>
      makeRunner(context, await buildGraph(new Builder(context), graph, windows), windows, values);
    // For a window alone, and for batches.
    const runners = [await make(1), await make(widest)] as const;
    return {
      name: 'webnn',
      device: 'WebNN',
      exact: false,
      lost: context.lost.then(({ message }) => (isDisposed ? new Promise<never>(() => {}) : message)),
      run: (windows) => runAll(runners, windows, values),
      dispose: () => {
        isDisposed = true;
        context.destroy();
      },
    };
  } catch (cause) {
    isDisposed = true;
    context.destroy();
    throw cause instanceof Unavailable ? cause : new Unavailable(`WebNN refuses the model: ${reasonOf(cause)}`, { cause });
  }
}

/** A graph and its tensors. Takes up to `windows` windows. */
interface Runner {
  readonly windows: number;
  run(windows: Float32Array): Promise<BatchResult>;
}

async function makeRunner(context: Context, graph: Graph, windows: number, values: number): Promise<Runner> {
  const tensor = (width: number, access: { readonly readable?: boolean; readonly writable?: boolean }): Promise<Tensor> =>
    context.createTensor({ dataType: 'float32', shape: [windows, width], ...access });
  const input = await tensor(values, { writable: true });
  const [scores, reconstruction, errors] = [
    await tensor(1, { readable: true }),
    await tensor(values, { readable: true }),
    await tensor(values, { readable: true }),
  ];
  const given: Record<(typeof outputs)[number], Tensor> = { scores, reconstruction, errors };
  const room = new Float32Array(windows * values);
  return {
    windows,
    run: async (batch) => {
      const count = batch.length / values;
      room.set(batch);
      context.writeTensor(input, room);
      context.dispatch(graph, { input }, given);
      const [ofScores, ofReconstruction, ofErrors] = await Promise.all(outputs.map((name) => context.readTensor(given[name])));
      const last = (buffer: ArrayBuffer): Float32Array => new Float32Array(buffer, 4 * (count - 1) * values, values).slice();
      return {
        scores: new Float32Array(ofScores!, 0, count),
        reconstruction: last(ofReconstruction!),
        errors: last(ofErrors!),
      };
    },
  };
}

async function runAll([single, wide]: readonly [Runner, Runner], windows: Float32Array, values: number): Promise<BatchResult> {
  const runner = windows.length === values ? single : wide;
  const parts: BatchResult[] = [];
  const step = runner.windows * values;
  for (let at = 0; at < windows.length; at += step) parts.push(await runner.run(windows.subarray(at, at + step)));
  const scores = new Float32Array(windows.length / values);
  parts.forEach((part, i) => scores.set(part.scores, i * runner.windows));
  return { ...parts.at(-1)!, scores };
}

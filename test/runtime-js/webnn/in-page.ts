// Runs in a page of a browser that has WebNN: what the tests ask of it, as functions of the window.
import type { GraphConstant, GraphValue, ModelGraph } from '../../../runtime-js/artifact/graph.ts';
import type { Kernel } from '../../../runtime-js/artifact/kernel.ts';
import { rememberedHere } from '../../../runtime-js/accelerated/decisions.ts';
import { loadAccelerated } from '../../../runtime-js/accelerated/load.ts';
import type { AsyncModel } from '../../../runtime-js/async-model.ts';
import { placeOf } from '../../../runtime-js/webnn/define.ts';
import { lowerings } from '../../../runtime-js/webnn/index.ts';
import { Net } from '../../../runtime-js/webnn/net.ts';
import { webNnSource } from '../../../runtime-js/webnn/open.ts';

/** Numbers on their way between Node and a page. */
export interface Values {
  readonly type: 'Int8Array' | 'Int16Array' | 'Int32Array' | 'Float32Array';
  readonly values: readonly number[];
}

export interface KernelProblem {
  readonly kernel: Kernel;
  readonly values: readonly GraphValue[];
  readonly inputs: readonly Values[];
  readonly constants: readonly Values[];
}

const types = { Int8Array, Int16Array, Int32Array, Float32Array };
const arrayOf = ({ type, values }: Values): GraphConstant => types[type].from(values);

/** What a kernel gives, by its lowering: real numbers. The last of `values` is its output. */
async function runKernel({ kernel, values, inputs, constants }: KernelProblem): Promise<number[]> {
  const context = await navigator.ml!.createContext({});
  const builder = new globalThis.MLGraphBuilder!(context);
  const net = new Net(builder, { values } as unknown as ModelGraph, 1);
  const output = values.length - 1;
  const given = await Promise.all(
    inputs.map(async (input, i) => {
      const descriptor = { dataType: 'float32', shape: [1, input.values.length] } as const;
      net.put(i, builder.input(`input${i}`, descriptor));
      const tensor = await context.createTensor({ ...descriptor, writable: true });
      context.writeTensor(tensor, Float32Array.from(input.values));
      return [`input${i}`, tensor] as const;
    }),
  );
  const row = lowerings[kernel.kind] as unknown as (kernel: Kernel, place: ReturnType<typeof placeOf>, net: Net) => void;
  row(kernel, { inputs: inputs.map((_, i) => i), constants: constants.map(arrayOf), output }, net);
  const graph = await builder.build({ output: net.read(output) });
  const result = await context.createTensor({ dataType: 'float32', shape: [1, net.sizeOf(output)], readable: true });
  context.dispatch(graph, Object.fromEntries(given), { output: result });
  const found = [...new Float32Array(await context.readTensor(result))];
  context.destroy();
  return found;
}

const source = () => webNnSource({ ml: navigator.ml, GraphBuilder: globalThis.MLGraphBuilder });

const load = (artifact: readonly number[], backend: 'webnn' | 'auto', batch: number): Promise<AsyncModel> =>
  loadAccelerated(
    Uint8Array.from(artifact),
    'test.wasm',
    { backend, batch },
    { sources: [source()], decisions: rememberedHere(), engine: 'test' },
  );

/** Scores, the last reconstruction and errors, and what the model says of itself. */
async function score(artifact: readonly number[], windows: readonly number[]) {
  const model = await load(artifact, 'webnn', 1);
  const scores = [...(await model.runBatch(Float32Array.from(windows)))];
  const { backend, why } = model.info;
  const result = {
    backend,
    why,
    scores,
    reconstruction: [...(await model.reconstruction())],
    errors: [...(await model.errors())],
  };
  await model.dispose();
  return result;
}

/** What auto settles on. */
async function decide(artifact: readonly number[], batch: number) {
  const model = await load(artifact, 'auto', batch);
  const choice = await model.settled;
  await model.dispose();
  return choice;
}

const asked = { runKernel, score, decide };
declare global {
  var sandglassTest: typeof asked;
}
globalThis.sandglassTest = asked;

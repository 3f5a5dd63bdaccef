import type * as LiteRt from '@litertjs/core';
import type * as Ort from 'onnxruntime-web';
import { load, type AsyncModel, type Model } from '../../../../runtime-js/index.ts';
import type { Session } from '../../peers/define.ts';
import type { Contestant } from '../contestants.ts';

/** What is asked of a page. */
export interface Task {
  readonly batch: number;
  /** Extents of a window, without the batch. */
  readonly shape: readonly number[];
}

type Open = (contestant: Contestant, task: Task) => Promise<Session>;

/** Each loads its script when it is opened: a page pays only for what it uses. */
const runtimes: Readonly<Record<Contestant['runtime'], Open>> = {
  sandglass: async ({ model: file, backend }, { batch }) =>
    backend === 'wasm'
      ? onWasm(await load(`/${file}`), batch)
      : behindPromises(await load(`/${file}`, { backend, batch }), batch),
  'sandglass in a worker': async ({ model: file, backend }, { batch }) =>
    behindPromises(await load(`/${file}`, { backend, batch, worker: true }), batch),
  'ort-web': async ({ model: file, backend }, { batch, shape }) => {
    const script = backend === 'wasm' ? '/ort/ort.wasm.min.mjs' : '/ort/ort.webgpu.min.mjs';
    const ort = (await import(script)) as typeof Ort;
    ort.env.wasm.numThreads = 1;
    ort.env.wasm.wasmPaths = '/ort/';
    ort.env.logLevel = 'error';
    const session = await ort.InferenceSession.create(await bytesOf(file), {
      executionProviders: [backend],
      graphOptimizationLevel: 'all',
    });
    const [input] = session.inputNames;
    const [output] = session.outputNames;
    return {
      async run(windows) {
        const result = await session.run({ [input!]: new ort.Tensor('float32', windows, [batch, ...shape]) });
        return (await result[output!]!.getData()) as Float32Array;
      },
      dispose: () => session.release(),
    };
  },
  'LiteRT.js': async ({ model: file, backend }, { batch }) => {
    const lite = await (liteRts[backend] ??= startLiteRt(backend));
    const model = await lite.loadAndCompile(await bytesOf(file), { accelerator: backend });
    if (backend !== 'wasm' && !model.isFullyAccelerated) throw new Error('some of it runs on wasm');
    const [, ...shape] = model.getInputDetails()[0]!.shape;
    return {
      async run(windows) {
        const input = new lite.Tensor(windows, [batch, ...shape]);
        const tensor = backend === 'webgpu' ? await input.moveTo('webgpu') : input;
        const [output] = await model.run([tensor]);
        const here = backend === 'wasm' ? output! : await output!.moveTo('wasm');
        const values = here.toTypedArray() as Float32Array<ArrayBuffer>;
        tensor.delete();
        here.delete();
        return values;
      },
      dispose: () => model.delete(),
    };
  },
};

function onWasm(model: Model, batch: number): Session {
  const score = new Float32Array(1);
  return {
    run(windows) {
      if (batch > 1) return model.runBatch(windows);
      score[0] = model.run(windows);
      return score;
    },
    dispose: () => model.dispose(),
  };
}

const behindPromises = (model: AsyncModel, batch: number): Session => ({
  run: async (windows) => (batch > 1 ? model.runBatch(windows) : Float32Array.of(await model.run(windows))),
  dispose: () => model.dispose(),
});

/** Why a back end is not here, or null. Peers that do not find it compute on wasm without a word: that would be timed as what it is not. */
const absent: Readonly<Record<Contestant['backend'], () => Promise<string | null>>> = {
  wasm: async () => null,
  webgpu: async () => ((await gpu?.requestAdapter()) ? null : 'no WebGPU adapter'),
  webnn: async () => {
    if (ml === undefined) return 'no WebNN';
    return ml.createContext({}).then(
      () => null,
      (error: unknown) => `no WebNN context: ${String(error)}`,
    );
  },
};
const { gpu, ml } = navigator;

export async function open(contestant: Contestant, task: Task): Promise<Session> {
  const reason = await absent[contestant.backend]();
  if (reason !== null) throw new Error(reason);
  return runtimes[contestant.runtime](contestant, task);
}

/** A module of its own per back end: its environment is one for all models, and WebNN wants another build of it. */
const liteRts: Partial<Record<Contestant['backend'], Promise<typeof LiteRt>>> = {};

async function startLiteRt(backend: Contestant['backend']): Promise<typeof LiteRt> {
  const lite = (await import(`/litert/${backend}/dist/index.js`)) as typeof LiteRt;
  await lite.loadLiteRt(`/litert/${backend}/wasm/`, backend === 'webnn' ? { jspi: true } : {});
  return lite;
}

async function bufferOf(file: string): Promise<ArrayBuffer> {
  const response = await fetch(`/${file}`);
  if (!response.ok) throw new Error(`${file}: HTTP ${response.status}`);
  return response.arrayBuffer();
}

const bytesOf = async (file: string): Promise<Uint8Array> => new Uint8Array(await bufferOf(file));

export const floatsOf = async (file: string): Promise<Float32Array> => new Float32Array(await bufferOf(file));

/** What the address of the page asks for. */
export function taskOf(): Task & { readonly names: readonly string[]; readonly rounds: number } {
  const query = new URLSearchParams(location.search);
  const numbers = (name: string): number[] => (query.get(name) ?? '').split(',').map(Number);
  return {
    batch: numbers('batch')[0]!,
    shape: numbers('shape'),
    rounds: numbers('rounds')[0]!,
    names: (query.get('names') ?? '').split(';'),
  };
}

import { load } from '../../../runtime-js/index.ts';
import { exercise, type Bits } from './exercise.ts';
import { report } from './report.ts';

/** Of each model that the address names: what it gives on this page and in a worker. */
export interface ScoresReport {
  readonly models: Readonly<Record<string, { readonly page: Bits; readonly worker: Bits }>>;
  /** Modules that were compiled while they arrived. */
  readonly streamed: number;
  readonly isolated: boolean;
  readonly evalWorks: boolean;
}

const floats = async (path: string): Promise<Float32Array> => new Float32Array(await (await fetch(path)).arrayBuffer());

/** In a strict page it must not: else the page's policy is not what the test takes it for. */
function evalWorks(): boolean {
  try {
    // oxlint-disable-next-line no-new-func -- that is the question
    return new Function('return 1')() === 1;
  } catch {
    return false;
  }
}

await report(async (): Promise<ScoresReport> => {
  let streamed = 0;
  const { compileStreaming } = WebAssembly;
  WebAssembly.compileStreaming = (source) => {
    streamed++;
    return compileStreaming.call(WebAssembly, source);
  };
  const models: Record<string, { page: Bits; worker: Bits }> = {};
  for (const name of new URLSearchParams(location.search).get('models')!.split(',')) {
    const recorded = { windows: await floats(`/${name}.windows`), samples: await floats(`/${name}.samples`) };
    const inWorker = await load(`/${name}.wasm`, { worker: true });
    models[name] = {
      page: await exercise(await load(`/${name}.wasm`), recorded),
      worker: await exercise(inWorker, recorded),
    };
    await inWorker.dispose();
  }
  return { models, streamed, isolated: crossOriginIsolated, evalWorks: evalWorks() };
});

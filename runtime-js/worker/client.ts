import { ArtifactError } from '../artifact/error.ts';
import type { AsyncModel } from '../async-model.ts';
import { bytesOf, type ArtifactSource, type WorkerOptions } from '../load.ts';
import { Line } from './line.ts';
import type { LoadRequest } from './protocol.ts';
import { WorkerModel } from './worker-model.ts';

const startHint =
  "Serve worker.js beside Sandglass's script and allow it in the Content-Security-Policy (worker-src 'self'), or pass worker: () => new Worker(...).";

/** Loads an artifact in a worker. Rejects with an ArtifactError also if the worker does not start. */
export async function loadInWorker(source: ArtifactSource, options: WorkerOptions): Promise<AsyncModel> {
  const request = await requestOf(source, options);
  const { where } = request;
  const line = new Line(startWorker(options.worker, where), (said, hasAnswered) =>
    hasAnswered
      ? new ArtifactError(where, `its worker broke off${said}`, 'Load it again.')
      : new ArtifactError(where, `its worker does not start${said}`, startHint),
  );
  try {
    const answer = await line.ask(request);
    if (answer.kind !== 'loaded') throw new Error(`internal: the worker answers "${answer.kind}" to "load"`);
    return new WorkerModel(line, where, answer.info);
  } catch (error) {
    line.close(error);
    throw error;
  }
}

async function requestOf(source: ArtifactSource, { backend = 'wasm', batch }: WorkerOptions): Promise<LoadRequest> {
  const options = { backend, batch: batch ?? null };
  if (source instanceof Response) {
    const where = source.url || 'artifact';
    return { kind: 'load', source: await bytesOf(source, where), where, options };
  }
  // A copy, since it moves to the worker, and the caller's stays.
  if (source instanceof Uint8Array || source instanceof ArrayBuffer)
    return { kind: 'load', source: new Uint8Array(source).slice(), where: 'artifact', options };
  // A worker would resolve an address against that of its own script.
  const base = globalThis.document?.baseURI ?? location.href;
  return { kind: 'load', source: new URL(source, base).href, where: String(source), options };
}

function startWorker(worker: WorkerOptions['worker'], where: string): Worker {
  try {
    if (worker !== true) return worker();
    // Bundlers look for exactly this expression, and bring the script along.
    return new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  } catch (cause) {
    throw new ArtifactError(where, `its worker does not start: ${String(cause)}`, startHint, { cause });
  }
}

import { load } from '../../../runtime-js/index.ts';
import { report } from './report.ts';

/** Why an artifact cannot be loaded in four ways, or "loaded". */
export interface RefusalsReport {
  readonly page: string;
  readonly worker: string;
  /** A worker of the page's own whose script is not there. */
  readonly missingWorker: string;
  /** An address that is not there, loaded in a worker. */
  readonly missingArtifact: string;
}

const reason = (loading: Promise<unknown>): Promise<string> => loading.then(() => 'loaded', String);

const startMissing = (): Worker => new Worker('/no/such/worker.js', { type: 'module' });

await report(async (): Promise<RefusalsReport> => {
  return {
    page: await reason(load('/gearbox.wasm')),
    worker: await reason(load('/gearbox.wasm', { worker: true })),
    missingWorker: await reason(load('/gearbox.wasm', { worker: startMissing })),
    missingArtifact: await reason(load('/no.wasm', { worker: true })),
  };
});

import { ArtifactError } from '../../../../runtime-js/artifact/error.ts';
import type { AsyncModel } from '../../../../runtime-js/async-model.ts';

/** Stands for runtime-js/accelerated/browser.ts in a page that carries WebAssembly alone (bundle.ts): a third of the bytes. */
export const loadHere = (_: Uint8Array, where: string): Promise<AsyncModel> =>
  Promise.reject(
    new ArtifactError(where, 'this page carries WebAssembly alone (sandglass export --engines all brings the others)', ''),
  );

import type { BackendChoice } from '../async-model.ts';

/** What `auto` decided before, by artifact, hardware, engine and batch size. */
export interface Decisions {
  get(key: string): Promise<BackendChoice | null>;
  set(key: string, choice: BackendChoice): Promise<void>;
}

/** For as long as the page or the process lives. */
export function rememberedHere(): Decisions {
  const known = new Map<string, BackendChoice>();
  return {
    get: async (key) => known.get(key) ?? null,
    set: async (key, choice) => void known.set(key, choice),
  };
}

const [database, store] = ['sandglass', 'decisions'];

/** In the browser's IndexedDB, which workers have too. Where it is denied (a private window, a file: page) nothing is remembered. */
export const rememberedByBrowser = (): Decisions => ({
  get: async (key) => (await inStore<BackendChoice | undefined>('readonly', (choices) => choices.get(key))) ?? null,
  set: async (key, choice) => void (await inStore('readwrite', (choices) => choices.put(choice, key))),
});

async function inStore<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
  try {
    const opening = indexedDB.open(database, 1);
    opening.addEventListener('upgradeneeded', () => opening.result.createObjectStore(store));
    const opened = await resultOf(opening);
    try {
      return await resultOf(ask(opened.transaction(store, mode).objectStore(store)));
    } finally {
      opened.close();
    }
  } catch {
    return null;
  }
}

const resultOf = <T>(request: IDBRequest<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('IndexedDB gave no reason')));
  });

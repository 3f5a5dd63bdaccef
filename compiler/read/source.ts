/** A model file in memory, with a way to its neighbours (shards, external data). */
export interface Source {
  /** Path as the user wrote it; named in errors. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Which output of the model is meant, where it has several; absent: the one that can only be meant. */
  readonly output?: string;
  /** Reads a file beside this one. Rejects with an InputError if it is missing. */
  sibling(relativePath: string): Promise<Uint8Array>;
}

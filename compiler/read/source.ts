/** A model file in memory, with a way to its neighbours (shards, external data). */
export interface Source {
  /** Path as the user wrote it; named in errors. */
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Reads a file beside this one. Rejects with an InputError if it is missing. */
  sibling(relativePath: string): Promise<Uint8Array>;
}

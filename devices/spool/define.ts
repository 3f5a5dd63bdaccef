/** A record of the spool. */
export interface Entry {
  /** Counted from 0 over the spool's whole life: never used twice. */
  readonly position: number;
  readonly data: Uint8Array;
}

/** One reader of the spool, by name: where it stands survives the process. */
export interface Consumer {
  /** Of the first record that is not acknowledged. Grows also when records are dropped that it has not read. */
  readonly position: number;
  /**
   * The records from `from` on, at most `most`; fewer or none where there are no more yet. From memory where it is near the end. Their
   * positions skip what was dropped or is damaged.
   */
  read(from: number, most: number): readonly Entry[];
  /** All records before `position` are delivered. */
  acknowledge(position: number): void;
  /** Calls back after records were appended, once for all of a turn, and now and then while the disk cannot be read. Gives a function that ends it. */
  onAppended(listener: () => void): () => void;
}

export interface SpoolLimits {
  /** Bytes on disk. */
  readonly maxBytes: number;
  /** Seconds that a record is kept for a consumer that does not come. */
  readonly maxAgeSeconds: number;
}

/**
 * An append-only log on disk that several consumers read: what is acknowledged by all goes, the rest survives kill -9.
 * Beyond its limits the oldest records are dropped, and counted.
 */
export interface Spool {
  /** Position that the next record gets. */
  readonly next: number;
  /** Appends in order; after it returns, the records survive the end of the process, after `sync` that of the machine. */
  append(records: readonly Uint8Array[]): void;
  /** The same one for the same name. A new one begins at `next`: nothing before was meant for it. */
  consumer(name: string): Consumer;
  /** Lets go of a consumer that is no longer configured, which would else keep records until they are too old. */
  keepOnly(names: readonly string[]): void;
  /** Waits as long as the disk is full; rejects where the disk fails, or records were dropped before they could be written. */
  sync(): Promise<void>;
  readonly stats: {
    /** On disk. */
    readonly bytes: number;
    /** Records that wait for at least one consumer. */
    readonly records: number;
    /** Records that no consumer will get, or not all: by the limits, by damage, or because the disk was full for too long. */
    readonly dropped: number;
    /** What is wrong with the disk, in words; null: nothing. */
    readonly problem: string | null;
  };
  /** Writes what it can. Acknowledgements that come later are not kept. */
  close(): Promise<void>;
}

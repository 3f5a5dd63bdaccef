import { Kvm, type KV } from '@nats-io/kv';
import { InputError } from '../../compiler/error.ts';
import type { JetStream } from './jetstream.ts';
import { parseAssignment, type Assignment } from './assignment.ts';

const assignmentKey = 'assignment';

/** The bucket in which workers agree on who has which partition, and sources leave where they stand. The one file that knows it. */
export class Leases {
  readonly #bucket: KV;
  readonly #name: string;

  private constructor(bucket: KV, name: string) {
    this.#bucket = bucket;
    this.#name = name;
  }

  /** Makes it where there is none; one that is there with other replicas is refused by NATS. */
  static async make(jetstream: JetStream, name: string, replicas: number): Promise<Leases> {
    return new Leases(await new Kvm(jetstream.client).create(name, { history: 1, replicas, allow_direct: false }), name);
  }

  static async open(jetstream: JetStream, name: string): Promise<Leases> {
    return new Leases(await new Kvm(jetstream.client).open(name, { allow_direct: false }), name);
  }

  /** null: `setup` has not been here. */
  async read(): Promise<{ readonly assignment: Assignment; readonly revision: number } | null> {
    const entry = await this.#bucket.get(assignmentKey).catch((error: unknown) => {
      if (isNoBucket(error)) return null;
      throw error;
    });
    if (entry === null || entry.operation !== 'PUT') return null;
    const assignment = parseAssignment(entry.string());
    if (assignment === null) {
      throw new InputError({
        where: `bucket ${this.#name}, key ${assignmentKey}`,
        what: 'is not what this version of sandglass writes',
        hint: 'Use workers of one version, or another --prefix.',
      });
    }
    return { assignment, revision: entry.revision };
  }

  /** Replaces what was read with this revision (0: nothing). False: somebody else was faster. */
  async replace(assignment: Assignment, revision: number): Promise<boolean> {
    try {
      await this.#bucket.put(assignmentKey, JSON.stringify(assignment), { previousSeq: revision });
      return true;
    } catch (error) {
      if (error instanceof Error && /wrong last sequence/.test(error.message)) return false;
      throw error;
    }
  }

  /** Where a source stands; null: it never said. */
  async mark(key: string): Promise<string | null> {
    const entry = await this.#bucket.get(key);
    return entry === null || entry.operation !== 'PUT' ? null : entry.string();
  }

  async setMark(key: string, position: string): Promise<void> {
    await this.#bucket.put(key, position);
  }
}

const streamNotFound = 10059;

const isNoBucket = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === streamNotFound;

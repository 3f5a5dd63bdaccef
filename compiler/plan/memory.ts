import { createHash } from 'node:crypto';
import type { Target } from '../../runtime-js/artifact/abi.ts';
import type { Kernel } from '../../runtime-js/artifact/kernel.ts';
import { typeOf, type Node } from '../ir/graph.ts';
import type { IntGraph } from '../kernels/int-graph.ts';
import { definitionOf } from '../kernels/interpret.ts';

/** A piece of the data segment. */
export interface Segment {
  readonly name: string;
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** Hands out addresses, each a multiple of 16. */
export class Cursor {
  end = 0;

  take(bytes: number): number {
    const address = this.end;
    this.end += Math.ceil(bytes / 16) * 16;
    return address;
  }
}

/** The constants of all nodes, each once: an unrolled loop or a layer that is applied twice does not repeat its weights. */
export class Constants {
  readonly segments: Segment[] = [];
  readonly #memory: Cursor;
  readonly #addresses = new Map<string, number>();

  constructor(memory: Cursor) {
    this.#memory = memory;
  }

  /** Appends what is new of the node's constants to the segments, and gives their addresses. */
  place(graph: IntGraph, node: Node<Kernel>, target: Target): number[] {
    const constants = node.inputs
      .filter((id) => graph.constants.has(id))
      .map((id) => ({ values: graph.constants.get(id)!, shape: typeOf(graph, id).shape }));
    return definitionOf(node.op)
      .pack(constants, target, node.op)
      .map((bytes) => this.#place(node.name, bytes));
  }

  add(name: string, values: Float32Array): number {
    return this.addBytes(name, new Uint8Array(values.buffer));
  }

  addBytes(name: string, bytes: Uint8Array): number {
    return this.#place(name, bytes);
  }

  #place(name: string, bytes: Uint8Array): number {
    const digest = createHash('sha256').update(bytes).digest('hex');
    const known = this.#addresses.get(digest);
    if (known !== undefined) return known;
    const address = this.#memory.take(bytes.length);
    this.#addresses.set(digest, address);
    this.segments.push({ name, address, bytes });
    return address;
  }
}

/** Memory for what kernels compute from their constants at the start: a layer that is applied twice has it once. */
export class Prepared {
  readonly #memory: Cursor;
  readonly #addresses = new Map<string, number>();

  constructor(memory: Cursor) {
    this.#memory = memory;
  }

  place(op: Kernel, constants: readonly number[], target: Target): number {
    const preparation = definitionOf(op).prepare?.(op, target) ?? null;
    if (preparation === null) return 0;
    const { name, args } = preparation.emit({ constants, prepared: 0, scratch: 0 });
    const key = [name, ...args].join();
    const address = this.#addresses.get(key) ?? this.#memory.take(preparation.bytes);
    this.#addresses.set(key, address);
    return address;
  }
}

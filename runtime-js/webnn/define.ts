import type { GraphConstant, GraphNode, ValueIndex } from '../artifact/graph.ts';
import type { KernelKind, KernelOf } from '../artifact/kernel.ts';
import type { Net } from './net.ts';

/** What a kernel reads and writes. */
export interface Place {
  readonly inputs: readonly ValueIndex[];
  readonly constants: readonly GraphConstant[];
  readonly output: ValueIndex;
}

/** Adds the operations of a kernel to the net and puts its output there. Throws an Unavailable for what WebNN cannot say. */
export type Lower<K extends KernelKind> = (kernel: KernelOf<K>, place: Place, net: Net) => void;

/** Why a kernel stays on wasm. */
export interface Unsupported {
  readonly unsupported: string;
}

export type Row<K extends KernelKind> = Lower<K> | Unsupported;

export const defineLowering = <K extends KernelKind>(lower: Lower<K>): Lower<K> => lower;

export const placeOf = ({ inputs, constants, output }: GraphNode): Place => ({ inputs, constants, output });

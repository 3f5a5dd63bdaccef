import type { GraphConstant } from '../artifact/graph.ts';
import type { KernelKind, KernelOf } from '../artifact/kernel.ts';
import type { Layout } from './layout.ts';

/** A compute shader: what stands behind the declarations of its buffers and the functions that read them. */
export interface Program {
  /** WGSL: main and what it calls. `workgroup_size` is its own; `thread_index(group, grid, thread)` counts in groups of 64. */
  readonly code: string;
  /** Workgroups that so many windows take. */
  readonly groups: (windows: number) => number;
}

/** A buffer as passes name it; a node has input0, input1, ..., output; a score what `score.ts` says. `scratch` is its own. */
export type Operand = string;

/** One dispatch. */
export interface Pass {
  readonly program: Program;
  /** For few windows, over the same buffers: where one would leave most of a tile of the other empty. */
  readonly few?: Program;
  /** What it reads, by the name that its code gives it: `<name>_at(window, i)` and the like (layout.ts), and the array `name`. */
  readonly reads: Readonly<Record<string, Operand>>;
  /** What it writes, as the array `out`; it may read that too. */
  readonly writes: Operand;
  /** The array `constants`, if any. */
  readonly constants: Uint32Array<ArrayBuffer> | null;
}

/** Up to so many windows count as few. */
export const fewWindows = 8;

/** What a kernel is given of the values around it. */
export interface Operands {
  readonly inputs: readonly Layout[];
  readonly output: Layout;
  readonly constants: readonly GraphConstant[];
}

export interface Lowered {
  readonly passes: readonly Pass[];
  /** The layout of `scratch`; null: there is none. */
  readonly scratch: Layout | null;
}

/** How the device does a kernel. */
export interface Shader<K extends KernelKind> {
  lower(kernel: KernelOf<K>, operands: Operands): Lowered;
  /** Values of the rows in which inputs had best lie; none: it does not matter. It takes them in any. */
  inputRow?(kernel: KernelOf<K>): number;
  /** Values of the rows in which it gives its output of `size` values; none: it gives it in any. */
  outputRow?(kernel: KernelOf<K>, size: number): number;
}

/** Why the device does not do a kernel: completes "... stays on wasm: ". */
export interface Unsupported {
  readonly unsupported: string;
}

export const defineShader = <K extends KernelKind>(shader: Shader<K>): Shader<K> => shader;

/** Constants one behind the other, a word each but int8 in rows, which `packRows` makes; and where each begins. */
export function joinConstants(parts: readonly (Int32Array | Uint32Array | Float32Array)[]): {
  readonly constants: Uint32Array<ArrayBuffer>;
  readonly offsets: readonly number[];
} {
  const constants = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  const offsets: number[] = [];
  let at = 0;
  for (const part of parts) {
    offsets.push(at);
    constants.set(new Uint32Array(part.buffer, part.byteOffset, part.length), at);
    at += part.length;
  }
  return { constants, offsets };
}

/** A constant as words: int8 and int16 become i32. */
export const asWords = (constant: GraphConstant): Int32Array | Float32Array =>
  constant instanceof Float32Array || constant instanceof Int32Array ? constant : Int32Array.from(constant);

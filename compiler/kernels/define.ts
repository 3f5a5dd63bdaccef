import type { Target } from '../../runtime-js/artifact/abi.ts';
import type { KernelKind, KernelOf } from '../../runtime-js/artifact/kernel.ts';
import { padded } from '../../runtime-js/artifact/layout/stream.ts';
import type { IntConstant } from './int-graph.ts';
import type { Shape } from '../ir/tensor.ts';

/** An activation as it lies in memory: x' = q - zeroPoint as i16, f32, or the i32 sums of a layer. */
export type Activation = Int16Array | Float32Array | Int32Array;

/** Where a kernel's operands lie. Sizes are in values, without padding. */
export interface Place {
  /** Address and size of each input that is an activation. */
  readonly inputs: readonly { readonly address: number; readonly size: number }[];
  /** Address of each packed constant, in the order that `pack` gave. */
  readonly constants: readonly number[];
  readonly output: { readonly address: number; readonly size: number };
  /** Scratch memory of `scratchBytes`. */
  readonly scratch: number;
  /** What `prepare` left, if the kernel has it; else 0. */
  readonly prepared: number;
  readonly target: Target;
}

/** A call of a function of runtime-as. */
export interface Call {
  /** Module below runtime-as, without ending. */
  readonly module: string;
  readonly name: string;
  readonly args: readonly string[];
}

export const formatCall = ({ name, args }: Call): string => `${name}(${args.join(', ')})`;

export interface PackedConstant {
  readonly values: IntConstant;
  readonly shape: Shape;
}

/** What a kernel keeps from one run to the next; empty at first and after a reset. */
export interface Memory {
  hidden?: Int16Array;
  cell?: Float32Array;
}

export interface Preparation {
  readonly bytes: number;
  emit(place: Pick<Place, 'constants' | 'prepared' | 'scratch'>): Call;
}

/** The integer meaning of a kernel (plain, slow, obvious) and the call that does the same in AssemblyScript. */
export interface KernelDefinition<K extends KernelKind> {
  reference(
    kernel: KernelOf<K>,
    inputs: readonly Activation[],
    constants: readonly IntConstant[],
    size: number,
    memory: Memory,
  ): Activation;
  /** Constants in the memory order that the target's kernel reads; each entry becomes one aligned piece of the data segment. */
  pack(constants: readonly PackedConstant[], target: Target, kernel: KernelOf<K>): Uint8Array[];
  /** Whether the result may be written over an input: each value depends on the values at its own place alone. */
  readonly inPlace: boolean;
  scratchBytes(sizes: { readonly output: number; readonly input: number }, kernel: KernelOf<K>, target: Target): number;
  /**
   * Memory for what is computed from the constants when the module is instantiated, and the call that does it: nodes whose calls
   * say the same share it. null: nothing.
   */
  prepare?(kernel: KernelOf<K>, target: Target): Preparation | null;
  emit(kernel: KernelOf<K>, place: Place): Call[];
}

export const defineKernel = <K extends KernelKind>(definition: KernelDefinition<K>): KernelDefinition<K> => definition;

/** Bytes behind an activation that vector kernels may read. */
export const slackBytes = 16;

/** A number as an f32 literal of AssemblyScript. "No bound" is written as the largest finite f32 in kernels. */
export function float(value: number): string {
  if (!Number.isFinite(Math.fround(value))) throw new Error(`internal: ${value} is not a finite f32`);
  const text = String(Math.fround(value));
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** A number as an f64 literal of AssemblyScript. */
export function double(value: number): string {
  if (!Number.isFinite(value)) throw new Error(`internal: ${value} is not finite`);
  const text = String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

export const bytesOf = (values: IntConstant): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

/** Values followed by zeros up to a multiple of `vectorValues`. */
export function padConstant<T extends IntConstant>(values: T): Uint8Array {
  const bytes = new Uint8Array(padded(values.length) * values.BYTES_PER_ELEMENT);
  bytes.set(bytesOf(values));
  return bytes;
}

import type { Target } from '../../runtime-js/artifact/abi.ts';
import type { Kernel } from '../../runtime-js/artifact/kernel.ts';
import { typeOf, type Node, type ValueId } from '../ir/graph.ts';
import { sizeOf } from '../ir/tensor.ts';
import { padded, type Place } from '../kernels/define.ts';
import type { IntGraph, ScoredGraph } from '../kernels/int-graph.ts';
import { definitionOf } from '../kernels/interpret.ts';
import { placeBuffers } from './arena.ts';
import { findLatent } from './latent.ts';

/** A piece of the data segment. */
export interface Segment {
  readonly name: string;
  readonly address: number;
  readonly bytes: Uint8Array;
}

export interface Step {
  readonly node: Node<Kernel>;
  readonly place: Place;
}

/** Where everything lies in the module's memory. All addresses are multiples of 16. */
export interface Plan {
  readonly scored: ScoredGraph;
  readonly target: Target;
  readonly batch: number;
  readonly segments: readonly Segment[];
  readonly steps: readonly Step[];
  /** The narrowest hidden activation: encode stops after step `after`, decode starts there. */
  readonly latent: { readonly value: ValueId; readonly address: number; readonly after: number } | null;
  readonly addresses: {
    readonly threshold: number;
    readonly input: number;
    readonly errors: number;
    readonly scores: number;
    /** f32 code for the user, beside the int8 one. */
    readonly latent: number;
  };
  /** Address of each activation. */
  readonly values: ReadonlyMap<ValueId, number>;
  readonly memoryBytes: number;
}

/** Where the constants end; a multiple of 4. */
export const constantBytes = (segments: readonly Segment[]): number =>
  segments.reduce((end, { address, bytes }) => Math.max(end, address + 4 * Math.ceil(bytes.length / 4)), 0);

const pageBytes = 65_536;

/** Lays out constants, the batch of inputs, the arena of activations, and the results. */
export function plan(scored: ScoredGraph, options: { readonly target: Target; readonly batch: number }): Plan {
  const { graph } = scored;
  const memory = new Cursor();
  const threshold = memory.take(4);
  const segments: Segment[] = [];
  const packed = graph.nodes.map((node) => packConstants(graph, node, options.target, memory, segments));
  const size = sizeOf(typeOf(graph, graph.inputs[0]!).shape);
  const latent = findLatent(graph);
  const addresses = {
    threshold,
    input: memory.take(4 * size * options.batch + slackBytes),
    errors: memory.take(4 * padded(size)),
    scores: memory.take(4 * options.batch),
    latent: latent === null ? 0 : memory.take(4 * padded(latent.size)),
  };
  const values = placeActivations(scored, memory, addresses.input);
  const scratch = memory.take(Math.max(...graph.nodes.map((node) => scratchBytes(graph, node))));
  const sized = (id: ValueId) => ({ address: values.get(id)!, size: sizeOf(typeOf(graph, id).shape) });
  const steps = graph.nodes.map((node, i) => ({
    node,
    place: {
      inputs: node.inputs.filter((id) => !graph.constants.has(id)).map(sized),
      constants: packed[i]!,
      output: sized(node.output),
      scratch,
    },
  }));
  return {
    scored,
    ...options,
    segments,
    steps,
    latent: latent === null ? null : { value: latent.value, after: latent.after, address: values.get(latent.value)! },
    addresses,
    values,
    memoryBytes: Math.ceil(memory.end / pageBytes) * pageBytes,
  };
}

/** The vector kernels read up to one padded window beyond the last input. */
const slackBytes = 32;

/** Hands out addresses, each a multiple of 16. */
class Cursor {
  end = 0;

  take(bytes: number): number {
    const address = this.end;
    this.end += Math.ceil(bytes / 16) * 16;
    return address;
  }
}

const scratchBytes = (graph: IntGraph, { op, inputs, output }: Node<Kernel>): number =>
  definitionOf(op).scratchBytes(sizeOf(typeOf(graph, output).shape), sizeOf(typeOf(graph, inputs[0]!).shape));

/** Appends the node's constants to the segments and gives their addresses. */
function packConstants(graph: IntGraph, node: Node<Kernel>, target: Target, memory: Cursor, segments: Segment[]): number[] {
  const constants = node.inputs
    .filter((id) => graph.constants.has(id))
    .map((id) => ({ values: graph.constants.get(id)!, shape: typeOf(graph, id).shape }));
  return definitionOf(node.op)
    .pack(constants, target)
    .map((bytes) => {
      const address = memory.take(bytes.length);
      segments.push({ name: node.name, address, bytes });
      return address;
    });
}

/** Activations share memory where their lives do not overlap; what the score or the user reads lives to the end. */
function placeActivations({ graph, target }: ScoredGraph, memory: Cursor, input: number): Map<ValueId, number> {
  const end = graph.nodes.length;
  const buffers = graph.nodes.map(({ output: value }, first) => {
    const { dtype, shape } = typeOf(graph, value);
    const uses = graph.nodes.flatMap(({ inputs }, at) => (inputs.includes(value) ? [at] : []));
    const kept = value === target || graph.outputs.includes(value);
    const bytes = padded(sizeOf(shape)) * (dtype === 'f32' ? 4 : 2);
    return { value, bytes, first, last: kept ? end : Math.max(first, ...uses) };
  });
  const { placed, bytes } = placeBuffers(buffers);
  const base = memory.take(bytes);
  return new Map([[graph.inputs[0]!, input], ...placed.map(({ value, offset }) => [value, base + offset] as const)]);
}

import type { Target } from '../../runtime-js/artifact/abi.ts';
import type { Kernel } from '../../runtime-js/artifact/kernel.ts';
import { typeOf, valueOf, type Node, type ValueId } from '../ir/graph.ts';
import { sizeOf } from '../ir/tensor.ts';
import { padded } from '../../runtime-js/artifact/layout/stream.ts';
import { slackBytes, type Place } from '../kernels/define.ts';
import { readAs, type IntGraph, type ScoredGraph } from '../kernels/int-graph.ts';
import { definitionOf } from '../kernels/interpret.ts';
import type { SignalPlace } from '../signal/define.ts';
import type { Extractor } from '../signal/extractor.ts';
import { lowerBound, placeBuffers, type Buffer, type Placed } from './arena.ts';
import { findLatent, latentAt, type Latent } from './latent.ts';
import { Constants, Cursor, Prepared, type Segment } from './memory.ts';
import { normalQuantiles } from './normal.ts';

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
    /** f32: the threshold, and the score at which an alarm may go off. */
    readonly threshold: number;
    /** i32: scores in a row that ask for another alarm. */
    readonly alarmCount: number;
    readonly input: number;
    readonly errors: number;
    readonly scores: number;
    /** f32 code for the user, beside the int8 one. */
    readonly latent: number;
    /** Table of the normal distribution; null where no code is drawn. */
    readonly normals: number | null;
    /** What the score function reads, in its own order, and scribbles on. */
    readonly score: { readonly constants: readonly number[]; readonly scratch: number };
    /** One raw sample of a stream. */
    readonly sample: number;
    /** The sliding window, and where it stands (runtime-as/stream.ts); null where a window is one sample. */
    readonly stream: { readonly ring: number; readonly state: number } | null;
  };
  /** What a window of raw samples is. */
  readonly window: WindowShape;
  /** What makes features of it, which the model reads, and where; null: the model reads the samples. */
  readonly signal: { readonly extractor: Extractor; readonly place: Omit<SignalPlace, 'window'> } | null;
  /** Address of each activation. */
  readonly values: ReadonlyMap<ValueId, number>;
  readonly arena: Arena;
  readonly memoryBytes: number;
}

/** Samples per window, values per sample, and samples from window to window. */
export interface WindowShape {
  readonly samples: number;
  readonly channels: number;
  readonly hop: number;
}

/** What activations and scratch memory share. */
export interface Arena {
  readonly bytes: number;
  /** The least that any placement would need. */
  readonly lowerBound: number;
  readonly buffers: readonly ArenaBuffer[];
}

export interface ArenaBuffer extends Placed<Buffer> {
  /** The nodes that write it (one that may write over its input does so); null for what a step scribbles on. */
  readonly name: string | null;
}

/** Where the constants end; a multiple of 4. */
export const constantBytes = (segments: readonly Segment[]): number =>
  segments.reduce((end, { address, bytes }) => Math.max(end, address + 4 * Math.ceil(bytes.length / 4)), 0);

const pageBytes = 65_536;

/** What else a plan depends on. */
export interface PlanOptions {
  readonly target: Target;
  readonly batch: number;
  readonly cut: string | null;
  /** A variational autoencoder: codes can be drawn from its prior. */
  readonly generative: boolean;
  readonly window: WindowShape;
  readonly extractor: Extractor | null;
  readonly score: {
    /** What the score function reads. */
    readonly constants: readonly Float32Array[];
    readonly scratchBytes: number;
    /** The value of the float graph that it takes for the latent code; null: it looks at none. */
    readonly code: ValueId | null;
  };
}

/** Lays out constants, the batch of inputs, the arena of activations, and the results. */
export function plan(scored: ScoredGraph, options: PlanOptions): Plan {
  const { graph } = scored;
  const memory = new Cursor();
  const threshold = memory.take(8);
  const constants = new Constants(memory);
  const packed = graph.nodes.map((node) => constants.place(graph, node, options.target));
  const size = sizeOf(typeOf(graph, graph.inputs[0]!).shape);
  const latent = latentOf(scored, options);
  const tables = options.extractor?.constants.map((bytes) => constants.addBytes('features', bytes)) ?? [];
  const normals = options.generative && latent !== null ? constants.add('normal distribution', normalQuantiles()) : null;
  // Before the windows: the data segment reaches to the last constant.
  const scoreConstants = options.score.constants.map((values) => constants.add('score', values));
  const addresses = {
    threshold,
    ...placeWindows(memory, options.window, options.batch),
    alarmCount: memory.take(4),
    errors: memory.take(4 * padded(size)),
    scores: memory.take(4 * options.batch),
    latent: latent === null ? 0 : memory.take(4 * padded(latent.size)),
    normals,
    score: { constants: scoreConstants, scratch: memory.take(options.score.scratchBytes) },
  };
  const signal = placeSignal(memory, options.extractor, tables, size);
  const { values, scratch, arena } = placeActivations(scored, options.target, memory, signal?.place.output ?? addresses.input);
  const sized = (id: ValueId) => ({ address: values.get(id)!, size: sizeOf(typeOf(graph, id).shape) });
  const prepared = new Prepared(memory);
  const steps = graph.nodes.map((node, i) => ({
    node,
    place: {
      inputs: node.inputs.filter((id) => !graph.constants.has(id)).map(sized),
      constants: packed[i]!,
      output: sized(node.output),
      scratch: scratch[i]!,
      prepared: prepared.place(node.op, packed[i]!, options.target),
      target: options.target,
    },
  }));
  return {
    scored,
    target: options.target,
    batch: options.batch,
    segments: constants.segments,
    steps,
    latent: latent === null ? null : { value: latent.value, after: latent.after, address: values.get(latent.value)! },
    addresses,
    window: options.window,
    signal,
    values,
    arena,
    memoryBytes: Math.ceil(memory.end / pageBytes) * pageBytes,
  };
}

/** The code of one step says nothing of the steps before. */
function latentOf({ graph, origins }: ScoredGraph, { cut, score: { code } }: PlanOptions): Latent | null {
  if (code === null) return graph.nodes.some(({ op }) => isStateful(op)) ? null : findLatent(graph, cut);
  const latent = latentAt(graph, readAs(origins, code));
  if (latent === null) throw new Error('internal: the score looks at a value that is no latent code');
  return latent;
}

/** The windows of a batch, and what a stream needs: a sample and the sliding window. */
function placeWindows(
  memory: Cursor,
  { samples, channels }: WindowShape,
  batch: number,
): Pick<Plan['addresses'], 'input' | 'sample' | 'stream'> {
  const size = samples * channels;
  const input = memory.take(4 * size * batch + 2 * slackBytes);
  if (samples === 1) return { input, sample: input, stream: null };
  const ring = memory.take(8 * size + slackBytes);
  return { input, sample: memory.take(4 * channels), stream: { ring, state: memory.take(streamStateBytes) } };
}

/** The features of a window, and what they are made with. */
function placeSignal(memory: Cursor, extractor: Extractor | null, constants: readonly number[], size: number): Plan['signal'] {
  if (extractor === null) return null;
  const output = memory.take(4 * padded(size) + slackBytes);
  const [scratch, state] = [memory.take(extractor.scratchBytes), memory.take(extractor.stateBytes)];
  return { extractor, place: { output, constants, scratch, state } };
}

/** What runtime-as/stream.ts remembers beside the samples. */
export const streamStateBytes = 16;

const isStateful = (op: Kernel): boolean => op.kind === 'recurrent' && op.stateful;

export const scratchBytes = (graph: IntGraph, { op, inputs, output }: Node<Kernel>, target: Target): number =>
  definitionOf(op).scratchBytes(
    { output: sizeOf(typeOf(graph, output).shape), input: sizeOf(typeOf(graph, inputs[0]!).shape) },
    op,
    target,
  );

/** Where stateful layers keep what they remember from run to run, and how many bytes of it. */
export const statesOf = ({ steps, target, scored: { graph } }: Plan): (readonly [address: number, bytes: number])[] =>
  steps
    .filter(({ node }) => isStateful(node.op))
    .map(({ node, place }) => [place.scratch, scratchBytes(graph, node, target)] as const);

/** What a node needs in the arena: its result, and what it scribbles on while it runs. */
interface Need extends Buffer {
  readonly values: readonly ValueId[];
}

/** What the node of a step scribbles on. */
interface Scratch extends Buffer {
  readonly step: number;
}

/**
 * Activations share memory where their lives do not overlap; what the score or the user reads lives to the end. A kernel that
 * may write over its input does so where nobody reads that input later.
 */
function needsOf(
  { graph, target: compared }: ScoredGraph,
  target: Target,
): { readonly results: readonly Need[]; readonly scratch: readonly Scratch[] } {
  const end = graph.nodes.length;
  const results: Need[] = [];
  const scratch = graph.nodes.map((node, at) => ({
    bytes: scratchBytes(graph, node, target),
    // What a stateful layer remembers from run to run nobody else may write.
    ...(isStateful(node.op) ? { first: 0, last: end } : { first: at, last: at }),
    step: at,
  }));
  graph.nodes.forEach(({ op, inputs, output }, first) => {
    const { dtype, shape } = typeOf(graph, output);
    const uses = graph.nodes.flatMap((other, at) => (other.inputs.includes(output) ? [at] : []));
    const kept = output === compared || graph.outputs.includes(output);
    const bytes = padded(sizeOf(shape)) * (dtype === 'integer' ? 2 : 4) + slackBytes;
    const last = kept ? end : Math.max(first, ...uses);
    const over = results.findIndex(
      (need) => definitionOf(op).inPlace && need.last === first && need.bytes === bytes && inputs.includes(need.values.at(-1)!),
    );
    if (over < 0) results.push({ values: [output], bytes, first, last });
    else results[over] = { ...results[over]!, values: [...results[over]!.values, output], last };
  });
  return { results, scratch };
}

/** Address of each activation, and of each node's scratch memory. */
function placeActivations(
  scored: ScoredGraph,
  target: Target,
  memory: Cursor,
  input: number,
): { readonly values: ReadonlyMap<ValueId, number>; readonly scratch: readonly number[]; readonly arena: Plan['arena'] } {
  const { results, scratch } = needsOf(scored, target);
  const { placed, bytes } = placeBuffers<Need & { readonly step?: number }>([
    ...results,
    ...scratch.map((buffer) => ({ ...buffer, values: [] })),
  ]);
  const base = memory.take(bytes);
  const activations = placed.filter(({ values }) => values.length > 0);
  const scratches = placed.filter(({ step }) => step !== undefined).toSorted((a, b) => a.step! - b.step!);
  return {
    values: new Map([
      [scored.graph.inputs[0]!, input],
      ...activations.flatMap(({ values, offset }) => values.map((value) => [value, base + offset] as const)),
    ]),
    scratch: scratches.map(({ offset }) => base + offset),
    arena: {
      bytes,
      lowerBound: lowerBound([...results, ...scratch]),
      buffers: placed
        .filter((buffer) => buffer.bytes > 0)
        .toSorted((a, b) => a.first - b.first || b.bytes - a.bytes)
        .map(({ values, bytes: size, first, last, offset }) => ({
          bytes: size,
          first,
          last,
          offset,
          name: nameOf(scored.graph, values),
        })),
    },
  };
}

const nameOf = (graph: IntGraph, values: readonly ValueId[]): string | null =>
  values.length === 0 ? null : values.map((id) => valueOf(graph, id).name).join(' = ');

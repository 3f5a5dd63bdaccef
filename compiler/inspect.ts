import { asAutoencoder } from './autoencoder.ts';
import { costOf, describeLayers } from './describe.ts';
import { InputError } from './error.ts';
import { typeOf } from './ir/graph.ts';
import { formatShape } from './ir/tensor.ts';
import type { FloatGraph } from './ops/float-graph.ts';
import { drawArena } from './plan/draw.ts';
import { plan } from './plan/plan.ts';
import { quantize } from './quantize/index.ts';
import { readModel } from './read/index.ts';
import type { Source } from './read/source.ts';
import { simplify } from './simplify/index.ts';

/** What a trained model is, before it is compiled. */
export interface Inspection {
  readonly file: string;
  readonly format: string;
  readonly input: string;
  readonly output: string;
  /** Layers as the file has them. */
  readonly layersInFile: number;
  /** Layers that remain after folding and fusing. */
  readonly layers: readonly string[];
  readonly parameters: number;
  /** Multiply-adds per window. */
  readonly multiplyAdds: number;
  /** Bytes of int8 weights, int32 bias and f32 multipliers. */
  readonly estimatedBytes: number;
  /** Simplifications in the order of their use, with how often each was used. */
  readonly simplified: readonly string[];
  /** Why the model cannot be compiled as it is; null if it can. */
  readonly problem: string | null;
  /** Memory of activations and its picture; null where the model cannot be compiled. */
  readonly arena: { readonly bytes: number; readonly lowerBound: number; readonly picture: readonly string[] } | null;
}

/** Reads a trained model and says what would be compiled. Throws an InputError if it cannot be read. */
export async function inspect(source: Source): Promise<Inspection> {
  const { graph, format } = await readModel(source);
  const { graph: simple, applied } = simplify(graph);
  const cost = costOf(simple);
  return {
    file: source.name,
    format,
    input: graph.inputs.map((id) => formatShape(typeOf(graph, id).shape)).join(', '),
    output: graph.outputs.map((id) => formatShape(typeOf(graph, id).shape)).join(', '),
    layersInFile: graph.nodes.length,
    layers: describeLayers(simple),
    ...cost,
    simplified: count(applied),
    ...planOf(simple, source.name),
  };
}

/** Lowers the model as if each activation went from -1 to 1: what it needs does not depend on the data. */
function planOf(graph: FloatGraph, file: string): Pick<Inspection, 'problem' | 'arena'> {
  try {
    const model = asAutoencoder(graph, file);
    const ranges = new Map([...graph.values.keys()].map((id) => [id, { min: -1, max: 1, rms: 0.5 }]));
    const options = { scaling: null, activations: 'int8', rounding: 'float' } as const;
    const scored = quantize({ graph: model.graph, ranges, activity: new Map() }, options, file);
    const { arena } = plan(scored, {
      target: 'simd',
      batch: 1,
      cut: null,
      generative: false,
      window: { samples: 1, channels: model.size, hop: 1 },
      extractor: null,
      score: { constants: [], scratchBytes: 0, code: null },
    });
    return { problem: null, arena: { bytes: arena.bytes, lowerBound: arena.lowerBound, picture: drawArena(arena) } };
  } catch (error) {
    if (error instanceof InputError) return { problem: error.what, arena: null };
    throw error;
  }
}

function count(names: readonly string[]): string[] {
  const times = new Map<string, number>();
  for (const name of names) times.set(name, (times.get(name) ?? 0) + 1);
  return [...times].map(([name, n]) => `${name} x${n}`);
}

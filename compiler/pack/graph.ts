import { deflateSync } from 'fflate';
import type { GraphValue, StoredGraph } from '../../runtime-js/artifact/graph.ts';
import type { ScoreFunction } from '../../runtime-js/artifact/manifest.ts';
import { typeOf, type ValueId } from '../ir/graph.ts';
import type { IntGraph } from '../kernels/int-graph.ts';
import { storedRange } from '../kernels/stored.ts';
import type { Plan } from '../plan/plan.ts';

/**
 * The model as accelerators read it: its weights are those of the data segment, by address. `looksAt`: beside the reconstruction;
 * `constants`: what the score reads.
 */
export function storedGraph(
  { scored, steps, latent, addresses }: Plan,
  score: ScoreFunction,
  looksAt: 'reconstruction' | 'code' | 'distribution',
  constants: readonly Float32Array[],
): StoredGraph {
  const { graph } = scored;
  const ids = [graph.inputs[0]!, ...graph.nodes.map(({ output }) => output)];
  const index = new Map(ids.map((id, i) => [id, i]));
  const indexOf = (id: ValueId): number => index.get(id)!;
  return {
    values: ids.map((id) => valueOf(graph, id)),
    nodes: steps.map(({ node, place }) => ({
      kernel: node.op,
      inputs: node.inputs.filter((id) => !graph.constants.has(id)).map(indexOf),
      constants: place.constants,
      output: indexOf(node.output),
    })),
    input: 0,
    target: indexOf(scored.target),
    reconstruction: indexOf(scored.reconstruction),
    output: indexOf(scored.output),
    score: {
      function: score,
      code: looksAt === 'reconstruction' ? null : indexOf(latent!.value),
      logVariance: looksAt === 'distribution' ? indexOf(scored.logVariance!) : null,
      constants: addresses.score.constants.map((address, i) => [address, constants[i]!.length] as const),
    },
  };
}

function valueOf(graph: IntGraph, id: ValueId): GraphValue {
  const type = typeOf(graph, id);
  const { shape } = type;
  switch (type.dtype) {
    case 'integer':
      return { dtype: 'i16', shape, ...storedRange(type.quantization), scale: type.quantization.scale };
    case 'f32':
    case 'i32':
      return { dtype: type.dtype, shape };
    case 'constant':
      throw new Error('internal: a constant is no activation');
  }
}

export const encodeGraph = (graph: StoredGraph): Uint8Array =>
  deflateSync(new TextEncoder().encode(JSON.stringify(graph)), { level: 9 });

import type { GraphNode, ModelGraph } from '../artifact/graph.ts';
import type { KernelKind } from '../artifact/kernel.ts';
import { Unavailable } from '../backend.ts';
import type { Graph, GraphBuilder, Operand } from './api.ts';
import { placeOf, type Row } from './define.ts';
import { lowerings } from './index.ts';
import { Net } from './net.ts';
import type { LowerScore } from './scores/define.ts';
import { scores } from './scores/index.ts';

const table: { readonly [K in KernelKind]: Row<K> } = lowerings;
const scoreTable: { readonly [K in ModelGraph['score']['function']]: LowerScore } = scores;

/** The one cast of this table: TypeScript cannot see that `table[kernel.kind]` fits `kernel`. */
const rowOf = ({ kernel }: GraphNode): Row<KernelKind> => table[kernel.kind] as Row<KernelKind>;

/** Throws an Unavailable if a kernel of the graph is not for WebNN. */
export function checkSupported({ nodes }: ModelGraph): void {
  for (const node of nodes) {
    const row = rowOf(node);
    if (typeof row !== 'function') throw new Unavailable(row.unsupported);
  }
}

/** Names of the graph's outputs: f32[batch x 1], and f32[batch x values] twice. */
export const outputs = ['scores', 'reconstruction', 'errors'] as const;

/** The model for `batch` windows: input f32[batch x values], outputs as above. */
export async function buildGraph(builder: GraphBuilder, graph: ModelGraph, batch: number): Promise<Graph> {
  const net = new Net(builder, graph, batch);
  net.put(graph.input, builder.input('input', { dataType: 'float32', shape: [batch, net.sizeOf(graph.input)] }));
  for (const node of graph.nodes) {
    const row = rowOf(node);
    if (typeof row === 'function') row(node.kernel, placeOf(node), net);
  }
  return builder.build(outputsOf(graph, net));
}

function outputsOf(graph: ModelGraph, net: Net): Record<(typeof outputs)[number], Operand> {
  const { code, logVariance, constants } = graph.score;
  const { score, errors } = scoreTable[graph.score.function](
    {
      x: net.read(graph.target),
      y: net.read(graph.reconstruction),
      code: code === null ? null : net.read(code),
      logVariance: logVariance === null ? null : net.read(logVariance),
      shape: graph.values[graph.input]!.shape,
      constants,
    },
    net,
  );
  return { scores: score, reconstruction: net.read(graph.output), errors };
}

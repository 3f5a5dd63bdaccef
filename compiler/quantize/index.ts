import type { Calibrated } from '../calibrate/run.ts';
import { consumersOf, producerOf, type ValueId } from '../ir/graph.ts';
import type { IntGraph } from '../kernels/int-graph.ts';
import type { FloatGraph, OpKind } from '../ops/float-graph.ts';
import { Lowering } from './lowering.ts';
import type { LoweringRule } from './rules/define.ts';
import { rules } from './rules/index.ts';

const table: { readonly [K in OpKind]: LoweringRule<K> } = rules;

/** Lowers a calibrated float model to integer kernels. `file` is named in errors. */
export function quantize({ graph, ranges }: Calibrated, file: string): IntGraph {
  const lowering = new Lowering(file, graph, ranges, floatTail(graph));
  // The one cast of this table: TypeScript cannot see that `table[node.op.kind]` fits `node`.
  for (const node of graph.nodes) (table[node.op.kind] as LoweringRule<OpKind>)(node, lowering);
  return lowering.finish();
}

/** From the output back to the last layer's sums: these values are f32, the score is computed before any rounding to int8. */
function floatTail(graph: FloatGraph): ReadonlySet<ValueId> {
  const tail = new Set<ValueId>(graph.outputs);
  for (let id = graph.outputs[0]!; ;) {
    const producer = producerOf(graph, id);
    const passes = producer !== undefined && ['elementwise', 'affine', 'reshape'].includes(producer.op.kind);
    if (!passes || consumersOf(graph, producer.inputs[0]!).length > 1) return tail;
    id = producer.inputs[0]!;
    tail.add(id);
  }
}

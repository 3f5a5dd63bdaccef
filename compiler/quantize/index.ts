import type { Calibrated } from '../ops/calibrated.ts';
import { consumersOf, producerOf, type Node, type ValueId } from '../ir/graph.ts';
import type { Rounding } from '../../runtime-js/artifact/kernel.ts';
import type { ScoredGraph } from '../kernels/int-graph.ts';
import { isStraight } from './rules/elementwise.ts';
import type { FloatGraph, Op, OpKind, OpOf } from '../ops/float-graph.ts';
import { gatherZeros } from './gather-zeros.ts';
import { isClamp, Lowering } from './lowering.ts';
import type { LoweringRule } from './rules/define.ts';
import { rules } from './rules/index.ts';

const table: { readonly [K in OpKind]: LoweringRule<K> } = rules;

export interface QuantizeOptions {
  /** The model's own input scaling if the reconstruction is to be compared in its space, else null. */
  readonly scaling: Node<OpOf<'affine'>> | null;
  /** int16 costs neither time nor bytes here: activations lie in memory as i16 anyway. */
  readonly activations: 'int8' | 'int16';
  /** Results of the layers whose weights are int16, which takes twice the time and the bytes. */
  readonly wide?: ReadonlySet<ValueId>;
  /** A model of one step whose recurrent layers remember the steps before. */
  readonly stateful?: boolean;
  /** The latent code of the float graph where a score looks at it: the order of its values is not touched. */
  readonly code?: ValueId | null;
  /** A second result of the graph, which stays f32: the log variance of the code, where a score looks at it. */
  readonly logVariance?: ValueId | null;
  /** For models that are int8 already. */
  readonly rounding: Rounding;
}

/** Lowers a calibrated float model to integer kernels. `file` is named in errors. */
export function quantize(calibrated: Calibrated, options: QuantizeOptions, file: string): ScoredGraph {
  const { code = null, logVariance = null } = options;
  const { ordered, orders } = gatherZeros(calibrated, code);
  const { graph } = ordered;
  const lowering = new Lowering(file, ordered, {
    float: new Set([
      ...[...graph.outputs, ...(logVariance === null ? [] : [logVariance])].flatMap((id) => floatTail(graph, id)),
      ...(options.activations === 'int16' ? floatCurves(graph) : []),
    ]),
    wide: options.activations === 'int16',
    wideLayers: options.wide ?? new Set(),
    stateful: options.stateful === true,
    rounding: options.rounding,
  });
  // The one cast of this table: TypeScript cannot see that `table[node.op.kind]` fits `node`.
  for (const node of graph.nodes) {
    lowering.begin(node);
    (table[node.op.kind] as LoweringRule<OpKind>)(node, lowering);
  }
  return lowering.finish(options.scaling, logVariance, orders);
}

/** Ops that run in f32 behind the last layer with weights; an activation only if straight lines follow it far enough. */
const floatOps: ReadonlySet<string> = new Set(['affine', 'reshape', 'transpose', 'gather', 'pad']);
const runsInFloat = (op: Op): boolean => floatOps.has(op.kind) || (op.kind === 'elementwise' && isStraight(op.fn));

/** From a result back to the last layer's sums: these values are f32, the score is computed before any rounding to int8. */
function floatTail(graph: FloatGraph, result: ValueId): ValueId[] {
  const tail = [result];
  for (let id = result; ;) {
    const producer = producerOf(graph, id);
    if (
      producer === undefined ||
      !runsInFloat(producer.op) ||
      graph.inputs.includes(producer.inputs[0]!) ||
      consumersOf(graph, producer.inputs[0]!).length > 1
    )
      return tail;
    id = producer.inputs[0]!;
    tail.push(id);
  }
}

/**
 * With int16 activations, what a curved function reads and gives: straight lines between f32 values are finer than the table of int8. An int8
 * model keeps the tables of its own integers.
 */
const floatCurves = (graph: FloatGraph): ValueId[] =>
  graph.nodes.flatMap(({ op, inputs, output }) => {
    const x = inputs[0]!;
    const isCurve = op.kind === 'elementwise' && isStraight(op.fn) && !isClamp(op.fn);
    if (!isCurve || graph.inputs.includes(x) || consumersOf(graph, x).length > 1 || isOnGrid(graph, x, output)) return [];
    return [x, output];
  });

const isOnGrid = (graph: FloatGraph, x: ValueId, output: ValueId): boolean =>
  producerOf(graph, x)?.op.kind === 'fakeQuantize' || consumersOf(graph, output).some(({ op }) => op.kind === 'fakeQuantize');

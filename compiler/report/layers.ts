import { costOfNode, describeLayer } from '../describe.ts';
import { typeOf, type ValueId } from '../ir/graph.ts';
import { sizeOf } from '../ir/tensor.ts';
import type { FloatGraph } from '../ops/float-graph.ts';
import type { Plan } from '../plan/plan.ts';
import type { LayerReport, ValueReport } from './analysis.ts';
import { representableOf, weightsOf, type ComparedTensor } from './tensors.ts';

/** What a row says beside the values. */
interface Costs {
  readonly graph: FloatGraph;
  readonly plan: Plan;
  readonly scoreErrors: ScoreErrors;
}

/** Mean relative error of the score if only one thing is rounded, as far as that was measured. */
export interface ScoreErrors {
  /** By value of the float model: its integers. */
  readonly values: ReadonlyMap<ValueId, number>;
  /** By result of a layer: its int8 weights. */
  readonly weights: ReadonlyMap<ValueId, number>;
}

/** A tensor and what its values were on held-out windows and in the test files. */
export interface Tallied {
  readonly tensor: ComparedTensor;
  readonly heldOut: ValueReport;
  readonly tests: readonly ValueReport[];
}

/** Beyond this share of clipped values a tensor is marked. */
export const clippedFrom = 0.001;
/** dB below which a loss is in the noise of the measurement. */
const leastLoss = 3;

/** dB from which on a difference is that of f32 (24 bits: 144 dB), not of integers. */
export const exact = 120;

/** One row per tensor, with what its layer weighs and costs. */
export function layerReports({ graph, plan, scoreErrors }: Costs, tallied: readonly Tallied[]): LayerReport[] {
  const rows = tallied.map(({ tensor, heldOut, tests }): LayerReport => {
    const { nodes, quantization, calibrated } = tensor;
    const weights = weightsOf(plan, nodes);
    return {
      name: tensor.name,
      what: whatOf(graph, tensor),
      format: quantization === null ? 'f32' : quantization.dtype === 'i8' ? 'int8' : 'int16',
      scale: quantization?.scale ?? null,
      calibrated: calibrated === null ? null : [calibrated.min, calibrated.max],
      representable: quantization === null ? null : representableOf(quantization),
      heldOut,
      tests,
      lost: lossOf(tensor, heldOut, tallied),
      weights: weights.format,
      weightBytes: weights.bytes,
      multiplyAdds: nodes.reduce((sum, node) => sum + costOfNode(graph, node).multiplyAdds, 0),
      scoreError: known(scoreErrors.values, tensor),
      weightError: known(scoreErrors.weights, tensor),
      marks: [],
    };
  });
  return marked(rows);
}

const known = (errors: ReadonlyMap<ValueId, number>, { floats }: ComparedTensor): number | null =>
  floats.map((id) => errors.get(id)).find((error) => error !== undefined) ?? null;

/** Ops that change nothing that one could see in the values. */
const silent: ReadonlySet<string> = new Set(['reshape', 'fakeQuantize']);

function whatOf(graph: FloatGraph, { nodes, float }: ComparedTensor): string {
  if (nodes.length === 0) return `${sizeOf(typeOf(graph, float).shape)} values, as they come`;
  const telling = nodes.filter(({ op }) => !silent.has(op.kind));
  return (telling.length === 0 ? nodes.slice(0, 1) : telling).map((node) => describeLayer(graph, node)).join(', ');
}

/** dB between the worst of the tensors that it is made of and itself. */
function lossOf({ nodes, floats }: ComparedTensor, { decibels }: ValueReport, tallied: readonly Tallied[]): number | null {
  const read = new Set(nodes.flatMap(({ inputs }) => inputs).filter((id) => !floats.includes(id)));
  const before = tallied.flatMap(({ tensor, heldOut }) =>
    tensor.floats.some((id) => read.has(id)) ? (heldOut.decibels ?? []) : [],
  );
  const worst = Math.min(...before);
  // Whatever is rounded first loses all against what is exact.
  return before.length === 0 || worst >= exact || decibels === null ? null : worst - decibels;
}

function marked(rows: readonly LayerReport[]): LayerReport[] {
  const lowest = Math.min(...rows.map(({ heldOut }) => heldOut.decibels ?? Infinity));
  const largest = Math.max(...rows.map(({ lost }) => lost ?? -Infinity));
  return rows.map((row) => ({
    ...row,
    marks: [
      ...(row.heldOut.decibels === lowest ? (['lowest signal to noise'] as const) : []),
      ...(row.lost === largest && largest > leastLoss ? (['largest loss'] as const) : []),
      ...([row.heldOut, ...row.tests].some(({ clipped }) => clipped > clippedFrom) ? (['clips'] as const) : []),
    ],
  }));
}

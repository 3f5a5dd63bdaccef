import type { Windows } from '../calibrate/samples.ts';
import { costOfNode } from '../describe.ts';
import type { ValueId } from '../ir/graph.ts';
import type { Range } from '../ops/calibrated.ts';
import type { FloatGraph } from '../ops/float-graph.ts';
import type { Plan } from '../plan/plan.ts';
import type { OnProgress } from '../progress.ts';
import type { LatentReport, LayerReport, ValueReport } from './analysis.ts';
import { Codes } from './latent.ts';
import { layerReports, type ScoreErrors } from './layers.ts';
import { tensorsOf, type ComparedTensor } from './tensors.ts';
import { chooseWindows, compareValues, TensorTally, type Chosen, type Values } from './values.ts';

/** A model in floats and in integers. */
export interface Subject {
  /** As trained: before weights were rounded. */
  readonly graph: FloatGraph;
  readonly plan: Plan;
  readonly ranges: ReadonlyMap<ValueId, Range>;
  readonly stateful: boolean;
  /** Of a stateful model: the same over the steps of the sequences of these windows; else null. */
  readonly sequenceOf: (windows: Windows) => FloatGraph | null;
  /** The score of the float model from its values. */
  readonly floatScore: (values: ReadonlyMap<ValueId, Float32Array>) => number;
  readonly scoreErrors: ScoreErrors;
}

export interface Comparison {
  readonly layers: readonly LayerReport[];
  readonly latent: LatentReport | null;
  /** Windows of the normal data that were compared. */
  readonly windows: number;
  /** Float scores of some windows of each test file. */
  readonly tests: readonly { readonly windows: readonly number[]; readonly scores: readonly number[] }[];
}

/** Tensor by tensor, on some of the eligible windows of normal data and on some of the windows of each test file. */
export function compareTensors(
  subject: Subject,
  normal: { readonly windows: Windows; readonly isEligible: (window: number) => boolean },
  tests: readonly Windows[],
  onProgress: OnProgress,
): Comparison {
  const { graph, plan, stateful } = subject;
  const tensors = tensorsOf(graph, subject.ranges, plan.scored);
  const multiplyAdds = graph.nodes.reduce((sum, node) => sum + costOfNode(graph, node).multiplyAdds, 0);
  const choose = (windows: Windows, isEligible: (window: number) => boolean): Chosen =>
    chooseWindows(windows, isEligible, multiplyAdds, stateful);
  const chosen = [choose(normal.windows, normal.isEligible), ...tests.map((windows) => choose(windows, () => true))];
  const total = chosen.reduce((sum, { numbers }) => sum + numbers.length, 0);
  let done = 0;
  const advance = (): void => onProgress({ stage: 'compare', done: ++done, total });
  const codes = new Codes(plan);
  const scores = tests.map((): number[] => []);
  const [heldOut, ...others] = chosen.map((some, i) =>
    tally(subject, tensors, some, (values) => {
      if (i === 0) codes.look(values);
      else scores[i - 1]!.push(subject.floatScore(values.float));
      advance();
    }),
  );
  const tallied = tensors.map((tensor, i) => ({ tensor, heldOut: heldOut![i]!, tests: others.map((reports) => reports[i]!) }));
  return {
    layers: layerReports(subject, tallied),
    latent: codes.finish(),
    windows: chosen[0]!.numbers.length,
    tests: scores.map((some, i) => ({ windows: chosen[i + 1]!.numbers, scores: some })),
  };
}

function tally(
  { graph, plan, sequenceOf }: Subject,
  tensors: readonly ComparedTensor[],
  chosen: Chosen,
  look: (values: Values) => void,
): ValueReport[] {
  const tallies = tensors.map((tensor) => new TensorTally(tensor));
  compareValues({ graph, scored: plan.scored, sequence: sequenceOf(chosen.windows) }, chosen, (values) => {
    for (const each of tallies) each.look(values);
    look(values);
  });
  return tallies.map((each) => each.finish());
}

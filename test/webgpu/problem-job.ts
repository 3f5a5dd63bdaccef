import type { GraphValue } from '../../runtime-js/artifact/graph.ts';
import type { Kernel, KernelKind } from '../../runtime-js/artifact/kernel.ts';
import type { Activation } from '../../compiler/kernels/define.ts';
import { definitionOf } from '../../compiler/kernels/interpret.ts';
import { layoutOf } from '../../runtime-js/webgpu/layout.ts';
import { shaderOf, type Step } from '../../runtime-js/webgpu/lower.ts';
import type { Problem } from '../kernels/problem.ts';
import type { Job } from './run.ts';

/** Of each window, the inputs: those of the problem, in every other window from the last value to the first. */
const inputOf = (problem: Problem<KernelKind>, input: number, window: number): Activation =>
  window % 2 === 0 ? problem.inputs[input]! : problem.inputs[input]!.toReversed();

/**
 * A problem as steps on a device. `variant` decides what else there is to try: few or many windows, inputs in bytes or in two, and in which
 * rows they lie.
 */
export function jobOf(problem: Problem<KernelKind>, variant: number): Job {
  const shader = shaderOf(problem.kernel);
  if ('unsupported' in shader) throw new Error(`"${problem.kernel.kind}" is not done on devices`);
  const windows = variant % 2 === 0 ? 3 : 35;
  const expected = reference(problem, windows);
  const preferred = variant % 3 === 0 ? undefined : shader.inputRow?.(problem.kernel);
  const rowOf = (size: number): number | null => (preferred !== undefined && size % preferred === 0 ? preferred : null);
  const inputs = problem.inputs.map((values) =>
    layoutOf(valueOf(values, values.length, variant % 4 === 3), rowOf(values.length)),
  );
  const ownRow = shader.outputRow?.(problem.kernel, problem.size) ?? null;
  const output = layoutOf(valueOf(expected, problem.size, variant % 5 === 4), ownRow);
  const constants = problem.constants.map(({ values }) => values);
  const { passes, scratch } = shader.lower(problem.kernel, { inputs, output, constants });
  const names: Record<string, number> = { output: inputs.length, scratch: inputs.length + 1 };
  inputs.forEach((_, i) => (names[`input${i}`] = i));
  const steps = passes.map((pass): Step => ({
    pass,
    reads: Object.fromEntries(Object.entries(pass.reads).map(([name, operand]) => [name, names[operand]!])),
    writes: names[pass.writes]!,
  }));
  return {
    windows,
    buffers: [...inputs, output, ...(scratch === null ? [] : [scratch])],
    steps,
    given: new Map(inputs.map((_, i) => [i, allWindows(windows, (window) => inputOf(problem, i, window))])),
    wanted: [inputs.length],
  };
}

/** What the plain reference gives for the windows of a job. */
export const referenceOf = (problem: Problem<KernelKind>, { windows }: Job): Activation => reference(problem, windows);

const reference = (problem: Problem<KernelKind>, windows: number): Activation =>
  allWindows(windows, (window) => {
    const { kernel, inputs, constants, size } = problem;
    const values = inputs.map((_, i) => inputOf(problem, i, window));
    return definitionOf(kernel as Kernel).reference(
      kernel,
      values,
      constants.map((constant) => constant.values),
      size,
      {},
    );
  });

/** The values of two windows, over and over. */
function allWindows(windows: number, valuesOf: (window: number) => Activation): Activation {
  const two = [valuesOf(0), valuesOf(1)];
  const { length } = two[0]!;
  const all = two[0]!.slice().constructor as new (length: number) => Activation;
  const joined = new all(windows * length);
  for (let window = 0; window < windows; window++) joined.set(two[window % 2]!, window * length);
  return joined;
}

/** Its range is that of the values, and of 0, which padding is; `isWide`: more than fits a byte. */
function valueOf(values: Activation, size: number, isWide: boolean): GraphValue {
  if (!(values instanceof Int16Array)) return { dtype: values instanceof Int32Array ? 'i32' : 'f32', shape: [size] };
  const [low, high] = isWide
    ? [-32_768, 32_767]
    : [values.reduce((least, value) => Math.min(least, value), 0), values.reduce((most, value) => Math.max(most, value), 0)];
  return { dtype: 'i16', shape: [size], low, high, scale: 1 };
}

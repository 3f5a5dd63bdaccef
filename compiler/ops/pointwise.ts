import { applyBinary, type BinaryFunction } from './binary.ts';
import { defineOp, f32 } from './define.ts';
import { functionOf, type Elementwise } from './elementwise.ts';

/** The input, the result of an earlier step, or a number. */
export type PointwiseOperand = 'x' | { readonly step: number } | { readonly constant: number };

/** One step of a function of one value. */
export type PointwiseStep =
  | { readonly elementwise: Elementwise; readonly operands: readonly [PointwiseOperand] }
  | { readonly binary: BinaryFunction; readonly operands: readonly [PointwiseOperand, PointwiseOperand] };

export interface Pointwise {
  /** The last one gives the result. */
  readonly steps: readonly PointwiseStep[];
}

/** The f64 function of a value that the steps make together. */
export function pointwiseFunction({ steps }: Pointwise): (x: number) => number {
  const applied = steps.map((step) => {
    const apply = 'elementwise' in step ? functionOf(step.elementwise) : applyBinary(step.binary);
    return { apply: apply as (...operands: number[]) => number, operands: step.operands };
  });
  return (x) => {
    const results: number[] = [];
    const valueOf = (operand: PointwiseOperand): number =>
      operand === 'x' ? x : 'step' in operand ? results[operand.step]! : operand.constant;
    for (const { apply, operands } of applied) results.push(apply(...operands.map(valueOf)));
    return results.at(-1)!;
  };
}

/** y = f(x), each value by itself: an activation that an exporter wrote out as several operators (x * sigmoid(x), GELU by erf). */
export const pointwise = defineOp<Pointwise>({
  infer: (_, [x]) => f32(x!.shape),
  evaluate: (attributes, [x], shape) => ({ shape, data: x!.data.map(pointwiseFunction(attributes)) }),
});

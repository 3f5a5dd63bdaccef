import type { FloatType, Shape, Tensor } from '../ir/tensor.ts';

export interface Mismatch {
  readonly mismatch: string;
}

/** What one op means, in f32. `A` holds its attributes. */
export interface OpDefinition<A> {
  /** Result type from input types, or one sentence on why the inputs do not fit. */
  infer(attributes: A, inputs: readonly FloatType[]): FloatType | Mismatch;
  /** The plain meaning: inner sums in f64, the result rounded once to f32. */
  evaluate(attributes: A, inputs: readonly Tensor[], output: Shape): Tensor;
}

export const defineOp = <A>(definition: OpDefinition<A>): OpDefinition<A> => definition;

export const f32 = (shape: Shape): FloatType => ({ dtype: 'f32', shape });

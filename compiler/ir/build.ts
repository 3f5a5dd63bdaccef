import { InputError } from '../error.ts';
import { valueId, valueOf, type Graph, type Node, type Value, type ValueId } from './graph.ts';
import { formatShape, sizeOf, type FloatType, type Shape, type Tensor } from './tensor.ts';

/** Gives the type of an op's result, or one sentence on why the inputs do not fit. */
export type InferType<Op> = (op: Op, inputs: readonly FloatType[]) => FloatType | { readonly mismatch: string };

export type EvaluateOp<Op> = (op: Op, inputs: readonly Tensor[], output: FloatType) => Tensor;

/** Adds nodes only with inferred types, so that a graph is well typed by construction. */
export class GraphBuilder<Op extends { readonly kind: string }> {
  readonly #file: string;
  readonly #infer: InferType<Op>;
  readonly #evaluate: EvaluateOp<Op>;
  readonly #values = new Map<ValueId, Value<FloatType>>();
  readonly #constants = new Map<ValueId, Tensor>();
  readonly #inputs: ValueId[] = [];
  readonly #nodes: Node<Op>[] = [];

  /** `file` is named in errors. */
  constructor(file: string, infer: InferType<Op>, evaluate: EvaluateOp<Op>) {
    this.#file = file;
    this.#infer = infer;
    this.#evaluate = evaluate;
  }

  /** A model input. Throws if the shape has an extent that is not a positive whole number. */
  input(name: string, shape: Shape): ValueId {
    this.#checkExtents(`input "${name}"`, shape);
    const id = this.#add(name, { dtype: 'f32', shape });
    this.#inputs.push(id);
    return id;
  }

  /** Trained values. Throws if they are not finite or do not fill the shape. */
  constant(name: string, tensor: Tensor): ValueId {
    const where = `${this.#file}, tensor "${name}"`;
    if (tensor.data.length !== sizeOf(tensor.shape)) {
      throw new InputError({
        where,
        what: `has ${tensor.data.length} values but shape ${formatShape(tensor.shape)} needs ${sizeOf(tensor.shape)}`,
        hint: 'The file looks damaged: export the model again.',
      });
    }
    const bad = tensor.data.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new InputError({
        where,
        what: `value ${bad} is ${tensor.data[bad]}; weights must be finite`,
        hint: 'The training diverged or the file is damaged: export a model whose weights are finite.',
      });
    }
    const id = this.#add(name, { dtype: 'f32', shape: tensor.shape });
    this.#constants.set(id, tensor);
    return id;
  }

  /**
   * Applies an op; to constants at once, so that a reader can ask for the value of what exporters compute from shapes.
   * Throws an InputError that names the node if the inputs do not fit.
   */
  node(op: Op, name: string, inputs: readonly ValueId[]): ValueId {
    const inferred = this.#infer(
      op,
      inputs.map((id) => this.type(id)),
    );
    if ('mismatch' in inferred) {
      throw new InputError({
        where: `${this.#file}, node "${name}" (${op.kind})`,
        what: inferred.mismatch,
        hint: 'The shapes in the file contradict each other: export the model again.',
      });
    }
    this.#checkExtents(`node "${name}" (${op.kind})`, inferred.shape);
    const output = this.#add(name, inferred);
    const operands = inputs.flatMap((id) => this.#constants.get(id) ?? []);
    if (operands.length === inputs.length) this.#constants.set(output, this.#evaluate(op, operands, inferred));
    else this.#nodes.push({ op, name, inputs, output });
    return output;
  }

  type(id: ValueId): FloatType {
    return valueOf({ values: this.#values }, id).type;
  }

  /** The tensor behind a value, or undefined if it is not a constant. */
  constantOf(id: ValueId): Tensor | undefined {
    return this.#constants.get(id);
  }

  finish(outputs: readonly ValueId[]): Graph<Op, FloatType, Tensor> {
    return { values: this.#values, constants: this.#constants, inputs: this.#inputs, nodes: this.#nodes, outputs };
  }

  #add(name: string, type: FloatType): ValueId {
    const id = valueId(this.#values.size);
    this.#values.set(id, { id, name, type });
    return id;
  }

  #checkExtents(place: string, shape: Shape): void {
    if (shape.every((extent) => Number.isSafeInteger(extent) && extent > 0) && sizeOf(shape) <= 2 ** 28) return;
    throw new InputError({
      where: `${this.#file}, ${place}`,
      what: `has shape ${formatShape(shape)}; every extent must be a positive whole number and the size at most 2^28`,
      hint: 'Export the model with fixed shapes (the batch dimension may stay open).',
    });
  }
}

declare const valueBrand: unique symbol;
/** Names one value of a graph. Only a GraphBuilder makes one. */
export type ValueId = number & { readonly [valueBrand]: true };

export const valueId = (index: number): ValueId => index as ValueId;

/** One application of an op: `output = op(inputs)`. */
export interface Node<Op> {
  readonly op: Op;
  /** The name in the user's model, for errors and `inspect`. */
  readonly name: string;
  readonly inputs: readonly ValueId[];
  readonly output: ValueId;
}

export interface Value<Type> {
  readonly id: ValueId;
  readonly name: string;
  readonly type: Type;
}

/** Nodes stand in topological order; each value has one definition: an input, a constant or a node's output. */
export interface Graph<Op, Type, Constant> {
  readonly values: ReadonlyMap<ValueId, Value<Type>>;
  readonly constants: ReadonlyMap<ValueId, Constant>;
  readonly inputs: readonly ValueId[];
  readonly nodes: readonly Node<Op>[];
  readonly outputs: readonly ValueId[];
}

export function valueOf<Type>(graph: { readonly values: ReadonlyMap<ValueId, Value<Type>> }, id: ValueId): Value<Type> {
  const value = graph.values.get(id);
  if (value === undefined) throw new Error(`internal: value ${id} is not in the graph`);
  return value;
}

export const typeOf = <Type>(graph: { readonly values: ReadonlyMap<ValueId, Value<Type>> }, id: ValueId): Type =>
  valueOf(graph, id).type;

/** The node that makes a value; undefined for inputs and constants. */
export const producerOf = <Op, Type, Constant>(graph: Graph<Op, Type, Constant>, id: ValueId): Node<Op> | undefined =>
  graph.nodes.find((node) => node.output === id);

/** Nodes that read a value. */
export const consumersOf = <Op, Type, Constant>(graph: Graph<Op, Type, Constant>, id: ValueId): Node<Op>[] =>
  graph.nodes.filter((node) => node.inputs.includes(id));

import { producerOf, typeOf, type Node, type ValueId } from '../ir/graph.ts';
import { sameShape, sizeOf } from '../ir/tensor.ts';
import type { Elementwise } from '../ops/elementwise.ts';
import type { FloatGraph, Op, OpOf } from '../ops/float-graph.ts';
import type { PointwiseOperand, PointwiseStep } from '../ops/pointwise.ts';
import { isNode, isSole, replaceNode, type Rule } from './rewrite.ts';

/**
 * Activations that exporters write as arithmetic become one function of one value: x ** 2, max(x, 0.1), and what joins two
 * functions of the same value (x * sigmoid(x); 0.5 * x * (1 + erf(x / sqrt 2))).
 */
export const matchActivation: Rule = (graph) => {
  for (const node of graph.nodes) {
    if (!isNode(node, 'binary')) continue;
    const simple = withNumber(graph, node);
    if (simple !== null) return replaceNode(graph, node, [simple]);
    const joined = joinBranches(graph, node);
    if (joined !== null) return joined;
  }
  return null;
};

/** The one number that a constant holds, or null. */
function numberOf(graph: FloatGraph, id: ValueId): number | null {
  const constant = graph.constants.get(id);
  return constant === undefined || constant.data.length !== 1 ? null : constant.data[0]!;
}

/** pow, max, min and prelu with one number. */
function withNumber(graph: FloatGraph, node: Node<OpOf<'binary'>>): Node<Op> | null {
  const [a, b] = node.inputs;
  const swapped = (node.op.fn === 'max' || node.op.fn === 'min') && numberOf(graph, a!) !== null;
  const [x, number] = swapped ? [b!, numberOf(graph, a!)!] : [a!, numberOf(graph, b!)];
  if (number === null || sizeOf(typeOf(graph, x).shape) !== sizeOf(typeOf(graph, node.output).shape)) return null;
  const functions: Partial<Record<OpOf<'binary'>['fn'], Elementwise>> = {
    pow: { fn: 'power', parameters: [number] },
    max: { fn: 'clip', parameters: [number, Infinity] },
    min: { fn: 'clip', parameters: [-Infinity, number] },
    prelu: { fn: 'leakyRelu', parameters: [number] },
  };
  const found = functions[node.op.fn];
  return found === undefined ? null : { ...node, op: { kind: 'elementwise', ...found }, inputs: [x] };
}

/** A node whose operands are functions of one value, or which goes on from such a function, as one function of it. */
function joinBranches(graph: FloatGraph, node: Node<OpOf<'binary'>>): FloatGraph | null {
  const root = node.inputs.some((id) => graph.constants.has(id)) ? rootBehind(graph, node) : commonRoot(graph, node);
  if (root === null) return null;
  const steps: PointwiseStep[] = [];
  const inner = new Set<Node<Op>>();
  stepsTo(graph, node, root, steps, inner);
  const merged: Node<Op> = { ...node, op: { kind: 'pointwise', steps }, inputs: [root] };
  const rest = { ...graph, nodes: graph.nodes.filter((other) => other === node || !inner.has(other)) };
  return replaceNode(rest, node, [merged]);
}

/** The nearest value that both operands are functions of. */
function commonRoot(graph: FloatGraph, { inputs: [a, b] }: Node<Op>): ValueId | null {
  const others = chainOf(graph, b!);
  return chainOf(graph, a!).find((id) => others.includes(id)) ?? null;
}

/** What the function takes that a number is added to or multiplied with. */
function rootBehind(graph: FloatGraph, node: Node<Op>): ValueId | null {
  const x = singleOperand(graph, node);
  const producer = x === null || !isSole(graph, x) ? undefined : producerOf(graph, x);
  return isNode(producer, 'pointwise') ? producer.inputs[0]! : null;
}

/** A value and those behind it, nearest first, as long as each is a function of the next and nobody else reads it. */
function chainOf(graph: FloatGraph, start: ValueId): ValueId[] {
  const chain = [start];
  for (let id = start; ;) {
    const producer = producerOf(graph, id);
    const next = producer === undefined ? null : singleOperand(graph, producer);
    if (next === null || !isSole(graph, id)) return chain;
    chain.push(next);
    id = next;
  }
}

/** What a node computes its values from, one by one; null if that is not one value of the same shape. */
function singleOperand(graph: FloatGraph, { op, inputs, output }: Node<Op>): ValueId | null {
  if (op.kind === 'elementwise' || op.kind === 'pointwise') return inputs[0]!;
  if (op.kind !== 'binary') return null;
  const activations = inputs.filter((id) => !graph.constants.has(id));
  const numbers = inputs.filter((id) => numberOf(graph, id) !== null);
  const [x] = activations;
  if (activations.length !== 1 || numbers.length !== 1) return null;
  return sameShape(typeOf(graph, x!).shape, typeOf(graph, output).shape) ? x! : null;
}

/** Writes the steps that make a node's value from the root, and notes the nodes that they replace. */
function stepsTo(
  graph: FloatGraph,
  node: Node<Op>,
  root: ValueId,
  steps: PointwiseStep[],
  inner: Set<Node<Op>>,
): PointwiseOperand {
  const operandOf = (id: ValueId): PointwiseOperand => {
    if (id === root) return 'x';
    const constant = numberOf(graph, id);
    return constant === null ? stepsTo(graph, producerOf(graph, id)!, root, steps, inner) : { constant };
  };
  inner.add(node);
  const { op } = node;
  if (op.kind === 'pointwise') {
    const x = operandOf(node.inputs[0]!);
    const first = steps.length;
    const moved = (operand: PointwiseOperand): PointwiseOperand =>
      operand === 'x' ? x : 'step' in operand ? { step: operand.step + first } : operand;
    for (const step of op.steps) {
      steps.push(
        'elementwise' in step
          ? { ...step, operands: [moved(step.operands[0])] }
          : { ...step, operands: [moved(step.operands[0]), moved(step.operands[1])] },
      );
    }
  } else if (op.kind === 'elementwise') {
    steps.push({ elementwise: { fn: op.fn, parameters: op.parameters }, operands: [operandOf(node.inputs[0]!)] });
  } else if (op.kind === 'binary') {
    const [a, b] = [operandOf(node.inputs[0]!), operandOf(node.inputs[1]!)];
    steps.push({ binary: op.fn, operands: [a, b] });
  } else {
    throw new Error(`internal: a ${op.kind} in an activation`);
  }
  return { step: steps.length - 1 };
}

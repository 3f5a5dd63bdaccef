import { producerOf, type Node, type ValueId } from '../ir/graph.ts';
import type { Tensor } from '../ir/tensor.ts';
import type { FloatGraph, Op } from '../ops/float-graph.ts';
import { groupsOf, isLinear, type LinearOp } from '../ops/linear.ts';
import { addConstant, isNode, isSole, replaceNode, soleProducer, type NodeOf, type Rule } from './rewrite.ts';
import { scaleColumns, scaleRows, timesVector } from './weights.ts';

/**
 * BatchNorm and its kin vanish into the layer with weights before or after them:
 * (w x + b) * s + t = (s w) x + (s b + t), and w (s x + t) + b = (w s) x + (w t + b). Two in a row become one.
 * One that reads the model's input stays: it is the model's input scaling, which runs in f32 before quantization. Into a
 * convolution that pads behind it an offset cannot go: what it pads with is zero, not the offset.
 */
export const foldAffine: Rule = (graph) => {
  for (const node of graph.nodes) {
    if (!isNode(node, 'affine')) continue;
    const [x, scale, offset] = operands(graph, node);
    const linear = producerOf(graph, x);
    if (isLinear(linear) && isSole(graph, x) && linear.op.activation === null) {
      return intoLinearBefore(graph, linear, node, scale, offset);
    }
    const before = soleProducer(graph, x, 'affine');
    if (before !== null) return intoAffineBefore(graph, before, node, scale, offset);
    const after = graph.nodes.find(({ inputs }) => inputs[0] === node.output);
    if (isLinear(after) && isSole(graph, node.output) && !graph.inputs.includes(x) && mayFollow(after.op, offset)) {
      return intoLinearAfter(graph, node, after, scale, offset);
    }
  }
  return null;
};

function operands(graph: FloatGraph, { inputs: [x, scale, offset] }: NodeOf<'affine'>): [ValueId, Tensor, Tensor] {
  return [x!, graph.constants.get(scale!)!, graph.constants.get(offset!)!];
}

function mayFollow(op: LinearOp, { data: offset }: Tensor): boolean {
  if (op.kind === 'dense' || offset.every((value) => value === 0)) return true;
  return op.kind === 'conv' && [...op.padBegin, ...op.padEnd].every((extent) => extent === 0);
}

function intoLinearBefore(
  graph: FloatGraph,
  linear: Node<LinearOp>,
  affine: Node<Op>,
  scale: Tensor,
  offset: Tensor,
): FloatGraph {
  const [x, w, b] = linear.inputs;
  const bias = graph.constants.get(b!)!.data.map((value, o) => value * scale.data[o]! + offset.data[o]!);
  const weights = addConstant(graph, `${linear.name}/weights`, scaleRows(graph.constants.get(w!)!, scale.data));
  const folded = addConstant(weights.graph, `${linear.name}/bias`, { shape: [bias.length], data: bias });
  const merged: Node<Op> = { ...linear, inputs: [x!, weights.id, folded.id], output: affine.output };
  return replaceNode(replaceNode(folded.graph, affine, [merged]), linear, []);
}

function intoLinearAfter(graph: FloatGraph, affine: Node<Op>, linear: Node<LinearOp>, scale: Tensor, offset: Tensor): FloatGraph {
  const [, w, b] = linear.inputs;
  const weights = graph.constants.get(w!)!;
  const groups = groupsOf(linear.op);
  const shift = timesVector(weights, offset.data, groups);
  const bias = graph.constants.get(b!)!.data.map((value, o) => value + shift[o]!);
  const scaled = addConstant(graph, `${linear.name}/weights`, scaleColumns(weights, scale.data, groups));
  const folded = addConstant(scaled.graph, `${linear.name}/bias`, { shape: [bias.length], data: bias });
  const merged: Node<Op> = { ...linear, inputs: [affine.inputs[0]!, scaled.id, folded.id] };
  return replaceNode(replaceNode(folded.graph, linear, [merged]), affine, []);
}

function intoAffineBefore(
  graph: FloatGraph,
  before: NodeOf<'affine'>,
  after: Node<Op>,
  scale: Tensor,
  offset: Tensor,
): FloatGraph {
  const [x, firstScale, firstOffset] = operands(graph, before);
  const product = firstScale.data.map((value, i) => value * scale.data[i]!);
  const sum = firstOffset.data.map((value, i) => value * scale.data[i]! + offset.data[i]!);
  const scales = addConstant(graph, `${before.name}/scale`, { shape: [product.length], data: product });
  const offsets = addConstant(scales.graph, `${before.name}/offset`, { shape: [sum.length], data: sum });
  const merged: Node<Op> = { ...after, inputs: [x, scales.id, offsets.id] };
  return replaceNode(replaceNode(offsets.graph, after, [merged]), before, []);
}

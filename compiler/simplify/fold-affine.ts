import type { Node, ValueId } from '../ir/graph.ts';
import type { Tensor } from '../ir/tensor.ts';
import type { FloatGraph, Op } from '../ops/float-graph.ts';
import { addConstant, isNode, replaceNode, soleProducer, type NodeOf, type Rule } from './rewrite.ts';
import { scaleColumns, scaleRows, timesVector } from './weights.ts';

/**
 * BatchNorm and its kin vanish into the dense layer before or after them:
 * (w x + b) * s + t = (s w) x + (s b + t), and w (s x + t) + b = (w s) x + (w t + b). Two in a row become one.
 * One that reads the model's input stays: it is the model's input scaling, which runs in f32 before quantization.
 */
export const foldAffine: Rule = (graph) => {
  for (const node of graph.nodes) {
    if (!isNode(node, 'affine')) continue;
    const [x, scale, offset] = operands(graph, node);
    const dense = soleProducer(graph, x, 'dense');
    if (dense !== null && dense.op.activation === null) return intoDenseBefore(graph, dense, node, scale, offset);
    const before = soleProducer(graph, x, 'affine');
    if (before !== null) return intoAffineBefore(graph, before, node, scale, offset);
    const after = graph.nodes.find(({ inputs }) => inputs[0] === node.output);
    const sole = soleProducer(graph, node.output, 'affine') !== null;
    if (isNode(after, 'dense') && sole && !graph.inputs.includes(x)) return intoDenseAfter(graph, node, after, scale, offset);
  }
  return null;
};

function operands(graph: FloatGraph, { inputs: [x, scale, offset] }: NodeOf<'affine'>): [ValueId, Tensor, Tensor] {
  return [x!, graph.constants.get(scale!)!, graph.constants.get(offset!)!];
}

function intoDenseBefore(graph: FloatGraph, dense: NodeOf<'dense'>, affine: Node<Op>, scale: Tensor, offset: Tensor): FloatGraph {
  const [x, w, b] = dense.inputs;
  const bias = graph.constants.get(b!)!.data.map((value, o) => value * scale.data[o]! + offset.data[o]!);
  const weights = addConstant(graph, `${dense.name}/weights`, scaleRows(graph.constants.get(w!)!, scale.data));
  const folded = addConstant(weights.graph, `${dense.name}/bias`, { shape: [bias.length], data: bias });
  const merged: Node<Op> = { ...dense, inputs: [x!, weights.id, folded.id], output: affine.output };
  return replaceNode(replaceNode(folded.graph, affine, [merged]), dense, []);
}

function intoDenseAfter(graph: FloatGraph, affine: Node<Op>, dense: NodeOf<'dense'>, scale: Tensor, offset: Tensor): FloatGraph {
  const [, w, b] = dense.inputs;
  const weights = graph.constants.get(w!)!;
  const shift = timesVector(weights, offset.data);
  const bias = graph.constants.get(b!)!.data.map((value, o) => value + shift[o]!);
  const scaled = addConstant(graph, `${dense.name}/weights`, scaleColumns(weights, scale.data));
  const folded = addConstant(scaled.graph, `${dense.name}/bias`, { shape: [bias.length], data: bias });
  const merged: Node<Op> = { ...dense, inputs: [affine.inputs[0]!, scaled.id, folded.id] };
  return replaceNode(replaceNode(folded.graph, dense, [merged]), affine, []);
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

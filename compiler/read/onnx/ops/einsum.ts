import type { ValueId } from '../../../ir/graph.ts';
import { einsum as contraction } from '../../einsum.ts';
import type { OnnxNode } from '../node.ts';
import type { Rows } from '../row.ts';
import { product } from './linear.ts';

/** What Keras' attention layers become on their way through tf2onnx. */
export const einsum: Rows = { Einsum: read };

function read(node: OnnxNode): ValueId {
  const attribute = node.attribute('equation');
  const equation = attribute === null ? '' : new TextDecoder().decode(attribute.s);
  const result = contraction(node, equation, node.inputs(), (a, b) => product(node, a, b));
  if (result === null) throw node.refuse(`the equation "${equation}"`);
  return result;
}

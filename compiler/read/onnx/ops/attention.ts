import type { ValueId } from '../../../ir/graph.ts';
import type { Shape } from '../../../ir/tensor.ts';
import { binary, concat, constantOf, elementwise, gather, reshape, scalar, shapeOf, transpose } from '../../compose.ts';
import { matmul } from './linear.ts';
import type { OnnxNode } from '../node.ts';
import type { Output, Rows } from '../row.ts';

/** Scaled dot-product attention, taken apart (https://onnx.ai/onnx/operators/onnx__Attention.html). */
export const attentionLayers: Rows = { Attention: attention };

/** Inputs Q, K, V, mask, past key, past value, lengths; outputs Y, present key, present value, scores. */
function attention(node: OnnxNode): readonly Output[] {
  const flat = node.shape(0).length === 3;
  const q = inHeads(node, node.input(0), node.int('q_num_heads', 0));
  const present = [1, 2].map((index) => {
    const part = inHeads(node, node.input(index), node.int('kv_num_heads', 0));
    return node.has(index + 3) ? concat(node, 2, [node.input(index + 3), part]) : part;
  });
  const [queryHeads, size] = [shapeOf(node, q)[1]!, shapeOf(node, q)[3]!];
  const [k, v] = present.map((part) => repeatHeads(node, part, queryHeads));
  // Each factor carries the root of the scale, as in the specification.
  const root = scalar(node, Math.sqrt(node.float('scale', 0) || 1 / Math.sqrt(size)));
  const keys = transpose(node, binary(node, 'mul', k!, root), [0, 1, 3, 2]);
  const raw = matmul(node, binary(node, 'mul', q, root), keys);
  const cap = node.float('softcap', 0);
  const capped = cap > 0 ? times(node, elementwise(node, 'tanh', times(node, raw, 1 / cap)), cap) : raw;
  const masked = masksOf(node, shapeOf(node, raw)).reduce((scores, mask) => binary(node, 'add', scores, mask), capped);
  const shares = node.emit({ kind: 'softmax' }, [masked]);
  const y = matmul(node, shares, v!);
  const modes = [raw, capped, masked, shares];
  const scores = modes[node.int('qk_matmul_output_mode', 0)];
  if (scores === undefined) throw node.refuse(`qk_matmul_output_mode ${node.int('qk_matmul_output_mode', 0)}`);
  return [flat ? joinHeads(node, y) : y, present[0]!, present[1]!, scores];
}

const times = (node: OnnxNode, x: ValueId, factor: number): ValueId => binary(node, 'mul', x, scalar(node, factor));

/** [n x steps x heads * size] -> [n x heads x steps x size]; of four axes it has that shape already. */
function inHeads(node: OnnxNode, x: ValueId, heads: number): ValueId {
  const shape = shapeOf(node, x);
  if (shape.length === 4) return x;
  const [n, steps, width] = shape;
  if (shape.length !== 3 || heads < 1 || width! % heads !== 0) throw node.refuse(`attention of ${heads} heads`, shape);
  return transpose(node, reshape(node, x, [n!, steps!, heads, width! / heads]), [0, 2, 1, 3]);
}

function joinHeads(node: OnnxNode, x: ValueId): ValueId {
  const [n, heads, steps, size] = shapeOf(node, x);
  return reshape(node, transpose(node, x, [0, 2, 1, 3]), [n!, steps!, heads! * size!]);
}

/** Grouped queries: each key and value head serves several neighbouring query heads. */
function repeatHeads(node: OnnxNode, x: ValueId, heads: number): ValueId {
  const own = shapeOf(node, x)[1]!;
  if (heads % own !== 0) throw node.refuse(`attention of ${heads} query heads and ${own} key heads`);
  const indices = Array.from({ length: heads }, (_, head) => Math.floor(head / (heads / own)));
  return gather(node, x, 1, indices);
}

/** What is added to the scores [n x heads x queries x keys]: minus infinity, where a query must not see a key. */
function masksOf(node: OnnxNode, [n, , queries, keys]: Shape): readonly ValueId[] {
  const masks: ValueId[] = [];
  if (node.has(3)) masks.push(givenMask(node, keys!));
  const lengths = node.has(6) ? node.constant(6).values : null;
  if (lengths !== null && lengths.length !== n) throw node.refuse(`${lengths.length} lengths for a batch of ${n}`);
  const causal = node.int('is_causal', 0) !== 0;
  if (!causal && lengths === null) return masks;
  const past = node.has(4) ? node.shape(4)[2]! : 0;
  const rows = lengths === null ? 1 : n!;
  const visible = Array.from({ length: rows * queries! * keys! }, (_, i) => {
    const [key, query, row] = [i % keys!, Math.floor(i / keys!) % queries!, Math.floor(i / (keys! * queries!))];
    const length = lengths?.[row] ?? keys!;
    // Queries are the last ones of what came before them: of the cache, or of the keys that are no padding.
    const offset = lengths !== null && !node.has(4) ? length - queries! : past;
    return key < length && (!causal || key <= query + offset) ? 1 : 0;
  });
  if (visible.includes(0)) masks.push(biasOf(node, constantOf(node, [rows, 1, queries!, keys!], visible)));
  return masks;
}

/** What a boolean mask adds. Minus infinity is no trained value, so it comes from an op rather than from a constant. */
const biasOf = (node: OnnxNode, visible: ValueId): ValueId => elementwise(node, 'maskBias', visible);

/** A mask for fewer keys than there are hides the others. */
function givenMask(node: OnnxNode, keys: number): ValueId {
  const isBoolean = node.format(3) === 'bool';
  const mask = node.input(3);
  const shape = shapeOf(node, mask);
  const missing = keys - shape.at(-1)!;
  const behind = shape.map((_, axis) => (axis === shape.length - 1 ? missing : 0));
  const pads = { begin: shape.map(() => 0), end: behind, value: isBoolean ? 0 : -Infinity };
  const padded = missing > 0 ? node.emit({ kind: 'pad', ...pads }, [mask]) : mask;
  return isBoolean ? biasOf(node, padded) : padded;
}

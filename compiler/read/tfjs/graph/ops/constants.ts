import { sizeOf } from '../../../../ir/tensor.ts';
import { broadcast } from '../../../../ops/binary.ts';
import { castTo, constantOf, filled } from '../../../compose.ts';
import type { Row, Rows } from '../row.ts';

const asItIs: Row = (node) => node.input(0);

/** Trained values, what converters compute shapes with, and names. */
export const constants: Rows = {
  BroadcastArgs: (node) => {
    const [a, b] = [node.list(0), node.list(1)];
    const shape = broadcast(a, b);
    if (shape !== null) return constantOf(node, [shape.length], shape);
    throw node.error(`cannot broadcast [${a.join(', ')}] and [${b.join(', ')}]`, 'Convert the model again.');
  },
  Cast: (node) => {
    const to = node.type('DstT');
    // Whole numbers are counted in f32, so that only what is real before is cut off; of a value of the model that is refused later.
    const isWhole = !node.isConstant(0) && /INT|BOOL/.test(node.type('SrcT'));
    return /INT/.test(to) && !isWhole ? castTo(node, node.input(0), 'int32') : node.input(0);
  },
  Const: (node) => {
    const read = node.scope.weights.get(node.name);
    if (read === undefined) {
      throw node.error('has no values in the weightsManifest', 'The file looks damaged: convert the model again.');
    }
    const { shape, data } = read();
    return node.addConstant(node.name, shape, data);
  },
  EnsureShape: asItIs,
  Fill: (node) => {
    const shape = node.list(0);
    node.count(sizeOf(shape));
    return filled(node, shape, node.constant(1).data[0] ?? 0);
  },
  Identity: asItIs,
  IdentityN: (node) => node.allInputs(),
  OnesLike: (node) => filled(node, node.shape(0), 1),
  PlaceholderWithDefault: asItIs,
  PreventGradient: asItIs,
  /** Of extents; of values of the model there is none. */
  Prod: (node) => {
    const product = node.list(0).reduce((result, extent) => result * extent, 1);
    return constantOf(node, node.flag('keep_dims') ? [1] : [], [product]);
  },
  Range: (node) => {
    const [start, limit, delta] = [0, 1, 2].map((index) => node.constant(index).data[0] ?? Number.NaN);
    const length = node.count(Math.max(0, Math.ceil((limit! - start!) / delta!)));
    return constantOf(
      node,
      [length],
      Array.from({ length }, (_, i) => start! + i * delta!),
    );
  },
  Rank: (node) => constantOf(node, [], [node.shape(0).length]),
  Shape: (node) => constantOf(node, [node.shape(0).length], node.shape(0)),
  Size: (node) => constantOf(node, [], [sizeOf(node.shape(0))]),
  Snapshot: asItIs,
  StopGradient: asItIs,
  ZerosLike: (node) => filled(node, node.shape(0), 0),
};

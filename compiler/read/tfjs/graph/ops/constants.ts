import { sizeOf } from '../../../../ir/tensor.ts';
import { castTo, constantOf, filled } from '../../../compose.ts';
import type { Row, Rows } from '../row.ts';

const asItIs: Row = (node) => node.input(0);

/** Trained values, what converters compute shapes with, and names. */
export const constants: Rows = {
  BroadcastArgs: (node) => node.input(1),
  Cast: (node) => {
    const to = node.type('DstT');
    // Whole numbers are counted in f32; a value of the model stays real.
    return node.isConstant(0) && /INT/.test(to) ? castTo(node, node.input(0), 'int32') : node.input(0);
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

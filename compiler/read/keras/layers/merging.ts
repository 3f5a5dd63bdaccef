import type { ValueId } from '../../../ir/graph.ts';
import type { BinaryFunction } from '../../../ops/binary.ts';
import { binary, concat, rankOf, reshape, scalar, shapeOf } from '../../compose.ts';
import { get } from '../config.ts';
import type { Layer } from '../layer.ts';
import type { Row, Rows } from '../row.ts';

/** Layers that join several tensors. */
export const merging: Rows = {
  Add: joined('add'),
  Subtract: joined('sub'),
  Multiply: joined('mul'),
  Maximum: joined('max'),
  Minimum: joined('min'),
  Average: (layer) => binary(layer, 'mul', join(layer, 'add', operandsOf(layer)), scalar(layer, 1 / operandsOf(layer).length)),
  Concatenate: (layer) => {
    const parts = operandsOf(layer);
    return concat(layer, layer.axis(get(layer.config, 'axis') ?? -1, rankOf(layer, parts[0]!)), parts);
  },
};

export function joined(fn: BinaryFunction): Row {
  return (layer) => join(layer, fn, operandsOf(layer));
}

/** Tensors by position and by name, and plain numbers: an operator between a tensor and a number is a layer too. */
export function operandsOf(layer: Layer): readonly ValueId[] {
  const all = [...layer.call.positional, ...[...layer.call.named].filter(([name]) => name !== 'name').map(([, value]) => value)];
  const operands = all.flatMap((argument): ValueId[] => {
    if ('tensor' in argument) return [argument.tensor];
    if ('list' in argument) return argument.list.flatMap((item) => ('tensor' in item ? [item.tensor] : []));
    return typeof argument.plain === 'number' ? [scalar(layer, argument.plain)] : [];
  });
  if (operands.length > 0) return operands;
  throw layer.error('joins no tensors', 'The file looks damaged: save the model again.');
}

function join(layer: Layer, fn: BinaryFunction, operands: readonly ValueId[]): ValueId {
  const rank = Math.max(...operands.map((operand) => rankOf(layer, operand)));
  return operands.map((operand) => widened(layer, operand, rank)).reduce((a, b) => binary(layer, fn, a, b));
}

/** A tensor of lower rank gets extents of 1 behind the batch (keras/src/layers/merging/base_merge.py). */
function widened(layer: Layer, x: ValueId, rank: number): ValueId {
  const [n, ...rest] = shapeOf(layer, x);
  if (n === undefined || rest.length + 1 >= rank) return x;
  return reshape(layer, x, [n, ...Array.from({ length: rank - rest.length - 1 }, () => 1), ...rest]);
}

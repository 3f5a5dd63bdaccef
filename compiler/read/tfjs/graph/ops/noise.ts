import type { ValueId } from '../../../../ir/graph.ts';
import { binary, elementwise, scalar } from '../../../compose.ts';
import type { GraphNode } from '../node.ts';
import type { Row, Rows } from '../row.ts';

/** Random values, of which a variational autoencoder makes its sampling layer: mean + deviation * noise. */
export interface Noise {
  /** What normal values of deviation 1 are multiplied with; null: nothing yet. */
  readonly deviation: ValueId | null;
}

export const random: Rows = { RandomStandardNormal: () => ({ deviation: null }) };

/** deviation * noise is noise that knows its deviation. */
export const timesNoise =
  (row: Row): Row =>
  (node) => {
    const found = noiseAmong(node);
    if (found === null || found.noise.deviation !== null) return row(node);
    return isAll(node, found.other, 1) ? found.noise : { deviation: node.input(found.other) };
  };

/** mean + deviation * noise is a sampling layer. */
export const plusNoise =
  (row: Row): Row =>
  (node) => {
    const found = noiseAmong(node);
    if (found === null) return row(node);
    const { noise, other } = found;
    if (isAll(node, other, 0)) return noise;
    if (noise.deviation === null) return row(node);
    const logVariance = binary(node, 'mul', elementwise(node, 'log', noise.deviation), scalar(node, 2));
    return node.emit({ kind: 'sample' }, [node.input(other), logVariance]);
  };

/** Factor 1 and offset 0, which tf.random.normal writes. */
const isAll = (node: GraphNode, index: number, value: number): boolean =>
  node.isConstant(index) && node.constant(index).data.every((found) => found === value);

/** The one of two operands that is noise, and which is the other. */
function noiseAmong(node: GraphNode): { readonly noise: Noise; readonly other: number } | null {
  const [first, second] = [node.noise(0), node.noise(1)];
  if (first !== undefined && second === undefined) return { noise: first, other: 1 };
  return second !== undefined && first === undefined ? { noise: second, other: 0 } : null;
}

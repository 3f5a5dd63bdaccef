import type { ValueId } from '../../../ir/graph.ts';
import { binary, elementwise, scalar } from '../../compose.ts';
import type { OnnxNode } from '../node.ts';
import type { Noise, Row, Rows } from '../row.ts';

/** Normal values of mean 0 and deviation 1; others are refused by whoever reads them. */
const normal: Row = (node) =>
  node.float('mean', 0) === 0 && node.float('scale', 1) === 1
    ? { noise: null }
    : { missing: 'random values of another mean or deviation than 0 and 1, which are not supported' };

/** Random values. A variational autoencoder writes its sampling layer with them: mean + deviation * noise. */
export const random: Rows = { RandomNormal: normal, RandomNormalLike: normal };

/** deviation * noise is noise that knows its deviation. */
export const timesNoise =
  (row: Row): Row =>
  (node) => {
    const [noise, other] = noiseAmong(node);
    return noise === undefined || noise.noise !== null ? row(node) : { noise: node.input(other) };
  };

/** mean + deviation * noise is a sampling layer. */
export const plusNoise =
  (row: Row): Row =>
  (node) => {
    const [noise, other] = noiseAmong(node);
    if (noise === undefined || noise.noise === null) return row(node);
    return node.emit({ kind: 'sample' }, [node.input(other), logVariance(node, noise.noise)]);
  };

const logVariance = (node: OnnxNode, deviation: ValueId): ValueId =>
  binary(node, 'mul', elementwise(node, 'log', deviation), scalar(node, 2));

/** The one of two operands that is noise, and which is the other. */
function noiseAmong(node: OnnxNode): readonly [noise: Noise | undefined, other: number] {
  const noise = [0, 1].map((index) => node.scope.noise.get(node.proto.input[index] ?? ''));
  return noise[0] === undefined ? [noise[1], 0] : [noise[0], 1];
}

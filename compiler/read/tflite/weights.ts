import type { ValueId } from '../../ir/graph.ts';
import type { TfliteNode } from './node.ts';

/**
 * Weights [out x ...] with the integers that the file holds them as, so that the artifact keeps them. `made` is what input
 * `index` became on its way, `outputAxis` the axis of outputs in the file.
 */
export function weightsOf(node: TfliteNode, index: number, made: ValueId, outputAxis: number): ValueId {
  node.constant(index);
  const { builder, weightScales } = node.scope;
  const found = weightScales.get(node.input(index));
  if (found === undefined || (found.scales.length > 1 && found.axis !== outputAxis)) return made;
  return builder.constant(`${node.name}/weights`, { ...builder.constantOf(made)!, scales: found.scales });
}

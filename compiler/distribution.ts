import type { Autoencoder } from './autoencoder.ts';
import { InputError } from './error.ts';
import type { Node, ValueId } from './ir/graph.ts';
import type { FloatGraph, Op } from './ops/float-graph.ts';

/**
 * A variational autoencoder with the mean and the log variance of its code as results, behind the reconstruction, so that simplification keeps
 * them: a score that needs no distribution drops the log variance. Throws an InputError unless it has one sampling layer.
 */
export function exposeDistribution(graph: FloatGraph, file: string): FloatGraph {
  const samples = graph.nodes.filter(({ op }) => op.kind === 'sample');
  if (samples.length !== 1) {
    throw new InputError({
      where: file,
      what:
        samples.length === 0
          ? '--score kl is of variational autoencoders; this model has no sampling layer'
          : `--score kl is of one latent code; this model draws ${samples.length} (${samples.map(({ name }) => name).join(', ')})`,
      hint:
        samples.length === 0
          ? 'Export the model with its sampling layer (mean and log variance in, code out), or take --score latent or mse.'
          : 'Take --score latent or mse.',
    });
  }
  return { ...graph, outputs: [...graph.outputs, ...samples[0]!.inputs] };
}

/**
 * The autoencoder alone again, and which of its values the distribution is. What the log variance is made of comes first: it is part of
 * the encoder then, whose last step makes the mean. Throws an InputError if the log variance is the same for every window.
 */
export function hideDistribution(graph: FloatGraph, file: string): Pick<Autoencoder, 'graph' | 'distribution'> {
  const [logVariance, mean] = [graph.outputs.at(-1)!, graph.outputs.at(-2)!];
  if (graph.constants.has(logVariance)) {
    throw new InputError({
      where: file,
      what: '--score kl is of a variance that the model computes; this one adds the same noise to every code',
      hint: 'Take --score latent or mse.',
    });
  }
  const first = ancestors(graph, logVariance);
  const nodes = [...graph.nodes.filter((node) => first.has(node)), ...graph.nodes.filter((node) => !first.has(node))];
  return { graph: { ...graph, nodes, outputs: graph.outputs.slice(0, -2) }, distribution: { mean, logVariance } };
}

/** The nodes that a value depends on. */
function ancestors(graph: FloatGraph, value: ValueId): ReadonlySet<Node<Op>> {
  const needed = new Set([value]);
  const found = new Set<Node<Op>>();
  for (const node of graph.nodes.toReversed()) {
    if (!needed.has(node.output)) continue;
    found.add(node);
    for (const input of node.inputs) needed.add(input);
  }
  return found;
}

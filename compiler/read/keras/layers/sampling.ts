import type { ValueId } from '../../../ir/graph.ts';
import type { Layer } from '../layer.ts';
import type { Rows } from '../row.ts';

/** A layer that is code of its own, which a file holds no meaning of. The sampling layer of a VAE is known by its name. */
export const sampling: Rows = { Lambda: lambda, Sampling: sample, SamplingLayer: sample, GaussianSampling: sample };

const isSampling = (name: string): boolean => /sampl|reparam|^z$/i.test(name);

function lambda(layer: Layer): ValueId {
  if (isSampling(layer.name) && layer.inputs.length === 2) return sample(layer);
  throw layer.error(
    'is a Lambda: the file holds its Python code, not its meaning',
    'Replace it by layers of Keras (Rescaling, Activation, Reshape, Add), copy the weights with set_weights, and save that.',
  );
}

/** Mean and log variance, in this order, as every text on variational autoencoders has them. */
function sample(layer: Layer): ValueId {
  const { inputs } = layer;
  if (inputs.length !== 2) throw layer.refuse(`sampling from ${inputs.length} tensors instead of a mean and a log variance`);
  return layer.emit({ kind: 'sample' }, inputs);
}

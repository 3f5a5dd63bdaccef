import { InputError } from '../../error.ts';
import type { FloatGraph } from '../../ops/float-graph.ts';
import { isConfig, majorVersion } from '../keras/config.ts';
import { kerasGraph } from '../keras/graph.ts';
import { weightsByPath } from '../keras/weights.ts';
import type { Source } from '../source.ts';
import { readContainer } from './container.ts';

/** Reads a TF.js Layers model: model.json and the shards beside it. */
export async function readTfjs(source: Source): Promise<FloatGraph> {
  const { format, topology, weights } = await readContainer(source);
  if (format === 'graph-model') {
    throw new InputError({
      where: source.name,
      what: 'is a TF.js graph model; supported are layers models',
      hint: 'Convert the Keras model with tensorflowjs_converter --output_format=tfjs_layers_model, or give the .h5.',
    });
  }
  // Keras writes { model_config: { class_name, config } }, TF.js { class_name, config }.
  const model = isConfig(topology) && isConfig(topology['model_config']) ? topology['model_config'] : topology;
  const version = majorVersion(isConfig(topology) ? topology['keras_version'] : null);
  return kerasGraph({ name: source.name, model, weights: weightsByPath(weights), version }, source.output ?? null);
}

import type { FloatGraph } from '../../ops/float-graph.ts';
import { isConfig, majorVersion } from '../keras/config.ts';
import { kerasGraph } from '../keras/graph.ts';
import { weightsByPath } from '../keras/weights.ts';
import type { Source } from '../source.ts';
import { readContainer } from './container.ts';
import { graphModel } from './graph/read.ts';

/** Reads a TF.js model, of layers or a graph: model.json and the shards beside it. */
export async function readTfjs(source: Source): Promise<FloatGraph> {
  const { format, topology, signature, weights } = await readContainer(source);
  if (format === 'graph-model') return graphModel({ name: source.name, topology, signature, weights }, source.output ?? null);
  // Keras writes { model_config: { class_name, config } }, TF.js { class_name, config }.
  const model = isConfig(topology) && isConfig(topology['model_config']) ? topology['model_config'] : topology;
  const version = majorVersion(isConfig(topology) ? topology['keras_version'] : null);
  return kerasGraph({ name: source.name, model, weights: weightsByPath(weights), version }, source.output ?? null);
}

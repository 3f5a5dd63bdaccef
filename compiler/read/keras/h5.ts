import { Group } from 'h5wasm';
import { InputError } from '../../error.ts';
import type { Tensor } from '../../ir/tensor.ts';
import type { FloatGraph } from '../../ops/float-graph.ts';
import type { Source } from '../source.ts';
import { majorVersion, parseJson } from './config.ts';
import { kerasGraph } from './graph.ts';
import { readDataset, withHdf5 } from './hdf5.ts';
import { weightsByPath } from './weights.ts';

/** Reads a Keras .h5 (Keras 1 to 3, `model.save`). */
export const readKerasH5 = ({ name, bytes, output }: Source): Promise<FloatGraph> =>
  withHdf5(name, bytes, (file) => {
    const config = file.attrs['model_config']?.value;
    if (typeof config !== 'string') {
      throw new InputError({
        where: name,
        what: 'holds no model configuration: it is a weights-only file, or not from Keras',
        hint: 'Save the whole model: model.save("model.keras"), not save_weights.',
      });
    }
    const root = file.get('model_weights');
    if (!(root instanceof Group)) {
      throw new InputError({
        where: name,
        what: 'holds no weights (no group "model_weights")',
        hint: 'Save the model after training: model.save("model.h5").',
      });
    }
    const version = majorVersion(file.attrs['keras_version']?.value ?? root.attrs['keras_version']?.value);
    const model = parseJson(name, config);
    return kerasGraph({ name, model, weights: weightsByPath(weightsOf(name, root)), version }, output ?? null);
  });

function weightsOf(name: string, root: Group): Map<string, () => Tensor> {
  const weights = new Map<string, () => Tensor>();
  for (const layer of root.keys()) {
    const group = root.get(layer);
    if (!(group instanceof Group)) continue;
    const names: unknown = group.attrs['weight_names']?.value;
    for (const weight of Array.isArray(names) ? names.map(String) : []) {
      weights.set(`${layer}/${weight}`, () => readDataset(`${name}, weight "${layer}/${weight}"`, group.get(weight)));
    }
  }
  return weights;
}

import { Dataset, File, Group, ready } from 'h5wasm';
import { InputError } from '../../error.ts';
import type { Tensor } from '../../ir/tensor.ts';

/** What a Keras .h5 file holds: the model's configuration and its weights by path. */
export interface KerasContainer {
  readonly config: unknown;
  readonly weights: ReadonlyMap<string, () => Tensor>;
}

const path = 'model.h5';

/** Opens a .h5 in the memory of the HDF5 library, hands it to `use`, and closes it. Throws an InputError if it is not a whole Keras model. */
export async function withKerasFile<T>(name: string, bytes: Uint8Array, use: (container: KerasContainer) => T): Promise<T> {
  const library = await ready;
  // Its errors become exceptions instead of a stack printed on standard error.
  library.activate_throwing_error_handler();
  const { FS } = library;
  FS.writeFile(path, bytes);
  let file: File | null = null;
  try {
    file = new File(path, 'r');
    return use(readContainer(name, file));
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(
      {
        where: name,
        what: `is not a readable HDF5 file: ${firstLine(reason)}`,
        hint: 'The file looks truncated or damaged: copy it or save the model again.',
      },
      { cause },
    );
  } finally {
    closeQuietly(file);
    FS.unlink(path);
  }
}

function readContainer(name: string, file: File): KerasContainer {
  const config = file.attrs['model_config']?.value;
  if (typeof config !== 'string') {
    throw new InputError({
      where: name,
      what: 'holds no model configuration: it is a weights-only file, or not from Keras',
      hint: 'Save the whole model: model.save("model.h5"), not save_weights.',
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
  return { config: parseJson(name, config), weights: weightsOf(name, root) };
}

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

function readDataset(where: string, dataset: unknown): Tensor {
  const value: unknown = dataset instanceof Dataset ? dataset.value : null;
  const shape = dataset instanceof Dataset ? dataset.shape : null;
  if (shape === null || !(value instanceof Float32Array || value instanceof Float64Array)) {
    throw new InputError({ where, what: 'is not an array of floats', hint: 'The file looks damaged: save the model again.' });
  }
  return { shape, data: Float32Array.from(value) };
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError(
      { where: name, what: 'its model configuration is not JSON', hint: 'The file looks damaged: save the model again.' },
      { cause },
    );
  }
}

/** HDF5 prints its whole error stack; its first line says enough. */
const firstLine = (text: string): string => text.split('\n')[0]!.slice(0, 120);

function closeQuietly(file: File | null): void {
  try {
    file?.close();
  } catch {
    // A damaged file may refuse to close; its memory goes with the next one.
  }
}

import { unzipSync, type Unzipped } from 'fflate';
import { Dataset, Group } from 'h5wasm';
import { InputError } from '../../error.ts';
import type { FloatGraph } from '../../ops/float-graph.ts';
import type { Source } from '../source.ts';
import { isConfig, majorVersion, parseJson } from './config.ts';
import { kerasGraph } from './graph.ts';
import { readDataset, withHdf5 } from './hdf5.ts';
import { weightsByGroup, type WeightGroup } from './weights.ts';

const [configName, metadataName, weightsName] = ['config.json', 'metadata.json', 'model.weights.h5'];

/** Reads a .keras archive: a zip of the configuration, the version, and the weights (`model.save` of Keras 3 and late Keras 2). */
export async function readKerasArchive({ name, bytes, output }: Source): Promise<FloatGraph> {
  const files = unzip(name, bytes);
  const text = (file: string): string => new TextDecoder().decode(need(name, files, file));
  const model = parseJson(`${name}, ${configName}`, text(configName));
  const metadata = parseJson(`${name}, ${metadataName}`, text(metadataName));
  const version = majorVersion(isConfig(metadata) ? metadata['keras_version'] : null);
  return withHdf5(`${name}, ${weightsName}`, need(name, files, weightsName), (file) => {
    const weights = weightsByGroup(groupOf(`${name}, ${weightsName}`, file));
    return kerasGraph({ name, model, weights, version }, output ?? null);
  });
}

function unzip(name: string, bytes: Uint8Array): Unzipped {
  try {
    return unzipSync(bytes, { filter: (file) => [configName, metadataName, weightsName].includes(file.name) });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(
      {
        where: name,
        what: `is a zip archive that cannot be read: ${reason}`,
        hint: 'The file looks truncated or damaged: copy it or save the model again.',
      },
      { cause },
    );
  }
}

function need(name: string, files: Unzipped, file: string): Uint8Array {
  const found = files[file];
  if (found !== undefined) return found;
  throw new InputError({
    where: name,
    what: `is a zip archive without ${file}: not a whole .keras model`,
    hint: 'Save it with model.save("model.keras"). A PyTorch model is exported with torch.onnx.export.',
  });
}

interface OpenGroup extends WeightGroup {
  readonly variables: Map<string, WeightGroup['variables'] extends ReadonlyMap<string, infer V> ? V : never>;
  readonly inside: Map<string, OpenGroup>;
  name: string | null;
}

const emptyGroup = (): OpenGroup => ({ name: null, variables: new Map(), inside: new Map() });

/** The tree of the file. On Windows, early versions of Keras wrote paths with backslashes as the name of one group. */
function groupOf(where: string, root: Group): WeightGroup {
  const tree = emptyGroup();
  const walk = (group: Group, at: readonly string[]): void => {
    for (const key of group.keys()) {
      const path = [...at, ...key.split('\\')];
      const item = group.get(key);
      if (item instanceof Group) {
        const name: unknown = item.attrs['name']?.value;
        if (path.at(-1) === 'vars') reach(tree, path.slice(0, -1)).name = typeof name === 'string' ? name : null;
        if (path[0] !== 'optimizer') walk(item, path);
      } else if (item instanceof Dataset && path.at(-2) === 'vars') {
        reach(tree, path.slice(0, -2)).variables.set(path.at(-1)!, () =>
          readDataset(`${where}, weight "${path.join('/')}"`, item),
        );
      }
    }
  };
  walk(root, []);
  return tree;
}

function reach(tree: OpenGroup, path: readonly string[]): OpenGroup {
  return path.reduce((group, key) => {
    const next = group.inside.get(key) ?? emptyGroup();
    group.inside.set(key, next);
    return next;
  }, tree);
}

import { InputError } from '../../error.ts';
import type { Tensor } from '../../ir/tensor.ts';
import { isConfig, type Config } from '../keras/config.ts';
import type { Source } from '../source.ts';
import { bytesOf, decodeWeight, isWeightSpec, type WeightSpec } from './weights.ts';

/** A TF.js model.json with its shards. */
export interface TfjsContainer {
  readonly format: string;
  readonly topology: unknown;
  /** Of a graph model: its inputs and outputs. */
  readonly signature: unknown;
  readonly weights: ReadonlyMap<string, () => Tensor>;
}

/** Throws an InputError if the JSON or a shard is missing or does not fit. */
export async function readContainer(source: Source): Promise<TfjsContainer> {
  const model = parseJson(source);
  const manifest = model['weightsManifest'];
  if (!('modelTopology' in model) || !Array.isArray(manifest)) {
    throw damaged(
      source.name,
      'is JSON but not a TF.js model: it has no modelTopology and weightsManifest',
      'Give the model.json that tf.LayersModel.save or tensorflowjs_converter wrote.',
    );
  }
  const weights = new Map<string, () => Tensor>();
  for (const group of manifest) for (const [name, tensor] of await readGroup(source, group)) weights.set(name, () => tensor);
  const format = model['format'];
  return {
    format: typeof format === 'string' ? format : 'layers-model',
    topology: model['modelTopology'],
    signature: model['signature'],
    weights,
  };
}

async function readGroup(source: Source, group: unknown): Promise<Map<string, Tensor>> {
  if (
    !isConfig(group) ||
    !Array.isArray(group['paths']) ||
    !Array.isArray(group['weights']) ||
    !group['weights'].every(isWeightSpec)
  ) {
    throw damaged(
      source.name,
      'its weightsManifest has an entry without paths and weights',
      'The file looks damaged: export the model again.',
    );
  }
  const specs: readonly WeightSpec[] = group['weights'];
  const shards: Uint8Array[] = [];
  for (const path of group['paths']) shards.push(await source.sibling(String(path)));
  const bytes = Buffer.concat(shards);
  const needed = specs.reduce((sum, spec) => sum + bytesOf(spec), 0);
  if (bytes.length !== needed) {
    throw damaged(
      source.name,
      `its shards ${group['paths'].join(', ')} hold ${bytes.length} bytes; the weights need ${needed}`,
      'Copy the shards again: one is truncated or from another export.',
    );
  }
  let at = 0;
  return new Map(specs.map((spec) => [spec.name, decodeWeight(spec, bytes.subarray(at, (at += bytesOf(spec))))]));
}

function parseJson({ name, bytes }: Source): Config {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(
      { where: name, what: `is not whole JSON: ${reason}`, hint: 'Copy or export the model again.' },
      { cause },
    );
  }
  if (!isConfig(value)) throw damaged(name, 'is not a JSON object', 'Give the model.json of a TF.js model.');
  return value;
}

const damaged = (where: string, what: string, hint: string): InputError => new InputError({ where, what, hint });

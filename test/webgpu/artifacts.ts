import { compile } from '../../compiler/compile.ts';
import { openSource } from '../../compiler/files.ts';
import type { ValueId } from '../../compiler/ir/graph.ts';
import { digits } from '../../examples/digits/digits.ts';
import type { ModelGraph } from '../../runtime-js/artifact/graph.ts';
import { readArtifact } from '../../runtime-js/artifact/read.ts';
import { readGraph } from '../../runtime-js/graph/read.ts';
import { artifactOf, height, size, width } from '../compiler/faithful.ts';
import { Layers } from '../compiler/layers-build.ts';
import { attention, imageLayers } from '../compiler/layers-named.ts';
import { gearbox } from '../runtime-js/artifact.ts';

type Layer = (l: Layers, x: ValueId) => ValueId;

/** A model of generated weights over small images of log-mel frames. */
function generated(activations: 'int8' | 'int16', shape: readonly number[], top: Layer): Promise<Uint8Array> {
  const l = new Layers(5);
  const x = l.reshape(l.builder.input('x', [1, height, width, 1]), shape);
  return artifactOf(l.finish(top(l, x), size), 'simd', activations);
}

const image = [1, height, width, 1];
const rows = [1, height, width];

const stack =
  (...names: readonly string[]): Layer =>
  (l, x) =>
    names.reduce((y, name) => imageLayers[name]!(l, y), x);

/** Channels that fill no word among them. */
const layersOfAllKinds = stack(
  'conv 5x5, 3 outputs, tanh',
  'a skip connection joined',
  'transposed conv of stride 2',
  'layer normalization',
  'a gate per channel',
);

async function convolutional(score: 'mse' | 'ssim'): Promise<Uint8Array> {
  const images = digits().slice(900, 940);
  const data = Float32Array.from(images.flatMap((pixels) => [...pixels]));
  const windows = { name: 'digits', data, count: images.length, size: 784, columns: null };
  const options = { score, weights: 'int8', activations: 'int8', effort: 'fast' } as const;
  return (await compile({ model: openSource('examples/digits/model/model.json'), data: windows, ...options })).artifact;
}

const quick = { weights: 'int8', activations: 'int8', effort: 'fast' } as const;

/** Whole models that devices run. */
const makers = {
  'a dense autoencoder of the gearbox, int16': () => gearbox({ weights: 'int16' }),
  'the same in int8, by its latent code': () => gearbox({ ...quick, score: 'latent' }),
  'a convolutional autoencoder of digits, by structural similarity': () => convolutional('ssim'),
  'self-attention, int8': () => generated('int8', rows, (l, x) => attention(l, x, null)),
  'layers of all kinds, int8': () => generated('int8', image, layersOfAllKinds),
};

export const names = Object.keys(makers) as (keyof typeof makers)[];

const made = new Map<string, Promise<Uint8Array>>();

/** Each is made once. */
export function artifactNamed(name: keyof typeof makers): Promise<Uint8Array> {
  const artifact = made.get(name) ?? makers[name]();
  made.set(name, artifact);
  return artifact;
}

export const graphOf = (artifact: Uint8Array): Promise<ModelGraph> => {
  const { sections, manifest } = readArtifact(artifact, 'test');
  return readGraph(sections, manifest.target, 'test');
};

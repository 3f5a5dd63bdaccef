import { afterAll, describe, expect, test } from 'vitest';
import { compile } from '../../compiler/compile.ts';
import { openSource } from '../../compiler/files.ts';
import type { FloatGraph } from '../../compiler/ops/float-graph.ts';
import { digits } from '../../examples/digits/digits.ts';
import type { Accelerator } from '../../runtime-js/backend.ts';
import { readArtifact } from '../../runtime-js/artifact/read.ts';
import type { ModelGraph } from '../../runtime-js/artifact/graph.ts';
import { readGraph } from '../../runtime-js/graph/read.ts';
import { loadBytes } from '../../runtime-js/model.ts';
import type { WebGpuOptions } from '../../runtime-js/webgpu/device.ts';
import { webGpu } from '../../runtime-js/webgpu/open.ts';
import { artifactOf, height, size, width, windows as frames } from '../compiler/faithful.ts';
import { Layers } from '../compiler/layers-build.ts';
import { attention, imageLayers } from '../compiler/layers-named.ts';
import { gearbox } from '../runtime-js/artifact.ts';
import { gpuOfNode, missingGpu } from './gpu.ts';

const handwritten = digits().slice(900);

async function convolutional(score: 'mse' | 'ssim'): Promise<Uint8Array> {
  const data = Float32Array.from(handwritten.flatMap((image) => [...image]));
  const windows = { name: 'digits', data, count: handwritten.length, size: 784, columns: null };
  const options = { score, weights: 'int8' as const, activations: 'int8' as const };
  return (await compile({ model: openSource('examples/digits/model/model.json'), data: windows, ...options })).artifact;
}

/** Channels that fill no word, pooling, a skip connection, a normalization, a gate. */
function mixed(): FloatGraph {
  const l = new Layers(5);
  const x = l.builder.input('x', [1, height, width, 1]);
  const names = ['conv 5x5, 3 outputs, tanh', 'a skip connection joined', 'max pooling', 'transposed conv of stride 2'];
  const top = [...names, 'conv in 2 groups', 'layer normalization', 'a gate per channel', 'conv of stride 2'].reduce(
    (y, name) => imageLayers[name]!(l, y),
    x,
  );
  return l.finish(top, size);
}

function transformer(): FloatGraph {
  const l = new Layers(3);
  const x = l.reshape(l.builder.input('x', [1, height, width, 1]), [1, height, width]);
  return l.finish(attention(l, x, null), size);
}

function recurrent(): FloatGraph {
  const l = new Layers(11);
  const x = l.reshape(l.builder.input('x', [1, height, width, 1]), [1, height, width]);
  return l.finish(l.recurrent(x, 9, { cell: 'lstm', reverse: false, output: 'sequence', resetAfter: false }), size);
}

const artifacts: Readonly<Record<string, () => Promise<Uint8Array>>> = {
  'a dense autoencoder of the gearbox': () => gearbox(),
  'the same, by Mahalanobis distance': () => gearbox({ score: 'mahalanobis', weights: 'int8' }),
  'the same, by its latent code': () => gearbox({ score: 'latent', activations: 'int8', weights: 'int8' }),
  'a convolutional autoencoder of digits': () => convolutional('mse'),
  'the same, by structural similarity': () => convolutional('ssim'),
  'self-attention, int8': () => artifactOf(transformer(), 'simd', 'int8'),
  'self-attention, int16': () => artifactOf(transformer(), 'scalar', 'int16'),
  'layers of all kinds, int8': () => artifactOf(mixed(), 'simd', 'int8'),
  'layers of all kinds, int16': () => artifactOf(mixed(), 'simd', 'int16'),
};

const graphOf = (artifact: Uint8Array): Promise<ModelGraph> => {
  const { sections, manifest } = readArtifact(artifact, 'test');
  return readGraph(sections, manifest.target, 'test');
};

const opened: Accelerator[] = [];
async function open(artifact: Uint8Array, options: WebGpuOptions = {}): Promise<Accelerator> {
  const accelerator = await webGpu({ gpu: gpuOfNode(), ...options }).open(await graphOf(artifact), 'pump.wasm');
  opened.push(accelerator);
  return accelerator;
}
afterAll(() => opened.forEach((accelerator) => accelerator.dispose()));

describe.skipIf(missingGpu() !== null)('on a device', () => {
  test.each(Object.keys(artifacts))(
    '%s: scores, reconstruction and errors have the bits of wasm, at any batch',
    async (name) => {
      const artifact = await artifacts[name]!();
      const model = await loadBytes(artifact, name);
      const { inputs } = readArtifact(artifact, name).golden()!;
      // Golden windows over and over, each time a little louder.
      const windows = (count: number): Float32Array =>
        Float32Array.from(
          { length: count * model.size },
          (_, i) => inputs[i % inputs.length]! * (1 + Math.floor(i / inputs.length) / 8),
        );
      const accelerator = await open(artifact, { mostWindows: 16 });
      for (const count of [1, 3, 21]) {
        const batch = windows(count);
        const { scores, reconstruction, errors } = await accelerator.run(batch);
        expect(scores).toEqual(model.runBatch(batch));
        model.run(batch.subarray((count - 1) * model.size));
        expect(reconstruction).toEqual(model.reconstruction);
        expect(errors).toEqual(model.errors);
      }
    },
    120_000,
  );
});

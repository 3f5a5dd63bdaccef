import { load, type Model } from '../../runtime-js/node.ts';
import { medianUs, rounds } from '../median-time.ts';
import { colours, formatBytes, print, row } from './output.ts';

export async function run(artifact: string, { json }: { readonly json?: true }): Promise<void> {
  const started = performance.now();
  const model = await load(artifact);
  const loadMs = performance.now() - started;
  const window = model.info.manifest.input.range[0];
  const inputs = new Float32Array(model.size * model.info.manifest.batch).fill(window);
  const singleUs = medianUs(() => model.run(inputs.subarray(0, model.size)));
  const batchUs = medianUs(() => model.runBatch(inputs)) / model.info.manifest.batch;
  const found = {
    artifact,
    loadMs,
    singleUs,
    batch: model.info.manifest.batch,
    batchUs,
    bytes: model.info.artifactBytes,
    memoryBytes: model.info.memoryBytes,
  };
  print(json ? JSON.stringify(found, null, 2) : format(artifact, model, found));
}

function format(artifact: string, model: Model, found: { loadMs: number; singleUs: number; batchUs: number }): string {
  return [
    colours.bold(artifact),
    row('load', `${found.loadMs.toFixed(1)} ms`),
    row('one window', `${found.singleUs.toFixed(2)} us, copy in and score out included (median of ${rounds} rounds)`),
    row(
      'in batches',
      `${found.batchUs.toFixed(2)} us per window, ${Math.round(1e6 / found.batchUs).toLocaleString('en')} windows per second`,
    ),
    row('size', `${formatBytes(model.info.artifactBytes)}, memory ${formatBytes(model.info.memoryBytes)}`),
  ].join('\n');
}

import type { Manifest } from '../../runtime-js/artifact/manifest.ts';
import { readArtifact } from '../../runtime-js/artifact/read.ts';
import { openSource } from '../files.ts';
import { inspect, type Inspection } from '../inspect.ts';
import { describeThreshold } from '../describe-threshold.ts';
import { colours, formatBytes, formatNumber, print, row } from './output.ts';

export async function run(file: string, { json }: { readonly json?: true }): Promise<void> {
  const source = openSource(file);
  const isModule = source.bytes[0] === 0 && source.bytes[1] === 0x61;
  const found = isModule ? readArtifact(source.bytes, file).manifest : await inspect(source);
  if (json) print(JSON.stringify(found, null, 2));
  else print('abi' in found ? formatManifest(file, found, source.bytes.length) : formatInspection(found));
}

function formatInspection(model: Inspection): string {
  return [
    colours.bold(model.file),
    row('format', model.format),
    row('input', model.input),
    row('output', model.output),
    row('parameters', model.parameters.toLocaleString('en')),
    row(
      'cost',
      `${model.multiplyAdds.toLocaleString('en')} multiply-adds, about ${formatBytes(model.estimatedBytes)} of int8 weights`,
    ),
    row('layers', `${model.layersInFile} in the file, ${model.layers.length} after simplification`),
    ...model.layers.map((layer) => row('', layer)),
    row('simplified', model.simplified.join(', ') || 'nothing'),
    ...(model.arena === null ? [] : ['', ...model.arena.picture.map((line, i) => row(i === 0 ? 'memory' : '', line)), '']),
    row('compiles', model.problem === null ? colours.green('yes') : `${colours.red('no')}: ${model.problem}`),
  ].join('\n');
}

function formatManifest(file: string, manifest: Manifest, bytes: number): string {
  const { score, accuracy } = manifest;
  return [
    colours.bold(file),
    row('name', `${manifest.name}, ABI ${manifest.abi}, target ${manifest.target}, by ${manifest.tool}`),
    row('model', `${manifest.model.file} (${manifest.model.format}, sha256 ${manifest.model.sha256.slice(0, 12)}...)`),
    row(
      'size',
      `${formatBytes(bytes)}: weights ${formatBytes(manifest.sizes.weights)}, code ${formatBytes(manifest.sizes.code)}`,
    ),
    row(
      'input',
      `${manifest.input.size} values per ${manifest.stateful ? 'step of a sequence' : 'window'}, ${formatNumber(manifest.input.range[0])} to ${formatNumber(manifest.input.range[1])} in calibration`,
    ),
    row('latent', manifest.latent === null ? 'none' : `${manifest.latent} values`),
    row(
      'score',
      `${score.function} in ${score.space} space, alarm above ${formatNumber(score.threshold)} (${describeThreshold(score)})`,
    ),
    row(
      'int8 error',
      `${(100 * accuracy.meanRelativeError).toFixed(2)} % of the float score on ${accuracy.windows} held-out windows`,
    ),
    ...manifest.layers.map((layer, i) => row(i === 0 ? 'layers' : '', layer)),
  ].join('\n');
}

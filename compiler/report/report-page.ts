import { describeThreshold } from '../describe-threshold.ts';
import type { Analysis } from './analysis.ts';
import { escape, facts, inScript, page } from './html.ts';
import { exact } from './layers.ts';
import { layersSection } from './layers-section.ts';
import { chartScript, type ChartData } from './report-script.ts';
import { style } from './report-style.ts';
import { mostUnits, scoresSection } from './scores-section.ts';
import { bytes, number, percent } from './words.ts';

/** The report as one self-contained HTML page. */
export function reportPage(analysis: Analysis): string {
  const { manifest, host } = analysis;
  const body = `${head(analysis)}
${checksSection(analysis)}
${artifactSection(analysis)}
${layersSection(analysis)}
${scoresSection(analysis)}
${bytesSection(analysis)}
<footer>Made by sandglass report (the artifact by ${escape(manifest.tool)}) on ${escape(host.machine)}.</footer>`;
  return page({
    title: `${manifest.name}: report`,
    style,
    body,
    script: `const data = ${inScript(chartData(analysis))};\n${chartScript}`,
  });
}

function head({ manifest, verdict }: Analysis): string {
  return `<header>
<p class="brand">Sandglass report</p>
<h1>${escape(manifest.name)}</h1>
<p class="result verdict ${verdict.state}">${escape(`${verdict.judgement} ${verdict.reason}`)}</p>
</header>`;
}

function artifactSection({ artifact, manifest, provenance, layers }: Analysis): string {
  const { score, quantization, model, input } = manifest;
  const channels = input.channelCount === 1 ? '' : ` of ${input.channelCount} channels`;
  const shape = input.samples === 1 ? `${input.size} values` : `${input.samples} samples${channels}`;
  const imported = quantization.requantize !== 'float' || isImported(layers);
  return `<section aria-labelledby="artifact">
<h2 id="artifact">The artifact</h2>
${facts([
  ['File', `${artifact.file}, ${bytes(artifact.bytes)}, sha256 ${artifact.sha256.slice(0, 16)}...`],
  ['Target', `${manifest.target}, ABI ${manifest.abi}, by ${manifest.tool}`],
  ['Model', `${model.file} (${model.format}), sha256 ${model.sha256.slice(0, 16)}...`],
  [
    'Input',
    `${manifest.stateful ? 'steps' : 'windows'} of ${shape}${manifest.features === null ? '' : `, ${manifest.features.names.length} features`}${manifest.scaling === null ? '' : `, scaled (${manifest.scaling.method})`}`,
  ],
  ['Score', `${score.function}, compared in ${score.space} space`],
  ['Threshold', `${number(score.threshold)}: ${describeThreshold(score)}`],
  ['Precision', `weights ${quantization.weights}, activations ${quantization.activations}, ranges by ${quantization.observer}`],
  ...(imported
    ? [
        [
          'int8 model',
          'its own integers are kept: the float side of this report is what they mean, and what differs is rounding',
        ] as const,
      ]
    : []),
  ...(provenance === null ? [] : [['Data', provenance.data] as const]),
])}
</section>`;
}

/** Whether most tensors are the same in both: a model that was int8 already. */
const isImported = (layers: Analysis['layers']): boolean =>
  layers !== null &&
  layers.filter(({ format, heldOut }) => format !== 'f32' && (heldOut.decibels ?? 0) >= exact).length > layers.length / 2;

const words = { good: 'good', look: 'look', bad: 'wrong', unknown: 'not tried' } as const;

function checksSection({ checks }: Analysis): string {
  const items = checks.map(
    ({ state, sentence, advice }) =>
      `<li><span class="state ${state}">${words[state]}</span><span>${escape(sentence)}${advice === null ? '' : `<span class="advice">${escape(advice)}</span>`}</span></li>`,
  );
  return `<section aria-labelledby="checks">
<h2 id="checks">Can it be trusted?</h2>
<ul class="checks">${items.join('\n')}</ul>
</section>`;
}

function bytesSection({ bytes: shares, artifact, memory, host, layers, manifest }: Analysis): string {
  const rows = shares.map(
    ({ part, bytes: size }) =>
      `<tr><th scope="row">${part}</th><td class="n">${bytes(size)}</td><td class="n">${percent(size / artifact.bytes)}</td><td style="width:40%"><span class="bar" style="width:${((100 * size) / artifact.bytes).toFixed(1)}%"></span></td></tr>`,
  );
  const perWindow = manifest.stateful ? 'step' : 'window';
  const multiplyAdds = layers === null ? null : layers.reduce((sum, layer) => sum + layer.multiplyAdds, 0);
  const perSecond = Math.round(1e6 / host.batchUs).toLocaleString('en');
  return `<section aria-labelledby="bytes">
<h2 id="bytes">Bytes and time</h2>
<table class="grid"><caption>Where the ${bytes(artifact.bytes)} of the file are</caption><tbody>${rows.join('')}</tbody></table>
${facts([
  [`One ${perWindow}`, `${number(host.singleUs)} us, copy in and score out included (median, golden windows, on this machine)`],
  ['In batches', `${number(host.batchUs)} us per ${perWindow}: ${perSecond} per second on one core`],
  ['Machine', host.machine],
  ...(multiplyAdds === null
    ? []
    : [
        [
          'Multiply-adds',
          `${multiplyAdds.toLocaleString('en')} per ${perWindow}, ${number(multiplyAdds / host.singleUs / 1000)} per ns; the table of tensors says where`,
        ] as const,
      ]),
  [
    'Memory',
    `${bytes(memory.total)} of the instance${memory.arena === null ? '' : `; activations share ${bytes(memory.arena.bytes)}, at least ${bytes(memory.arena.lowerBound)} in any order`}`,
  ],
])}
</section>`;
}

function chartData({ layers, scores, latent, manifest }: Analysis): ChartData {
  const { pairs, tests, histogram } = scores;
  return {
    decibels:
      layers?.map(({ heldOut, marks }) => ({
        value: (heldOut.decibels ?? 0) >= exact ? null : heldOut.decibels,
        marked: marks.length > 0,
      })) ?? null,
    scatter: pairs === null ? null : [pairs, ...tests.map(({ pairs: some }) => some ?? { float: [], integer: [] })],
    histogram:
      histogram === null
        ? null
        : {
            edges: histogram.edges,
            shares: [...(histogram.normal === null ? [] : [histogram.normal]), ...histogram.tests].map(sharesOf),
          },
    logarithmic: histogram?.logarithmic ?? false,
    threshold: manifest.score.threshold,
    variances: latent?.variances.toSorted((a, b) => b - a).slice(0, mostUnits) ?? null,
  };
}

function sharesOf(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, n) => sum + n, 0);
  return counts.map((n) => n / total);
}

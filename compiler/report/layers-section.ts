import type { Analysis, Histogram, LayerReport, ValueReport } from './analysis.ts';
import { escape } from './html.ts';
import { exact } from './layers.ts';
import { bytes, count, counted, decibels, percent, short } from './words.ts';

/** Signal to noise along the depth, the table of tensors, and their values on demand. */
export function layersSection({ layers, manifest, provenance }: Analysis): string {
  if (layers === null || provenance === null) {
    return `<section aria-labelledby="layers">
<h2 id="layers">Layers</h2>
<ol>${manifest.layers.map((layer) => `<li>${escape(layer)}</li>`).join('')}</ol>
<p class="note">With <code>--model</code> and <code>--data</code> there is more here: how far each tensor stands above its quantization noise, what is clipped, and where bytes and multiply-adds are.</p>
</section>`;
  }
  const known = layers.filter(({ heldOut }) => heldOut.decibels !== null);
  const worst = known.reduce((a, b) => (b.heldOut.decibels! < a.heldOut.decibels! ? b : a), known[0]!);
  const summary = `Lowest: ${decibels(worst.heldOut.decibels)} at tensor ${layers.indexOf(worst) + 1}, "${worst.name}".`;
  return `<section class="many" aria-labelledby="layers">
<h2 id="layers">Layers: the integers beside the float model</h2>
<p class="legend"><span class="key normal">signal to noise</span><span class="key abnormal">look here first</span></p>
<div class="chart bars" id="decibels" role="img" aria-label="Signal to quantization noise of each tensor, in dB. ${escape(summary)} The table below has all of them."></div>
<p class="note">${escape(summary)} Signal to noise is the power of what the float model computes over the power of what the integers differ by, on ${counted(provenance.windows, 'held-out window')}: 6 dB are one bit, 20 dB a tenth of the value, 40 dB a hundredth. It holds all that was rounded before; <em>lost here</em> is what the layer itself added. A layer may give some of it back, by averaging.${layers.some(({ heldOut }) => (heldOut.decibels ?? 0) >= exact) ? ' What is exact has no bar.' : ''}</p>
${table(layers, provenance.tests)}
<h3>Values of each tensor</h3>
${layers.map((layer, i) => details(layer, i + 1)).join('\n')}
</section>`;
}

interface Column {
  readonly head: string;
  readonly isNumber: boolean;
  /** HTML. */
  cell(layer: LayerReport): string;
}

const numbers = (head: string, cell: Column['cell']): Column => ({ head, isNumber: true, cell });
const words = (head: string, cell: Column['cell']): Column => ({ head, isNumber: false, cell });

const errorOf = (error: number | null): string => (error === null ? '-' : percent(error));

function columnsOf(layers: readonly LayerReport[], tests: readonly string[], totals: Totals): readonly Column[] {
  const hasErrors = layers.some(({ scoreError, weightError }) => scoreError !== null || weightError !== null);
  return [
    numbers('signal to noise', ({ heldOut }) => decibels(heldOut.decibels)),
    numbers('lost here', ({ lost }) => (lost === null ? '-' : `${lost.toFixed(1)} dB`)),
    ...(hasErrors
      ? [
          numbers('score error by its values alone', ({ scoreError }) => errorOf(scoreError)),
          numbers('by its weights alone', ({ weightError }) => errorOf(weightError)),
        ]
      : []),
    words('format', ({ format }) => format),
    numbers('clipped', ({ heldOut, format }) => (format === 'f32' ? '-' : percent(heldOut.clipped))),
    ...tests.map((file, i) =>
      numbers(`clipped in ${escape(file)}`, ({ tests: of, format }) => (format === 'f32' ? '-' : percent(of[i]!.clipped))),
    ),
    words('calibrated range', ({ calibrated }) => rangeOf(calibrated)),
    numbers('scale', ({ scale }) => (scale === null ? '-' : short(scale))),
    words('weights', ({ weights }) => weights ?? '-'),
    numbers('constants', ({ weightBytes }) => partOf(bytes, weightBytes, totals.bytes)),
    numbers('multiply-adds', ({ multiplyAdds }) => partOf(count, multiplyAdds, totals.multiplyAdds)),
  ];
}

interface Totals {
  readonly bytes: number;
  readonly multiplyAdds: number;
}

const partOf = (format: (value: number) => string, part: number, whole: number): string =>
  part === 0 ? '-' : `${format(part)}<span class="share">${percent(part / whole)}</span>`;

const kind = ({ isNumber }: Column): string => (isNumber ? ' class="n"' : '');

function table(layers: readonly LayerReport[], tests: readonly string[]): string {
  const totals = {
    bytes: layers.reduce((sum, { weightBytes }) => sum + weightBytes, 0),
    multiplyAdds: layers.reduce((sum, { multiplyAdds }) => sum + multiplyAdds, 0),
  };
  const columns = columnsOf(layers, tests, totals);
  const heads = columns.map((column) => `<th scope="col"${kind(column)}>${column.head}</th>`);
  const rows = layers.map((layer, i) => {
    const marks = layer.marks.map((mark) => `<span class="mark">${mark}</span>`).join('');
    const name = `<th scope="row">${escape(layer.name)}<span class="what">${escape(layer.what)}</span>${marks}</th>`;
    return `<tr><td class="n">${i + 1}</td>${name}${columns.map((column) => `<td${kind(column)}>${column.cell(layer)}</td>`).join('')}</tr>`;
  });
  return `<div class="scroll" tabindex="0" role="region" aria-label="Table of tensors">
<table class="grid"><caption>Tensors, from the input on; in all ${bytes(totals.bytes)} of constants and ${count(totals.multiplyAdds)} multiply-adds per window</caption>
<thead><tr><th scope="col" class="n">#</th><th scope="col">tensor</th>${heads.join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table>
</div>`;
}

const rangeOf = (range: readonly [number, number] | null): string =>
  range === null ? '-' : `${short(range[0])} to ${short(range[1])}`;

function details(layer: LayerReport, at: number): string {
  const { heldOut, representable, calibrated, format } = layer;
  const facts = [
    `seen ${rangeOf(heldOut.seen)}`,
    `calibrated ${rangeOf(calibrated)}`,
    representable === null
      ? 'f32 clips nothing'
      : `${format} can say ${rangeOf(representable)} (dashed, where it ends in the picture), ${percent(heldOut.clipped)} lie beyond`,
  ].join('; ');
  return `<details><summary>${at}. ${escape(layer.name)} <span class="soft">${escape(layer.what)}</span></summary>
${picture(heldOut, representable)}
<p class="note">Float values on held-out windows, heights logarithmic: ${facts}.</p></details>`;
}

const [width, tall] = [480, 100];

/** The float values of a tensor on held-out windows, and the range that its format can say. */
function picture({ histogram, seen }: ValueReport, representable: readonly [number, number] | null): string {
  const { from, to, counts } = histogram;
  const greatest = Math.log1p(Math.max(1, ...counts));
  const step = width / counts.length;
  const path = counts
    .map((n, i) => {
      if (n === 0) return '';
      const height = Math.max(1, Math.round((tall * Math.log1p(n)) / greatest));
      return `M${i * step} ${tall}v-${height}h${step - 1}V${tall}z`;
    })
    .join('');
  const lines = (representable ?? [])
    .filter((value) => value > from && value < to)
    .map((value) => {
      const x = Math.round((width * (value - from)) / (to - from));
      return `<line x1="${x}" x2="${x}" y1="0" y2="${tall}"/>`;
    });
  return `<svg viewBox="0 0 ${width} ${tall}" preserveAspectRatio="none" role="img" aria-label="Histogram of the float values, ${rangeOf(seen)}"><path d="${path}"/>${lines.join('')}</svg>
<p class="ends"><span>${end(from, histogram, 'below')}</span><span>${end(to, histogram, 'above')}</span></p>`;
}

const end = (value: number, histogram: Histogram, side: 'below' | 'above'): string =>
  `${short(value)}${histogram[side] === 0 ? '' : ` (${count(histogram[side])} ${side})`}`;

import type { RocPoint } from './roc.ts';
import { chartScript } from './demo-script.ts';
import { style } from './demo-style.ts';
import { escape, inScript, page } from './html.ts';

/** Scores of one stretch of one recording. */
export interface Segment {
  readonly label: string;
  readonly abnormal: boolean;
  readonly scores: readonly number[];
}

export interface DemoPageData {
  readonly title: string;
  /** One sentence: what the reader sees. */
  readonly result: string;
  readonly segments: readonly Segment[];
  readonly threshold: number;
  readonly roc: readonly RocPoint[];
  readonly auc: number;
  /** Label and value. */
  readonly figures: readonly (readonly [string, string])[];
  /** Where data and model come from. */
  readonly source: string;
}

/** One self-contained HTML file: charts, style and data inside, nothing from the network. */
export function demoPage(data: DemoPageData): string {
  const rows = data.figures
    .map(([label, value]) => `<tr><th scope="row">${escape(label)}</th><td>${escape(value)}</td></tr>`)
    .join('\n');
  const body = `<header>
<p class="brand">Sandglass</p>
<h1>${escape(data.title)}</h1>
<p class="result">${escape(data.result)}</p>
</header>
<section aria-labelledby="time">
<h2 id="time">Anomaly score over time</h2>
<p class="legend"><span class="key normal">healthy</span><span class="key abnormal">broken tooth</span><span class="key limit">threshold</span></p>
<div class="chart" id="scores" role="img" aria-label="Score of each window: healthy recordings first, broken tooth after them. ${escape(data.result)}"></div>
<p class="note">Each point is one window of 300 samples of four accelerometers. The vertical lines separate recordings at different loads. Drag to zoom, double-click to come back.</p>
</section>
<div class="columns">
<section aria-labelledby="roc-title">
<h2 id="roc-title">Detection against false alarms</h2>
<div class="chart" id="roc" role="img" aria-label="Receiver operating characteristic, area under the curve ${data.auc.toFixed(3)}"></div>
<p class="note">Area under the curve ${data.auc.toFixed(3)}: the chance that a broken-tooth window scores above a healthy one.</p>
</section>
<section aria-labelledby="histogram-title">
<h2 id="histogram-title">How the scores lie</h2>
<div class="chart" id="histogram" role="img" aria-label="Histogram of the scores of healthy and broken-tooth windows"></div>
<p class="note">Share of windows per score, on a logarithmic scale.</p>
</section>
</div>
<section aria-labelledby="figures">
<h2 id="figures">Figures</h2>
<table>${rows}</table>
</section>
<footer>${escape(data.source)}</footer>`;
  const shown = { segments: data.segments, threshold: data.threshold, roc: data.roc.slice(1) };
  return page({ title: data.title, style, body, script: `const data = ${inScript(shown)};\n${chartScript}` });
}

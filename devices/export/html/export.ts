import { createHash } from 'node:crypto';
import { deflateRawSync } from 'node:zlib';
import type { Engines, Example, PageCode, PageParts, Setup } from './carried.ts';
import { serviceWorker } from './service-worker.ts';

/** A stretch of a recording that the page carries and replays. */
export interface CarriedExample extends Omit<Example, 'rows' | 'timed'> {
  /** f32[rows x channels] */
  readonly values: Float32Array;
  /** Seconds, a row each; null: the recording has no time. */
  readonly times: Float64Array | null;
  readonly rows: number;
}

export interface HtmlOptions {
  readonly artifact: Uint8Array;
  readonly title: string;
  /** null: the page replays the artifact's golden windows. */
  readonly example: CarriedExample | null;
  readonly engines: Engines;
  /** File name of the page, beside which the script for offline use will lie. */
  readonly fileName: string;
}

export interface ExportedHtml {
  readonly html: string;
  /** The script for offline use, and its file name. */
  readonly serviceWorker: { readonly name: string; readonly text: string };
}

/** The monitor page of an artifact: one HTML file that asks for nothing, and a script that a server may offer beside it. */
export function exportHtml(
  { artifact, title, example, engines, fileName }: HtmlOptions,
  { page, style, workers }: PageParts,
): ExportedHtml {
  const code: PageCode = { page, style, worker: workers[engines] };
  const name = `${fileName.replace(/\.html?$/, '')}.sw.js`;
  const setup: Setup = {
    title,
    example:
      example === null ? null : { name: example.name, rows: example.rows, timed: example.times !== null, marks: example.marks },
    serviceWorker: name,
  };
  const carried = {
    setup: dataElement('setup', 'application/json', JSON.stringify(setup).replaceAll('<', '\\u003c')),
    ...(example === null ? {} : { example: deflated('example', bytesOf(example)) }),
    code: deflated('code', Buffer.from(JSON.stringify(code))),
    artifact: deflated('artifact', artifact),
  };
  const html = document(title, code, Object.values(carried));
  return { html, serviceWorker: { name, text: serviceWorker(sha256(html).toString('hex').slice(0, 16)) } };
}

const hashes = (texts: readonly string[]): string => texts.map((text) => `'sha256-${sha256(text).toString('base64')}'`).join(' ');

/** The sources of everything that may run or be asked for: scripts and style by their hash, the worker and its WebAssembly, a broker. */
function policy(scripts: readonly string[], style: string): string {
  return [
    "default-src 'none'",
    `script-src ${hashes(scripts)} 'wasm-unsafe-eval'`,
    `style-src ${hashes([style])}`,
    "worker-src blob: 'self'",
    'connect-src ws: wss:',
    'img-src data: blob:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

function document(title: string, { page: script, style }: PageCode, carried: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy([loader, script], style)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${escape(title)}</title>
</head>
<body>
<div id="page"><noscript>This monitor computes in your browser: allow JavaScript for it.</noscript></div>
${carried.join('\n')}
<script>${loader}</script>
</body>
</html>
`;
}

/**
 * Unpacks style and script of the page, which are a third of their size that way: as texts of elements, so that the policy can name their
 * hashes. In the oldest words that will do, because it is what an old browser reads.
 */
const loader = `(function () {
  var place = document.getElementById('page');
  if (typeof DecompressionStream === 'undefined' || typeof WebAssembly === 'undefined') {
    place.textContent = 'This browser is too old for the monitor: it needs Chrome or Edge 111, Firefox 114 or Safari 16.4, or later.';
    return;
  }
  var bytes = Uint8Array.from(atob(document.getElementById('code').textContent), function (c) { return c.charCodeAt(0); });
  new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'))).text().then(function (text) {
    var parts = JSON.parse(text);
    var style = document.createElement('style');
    style.textContent = parts.style;
    var script = document.createElement('script');
    script.textContent = parts.page;
    onerror = function (message) { if (!document.querySelector('main')) place.textContent = 'The monitor cannot start: ' + message; };
    document.head.append(style, script);
  });
})();`;

/** Of a type that browsers do not run. */
const dataElement = (id: string, type: string, text: string): string => `<script type="${type}" id="${id}">${text}</script>`;

const deflated = (id: string, bytes: Uint8Array): string =>
  dataElement(id, 'application/octet-stream', deflateRawSync(bytes, { level: 9 }).toString('base64'));

function bytesOf({ values, times }: CarriedExample): Uint8Array {
  const views = [values, ...(times === null ? [] : [times])];
  return Buffer.concat(views.map((view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength)));
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

const escape = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => entities[character]!);

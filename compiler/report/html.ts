import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

export interface Page {
  readonly title: string;
  readonly style: string;
  /** What is inside of main. */
  readonly body: string;
  /** Runs behind uPlot. */
  readonly script: string;
}

/** One self-contained HTML file: charting library, style and script inside, nothing from the network. */
export function page({ title, style, body, script }: Page): string {
  const require = createRequire(import.meta.url);
  const uplot = readFileSync(require.resolve('uplot/dist/uPlot.iife.min.js'), 'utf8');
  const uplotCss = readFileSync(require.resolve('uplot/dist/uPlot.min.css'), 'utf8');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escape(title)}</title>
<style>${uplotCss}${style}</style>
</head>
<body>
<main>
${body}
</main>
<script>${uplot}</script>
<script>${script}</script>
</body>
</html>
`;
}

/** A value as a literal of a script in a page. */
export const inScript = (value: unknown): string => JSON.stringify(value).replaceAll('<', '\\u003c');

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export const escape = (text: string): string => text.replaceAll(/[&<>"]/g, (character) => entities[character]!);

/** Labels and values, side by side or on a phone one under the other. */
export const facts = (rows: readonly (readonly [label: string, value: string])[]): string =>
  `<dl class="facts">${rows.map(([label, value]) => `<dt>${escape(label)}</dt><dd>${escape(value)}</dd>`).join('\n')}</dl>`;

import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { bundle } from '../export/html/bundle.ts';

const pathOf = (file: string): string => fileURLToPath(new URL(`page/${file}`, import.meta.url));

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** The page of `sandglass watch --web`, one HTML file. Needs esbuild, which is a dev dependency: a package has the page ready. */
export async function bundleWatchPage(): Promise<string> {
  const [script, style] = await Promise.all([bundle(pathOf('main.ts')), bundle(pathOf('style.css'))]);
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>Sandglass watch</title>
<style>${style}</style>
</head>
<body>
<div id="page"><noscript>This page shows what it is sent: allow JavaScript for it.</noscript></div>
<script>${script}</script>
</body>
</html>
`;
}

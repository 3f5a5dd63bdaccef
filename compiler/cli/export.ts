import { basename, dirname, join, resolve } from 'node:path';
import type { Engines } from '../../devices/export/html/carried.ts';
import { exportHtml, type CarriedExample, type HtmlOptions } from '../../devices/export/html/export.ts';
import { pageParts } from '../../devices/export/html/parts.ts';
import { load, type Model } from '../../runtime-js/node.ts';
import { readSamples } from '../calibrate/samples.ts';
import { InputError } from '../error.ts';
import { readNamed, writeAtomically } from '../files.ts';
import { channelSelection } from './load-windows.ts';
import { colours, formatBytes, note, print } from './output.ts';

interface Words {
  readonly as: 'html';
  readonly output?: string;
  readonly data?: string;
  readonly title?: string;
  readonly engines: Engines;
}

export async function run(artifact: string, words: Words): Promise<void> {
  const { data, title, engines } = words;
  const output = words.output ?? `${artifact.replace(/\.wasm$/, '')}.html`;
  checkOutput(output, [artifact, ...(data === undefined ? [] : [data])]);
  const model = await load(artifact);
  const example = data === undefined ? null : exampleOf(model, data);
  await writeHtml(output, { artifact: readNamed(artifact).bytes, title: title ?? model.info.manifest.name, example, engines });
}

/** Writes the page and, beside it, the script with which a server lets it work offline; says so. */
export async function writeHtml(output: string, content: Omit<HtmlOptions, 'fileName'>): Promise<void> {
  const { html, serviceWorker } = exportHtml({ ...content, fileName: basename(output) }, await pageParts());
  const script = join(dirname(output), serviceWorker.name);
  writeAtomically(output, html);
  writeAtomically(script, serviceWorker.text);
  print(
    `${colours.green('wrote')} ${output} (${formatBytes(Buffer.byteLength(html))})   <- open it in a browser, also from a file`,
  );
  print(`${colours.green('wrote')} ${script}   <- beside it on a web server: the page then works offline`);
}

function checkOutput(output: string, inputs: readonly string[]): void {
  if (!/\.html?$/.test(output)) {
    throw new InputError({ where: output, what: 'does not end in .html', hint: 'Name the page like -o pump.html.' });
  }
  if (inputs.some((input) => resolve(input) === resolve(output))) {
    throw new InputError({ where: output, what: 'is also an input', hint: 'Choose another name with -o.' });
  }
}

/** Of a longer recording the page carries the beginning: 512 KB before compression. */
const mostValues = 2 ** 17;

/** The beginning of a recording, as the artifact's channels. */
function exampleOf({ info: { manifest } }: Model, file: string): CarriedExample {
  const { channelCount, time } = manifest.input;
  const selection = channelSelection(manifest.input);
  const table = readSamples(readNamed(file), { ...selection, beside: time === null ? [] : [time], gaps: true });
  const columns = table.columns ?? 1;
  if (columns !== channelCount) {
    throw new InputError({
      where: file,
      what: `has ${columns} columns; the artifact takes ${channelCount} channels`,
      hint: 'Give one column per channel, in the order of training.',
    });
  }
  const all = table.data.length / columns;
  const rows = Math.min(all, Math.floor(mostValues / columns));
  if (rows < all) note(`${file}: the page carries its first ${rows} of ${all} rows`);
  return {
    name: basename(file),
    rows,
    values: table.data.slice(0, rows * columns),
    times: time === null ? null : table.beside.get(time)!.slice(0, rows),
    marks: [],
  };
}

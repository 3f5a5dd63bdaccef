import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compileGraph } from '../../../../compiler/compile.ts';
import { settle } from '../../../../compiler/options.ts';
import { bundlePage } from '../../../../devices/export/html/bundle.ts';
import { exportHtml, type HtmlOptions } from '../../../../devices/export/html/export.ts';
import { Layers } from '../../../compiler/layers-build.ts';
import { random } from '../../../random.ts';

const parts = await bundlePage();

/** Writes the page of an artifact and its script, and gives the size of the page. */
export function writePage(folder: string, options: Omit<HtmlOptions, 'fileName'>, name: string): number {
  const { html, serviceWorker } = exportHtml({ ...options, fileName: `${name}.html` }, parts);
  writeFileSync(join(folder, `${name}.html`), html);
  writeFileSync(join(folder, serviceWorker.name), serviceWorker.text);
  return Buffer.byteLength(html);
}

/** A variational autoencoder of pictures of 12 x 14 with seeded weights: nothing that it makes is pretty. */
export async function pictureVae(): Promise<Uint8Array> {
  const [height, width] = [12, 14];
  const size = height * width;
  const l = new Layers(21);
  const x = l.builder.input('x', [1, height, width, 1]);
  const hidden = l.apply(l.dense(l.reshape(x, [1, size]), 24), 'relu');
  const code = l.builder.node({ kind: 'sample' }, 'sampling', [l.dense(hidden, 4), l.dense(hidden, 4)]);
  const output = l.apply(l.dense(l.apply(l.dense(code, 24), 'relu'), size), 'sigmoid');
  const next = random(7);
  const data = Float32Array.from({ length: 40 * size }, () => next() / 2 ** 32);
  const { artifact } = await compileGraph(
    l.builder.finish([l.reshape(output, [1, height, width, 1])]),
    'generated',
    settle({
      model: { name: 'vae.h5', bytes: new Uint8Array(1), sibling: () => Promise.reject(new Error('none')) },
      data: { name: 'pictures', data, count: 40, size, columns: null },
      allowPoorFit: true,
    }),
  );
  return artifact;
}

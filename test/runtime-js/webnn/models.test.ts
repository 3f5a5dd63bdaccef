import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../../../compiler/compile.ts';
import type { Windows } from '../../../compiler/calibrate/samples.ts';
import { openSource, readNamed } from '../../../compiler/files.ts';
import type { CompileOptions } from '../../../compiler/options.ts';
import { loadBytesSync } from '../../../runtime-js/model.ts';
import { digits } from '../../../examples/digits/digits.ts';
import type { Source } from '../../../compiler/read/source.ts';
import { smallDigits, trainVae } from '../../compiler/score/vae.ts';
import { ad01Windows } from '../../data.ts';
import { missingChromium } from '../../chromium.ts';
import { openWebNnPage, type WebNnPage } from './browser.ts';

const windowsOf = (name: string, windows: readonly Float32Array[]): Windows => ({
  name,
  data: Float32Array.from(windows.flatMap((window) => [...window])),
  count: windows.length,
  size: windows[0]!.length,
  columns: null,
});

/** Without a search for the precision that is needed. */
const quickly = { activations: 'int16', weights: 'int8' } as const;
const narrow = { activations: 'int8', weights: 'int8' } as const;

const images = digits();
const small = smallDigits();
const gearbox = {
  model: () => openSource('examples/gearbox/model/model.json'),
  data: () => readNamed('examples/gearbox/normal.csv'),
};
const convolutions = {
  model: () => openSource('examples/digits/model/model.json'),
  data: () => windowsOf('digits', images.slice(900, 1000)),
};

/** What is compiled, and how many recorded windows from its golden ones on are scored. */
const models: Readonly<
  Record<
    string,
    {
      model: () => Source | Promise<Source>;
      data: () => CompileOptions['data'];
      options?: Partial<CompileOptions>;
      fresh: () => Float32Array[];
    }
  >
> = Object.fromEntries([
  ...(['mse', 'mae', 'max', 'weighted', 'mahalanobis', 'latent'] as const).map((score) => [
    `gearbox, ${score}`,
    {
      ...gearbox,
      options: { score, allowPoorFit: true, ...quickly },
      fresh: () => rows('examples/gearbox/healthy-test.csv', 70),
    },
  ]),
  [
    'ad01, dense, int8 activations',
    {
      model: () => openSource('test/models/ad01/ad01.h5'),
      data: () => readNamed('test/models/ad01/normal_id_01_00000000_hist_librosa.bin'),
      options: { hop: 128, ...narrow },
      fresh: () => ad01Windows().slice(100, 170),
    },
  ],
  ['digits, convolutions, int8 activations', { ...convolutions, options: narrow, fresh: () => images.slice(0, 10) }],
  [
    'gearbox, int16 weights',
    { ...gearbox, options: { weights: 'int16' }, fresh: () => rows('examples/gearbox/broken-test.csv', 3) },
  ],
  [
    'digits, kl of a variational autoencoder',
    {
      model: () => trainVae(small.slice(0, 120)),
      data: () => windowsOf('digits', small.slice(0, 120)),
      options: { score: 'kl', allowPoorFit: true, ...quickly },
      fresh: () => small.slice(900, 970),
    },
  ],
  ['digits, ssim', { ...convolutions, options: { score: 'ssim', ...quickly }, fresh: () => images.slice(0, 10) }],
]);

function rows(path: string, count: number): Float32Array[] {
  const text = Buffer.from(readNamed(path).bytes).toString();
  return text
    .split('\n')
    .slice(1, 1 + count)
    .map((line) => Float32Array.from(line.split(','), Number));
}

// The libraries that it needs come with Debian's chromium.
describe.skipIf(missingChromium() !== null)('in a Chromium with WebNN', () => {
  let opened: WebNnPage;
  beforeAll(async () => {
    opened = await openWebNnPage();
  }, 120_000);
  afterAll(() => opened?.close());

  describe.each(Object.keys(models))('%s', (name) => {
    test('is trusted by its golden windows, and scores recorded windows within 1 % of the threshold', async () => {
      const { model, data, options, fresh } = models[name]!;
      const { artifact } = await compile({ model: await model(), data: data(), ...options });
      const wasm = loadBytesSync(artifact, name);
      const windows = Float32Array.from(fresh().flatMap((window) => [...window]));
      const found = await opened.page.evaluate(
        ([bytes, values]) => {
          return globalThis.sandglassTest.score(bytes, values);
        },
        [[...artifact], [...windows]] as const,
      );
      expect(found).toMatchObject({ backend: 'webnn', why: 'it was asked for; WebNN' });
      const right = wasm.runBatch(windows);
      expect(found.scores).toHaveLength(right.length);
      const furthest = Math.max(...found.scores.map((score, i) => Math.abs(score - right[i]!)));
      expect(furthest).toBeLessThanOrEqual(0.01 * wasm.threshold);
      // The errors are those of the last window.
      wasm.run(windows.subarray(windows.length - wasm.size));
      const greatest = Math.max(...wasm.errors.map(Math.abs));
      expect(Math.max(...wasm.errors.map((error, i) => Math.abs(error - found.errors[i]!)))).toBeLessThanOrEqual(0.01 * greatest);
    });
  });

  test('auto measures it beside wasm and says what it found', async () => {
    const { model, data } = models['gearbox, mse']!;
    const { artifact } = await compile({ model: await model(), data: data() });
    const choice = await opened.page.evaluate(
      (bytes) => {
        return globalThis.sandglassTest.decide(bytes, 16);
      },
      [...artifact],
    );
    const sentence = /webnn \(WebNN\) takes \S+ us per window in batches of 16, wasm \S+ us/;
    expect(choice.why).toMatch(sentence);
    expect(choice.others.map(({ backend }) => backend)).toEqual([choice.backend === 'wasm' ? 'webnn' : 'wasm']);
  });
});

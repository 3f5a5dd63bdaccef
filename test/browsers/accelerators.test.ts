import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadSync } from '../../runtime-js/node.ts';
import { chromium } from './chromium.ts';
import type { OpenBrowser } from './define.ts';
import { firefox } from './firefox.ts';
import { buildPages } from './pages.ts';
import type { AcceleratedReport } from './pages/accelerated.ts';
import { exercise, type Bits } from './pages/exercise.ts';
import { recordedModels } from './recorded-models.ts';
import { openSite, type Site } from './site.ts';
import { webkit } from './webkit.ts';

// WebGPU as the package ships it, on the software adapters of two engines, and what is said where there is none.

const folder = mkdtempSync(join(tmpdir(), 'sandglass-accelerators-'));
const names = ['gearbox', 'digits', 'gearbox-raw'] as const;
const expected: Record<string, Bits> = {};
let site: Site;

beforeAll(async () => {
  await buildPages(folder, ['accelerated']);
  for (const name of names) {
    const { artifact, windows, samples } = await recordedModels[name]();
    // A software adapter takes up to a second per image.
    const few = windows.slice(0, (name === 'digits' ? 3 : 24) * loadSync(artifact).size);
    writeFileSync(join(folder, `${name}.wasm`), artifact);
    writeFileSync(join(folder, `${name}.windows`), few);
    writeFileSync(join(folder, `${name}.samples`), samples);
    expected[name] = await exercise(loadSync(artifact), { windows: few, samples });
  }
  site = await openSite(folder);
}, 120_000);
afterAll(async () => {
  await site?.close();
  rmSync(folder, { recursive: true });
});

describe.each([chromium, firefox])('$name with WebGPU', (engine) => {
  describe.skipIf(engine.missing() !== null)('is here', () => {
    let browser: OpenBrowser;
    beforeAll(async () => {
      browser = await engine.launch({ webgpu: true });
      return () => browser.close();
    });

    test('a dense and a convolutional model give the bits of wasm, on the page and in a worker', async () => {
      const found = await site.visit<AcceleratedReport>(browser, 'accelerated?backend=webgpu&models=gearbox,digits', 110_000);
      for (const name of ['gearbox', 'digits']) {
        expect(found[name]!.backend).toMatch(/^webgpu: it was asked for; /);
        expect(found[name]!.page).toEqual(expected[name]);
        expect(found[name]!.worker).toEqual(expected[name]);
      }
    }, 120_000);

    test('a model of features says that it stays on wasm', async () => {
      const found = await site.visit<AcceleratedReport>(browser, 'accelerated?backend=webgpu&models=gearbox-raw');
      const refusal = /gearbox-raw\.wasm: cannot run on webgpu: features of raw samples are computed on wasm/;
      expect(found['gearbox-raw']).toMatchObject({
        page: expect.stringMatching(refusal),
        worker: expect.stringMatching(refusal),
      });
    });
  });
});

describe.skipIf(webkit.missing() !== null)('WebKit', () => {
  test('has no WebGPU, and says so', async () => {
    const browser = await webkit.launch();
    try {
      const found = await site.visit<AcceleratedReport>(browser, 'accelerated?backend=webgpu&models=gearbox');
      const reason = /cannot run on webgpu: this host has no WebGPU \(navigator\.gpu\)/;
      expect(found['gearbox']).toMatchObject({ page: expect.stringMatching(reason), worker: expect.stringMatching(reason) });
    } finally {
      await browser.close();
    }
  });
});

describe.skipIf(chromium.missing() !== null)('Chromium without accelerators', () => {
  let browser: OpenBrowser;
  beforeAll(async () => {
    browser = await chromium.launch();
    return () => browser.close();
  });

  test.each([
    ['webgpu', /cannot run on webgpu: WebGPU is here, but finds no adapter/],
    ['webnn', /cannot run on webnn: this browser has WebNN, but no back end for it|has no WebNN/],
  ])('%s says what is missing', async (backend, reason) => {
    const found = await site.visit<AcceleratedReport>(browser, `accelerated?backend=${backend}&models=gearbox`);
    expect(found['gearbox']).toMatchObject({ page: expect.stringMatching(reason), worker: expect.stringMatching(reason) });
  });

  test('auto scores on wasm, says why not on the others, and remembers that from the page to the worker', async () => {
    const { gearbox } = await site.visit<AcceleratedReport>(browser, 'accelerated?backend=auto&models=gearbox');
    expect(gearbox).toMatchObject({ page: expected['gearbox'], worker: expected['gearbox'] });
    expect(gearbox!.backend).toMatch(
      /^wasm: no accelerator can run this model here \(decided before\).*webgpu: WebGPU is here.*webnn: this browser/,
    );
  });
});

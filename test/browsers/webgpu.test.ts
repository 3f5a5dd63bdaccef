import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadSync } from '../../runtime-js/node.ts';
import { chromium } from './chromium.ts';
import { firefox } from './firefox.ts';
import type { OpenBrowser } from './define.ts';
import { buildPages } from './pages.ts';
import type { WebGpuReport } from './pages/webgpu.ts';
import { recordedModels } from './recorded-models.ts';
import { openSite, type Site } from './site.ts';

// The bundles that the package ships, on the software adapters of SwiftShader (Chromium, Tint) and lavapipe (Firefox, naga).

const folder = mkdtempSync(join(tmpdir(), 'sandglass-webgpu-'));
const names = ['gearbox', 'digits'] as const;
/** Few: a software adapter takes its time. */
const windows = 20;
const expected: Record<string, object> = {};
let site: Site;

beforeAll(async () => {
  await buildPages(folder, ['webgpu']);
  for (const name of names) {
    const recorded = await recordedModels[name]();
    const model = loadSync(recorded.artifact);
    const batch = recorded.windows.slice(0, windows * model.size);
    writeFileSync(join(folder, `${name}.wasm`), recorded.artifact);
    writeFileSync(join(folder, `${name}.windows`), batch);
    const scores = [...model.runBatch(batch)];
    model.run(batch.subarray(-model.size));
    expected[name] = { backend: 'webgpu', scores, reconstruction: [...model.reconstruction], errors: [...model.errors] };
  }
  site = await openSite(folder);
}, 120_000);
afterAll(async () => {
  await site?.close();
  rmSync(folder, { recursive: true });
});

describe.each([chromium, firefox])('$name', (engine) => {
  describe.skipIf(engine.missing() !== null)('is here', () => {
    let browser: OpenBrowser;
    beforeAll(async () => {
      browser = await engine.launch({ webgpu: true });
      return () => browser.close();
    });

    test('a dense and a convolutional model have the bits of wasm', async () => {
      const found = await site.visit<WebGpuReport>(browser, `webgpu?models=${names.join()}`, 100_000);
      for (const name of names) {
        expect(found[name]).toMatchObject(expected[name]!);
        expect(found[name]!.why).toMatch(/dot4I8Packed|bytes unpacked/);
      }
    }, 120_000);
  });
});

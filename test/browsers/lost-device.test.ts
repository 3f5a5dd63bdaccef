import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadSync } from '../../runtime-js/node.ts';
import { launchChromium, missingChromium } from '../chromium.ts';
import { launchWebNnChromium } from '../webnn-chromium.ts';
import { buildPages } from './pages.ts';

import type { Endless } from './pages/endless.ts';
import { recordedModels } from './recorded-models.ts';
import { openSite, type Site } from './site.ts';

// The GPU process is killed for real while batches are in flight.

const folder = mkdtempSync(join(tmpdir(), 'sandglass-lost-'));
let site: Site;
let threshold: number;
beforeAll(async () => {
  await buildPages(folder, ['endless']);
  const { artifact, windows } = await recordedModels.gearbox();
  writeFileSync(join(folder, 'model.wasm'), artifact);
  writeFileSync(join(folder, 'model.windows'), windows);
  ({ threshold } = loadSync(artifact));
  site = await openSite(folder);
}, 60_000);
afterAll(async () => {
  await site?.close();
  rmSync(folder, { recursive: true });
});

const devices: readonly { backend: 'webgpu' | 'webnn'; exact: boolean; launch: () => Promise<Browser> }[] = [
  { backend: 'webgpu', exact: true, launch: () => launchChromium(['--enable-unsafe-webgpu']) },
  { backend: 'webnn', exact: false, launch: () => launchWebNnChromium() },
];

describe.skipIf(missingChromium() !== null)('a device that is lost', () => {
  test.each(devices)(
    '$backend: no score is lost or wrong, and the device is opened again',
    async ({ backend, exact, launch }) => {
      const browser = await launch();
      try {
        const page = await browser.newPage();
        await page.goto(`${site.origin}/page/endless`);
        await page.waitForFunction(() => 'endless' in globalThis);
        expect(await page.evaluate((name) => globalThis.endless.start(name), backend)).toBe(backend);
        const tolerance = exact ? 0 : 0.01 * threshold;
        await page.evaluate((most) => globalThis.endless.go(most), tolerance);
        const control = await browser.newBrowserCDPSession();
        await control.send('Browser.crashGpuProcess');
        const infos: ReturnType<Endless['info']>[] = [];
        const until = async (wanted: RegExp): Promise<void> => {
          const deadline = Date.now() + 20_000;
          while (Date.now() < deadline) {
            const info = await page.evaluate(() => globalThis.endless.info());
            infos.push(info);
            if (wanted.test(`${info.backend}: ${info.why}`)) return;
            await page.waitForTimeout(50);
          }
          throw new Error(`${String(wanted)} was not to be seen: ${JSON.stringify(infos.at(-1))}`);
        };
        await until(new RegExp(`^wasm: ${backend} was lost: `));
        await until(new RegExp(`^${backend}: .*; lost \\(.*\\) and opened again$`));
        await page.waitForTimeout(200);
        const { batches, wrong } = await page.evaluate(() => globalThis.endless.stop());
        expect(wrong).toBe(0);
        expect(batches).toBeGreaterThan(5);
      } finally {
        await browser.close();
      }
    },
    60_000,
  );
});

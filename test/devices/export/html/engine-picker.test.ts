import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchChromium, missingChromium } from '../../../chromium.ts';
import { gearbox } from '../../../runtime-js/artifact.ts';
import { writePage } from './exported.ts';
import { close, fact, openPage, whenScored } from './open-page.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandglass-engine-picker-'));
beforeAll(async () => {
  const artifact = await gearbox({ name: 'gearbox', score: 'mahalanobis' });
  writePage(folder, { artifact, title: 'gearbox', example: null, engines: 'wasm' }, 'golden');
  writePage(folder, { artifact, title: 'gearbox', example: null, engines: 'all' }, 'engines');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(missingChromium() !== null)('the engine picker, in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  test('engines are measured here, and one that is not to be had says why, while scores go on', async () => {
    const { tab } = await openPage(browser, join(folder, 'engines.html'));
    await whenScored(tab);
    await tab.click('text=Measure here');
    await tab.waitForSelector('#engine button:enabled', { timeout: 20_000 });
    const rows = await tab.locator('#engine tbody tr').allTextContents();
    expect(rows[0]).toMatch(/^WebAssembly[\d.]+ (\u00b5s|ms)[\d.]+ (\u00b5s|ms)$/);
    expect(rows.slice(1)).toEqual([expect.stringContaining('finds no adapter'), expect.stringContaining('no WebNN')]);
    // Not check(), which wants to find it checked: the page goes back to what it has.
    await tab.getByRole('radio', { name: 'WebGPU' }).click();
    await tab.waitForSelector('text=/WebGPU is not to be had: .* finds no adapter.* WebAssembly goes on/');
    const before = await fact(tab, 1);
    await expect.poll(() => fact(tab, 1), { timeout: 5000 }).toBeGreaterThan(before);
    await close(tab);
  });

  test('a page below 100 KB says that it has no other engine, and how one gets it', async () => {
    const { tab } = await openPage(browser, join(folder, 'golden.html'));
    await whenScored(tab);
    await tab.getByRole('radio', { name: 'WebNN' }).click();
    await tab.waitForSelector('text=WebNN is not to be had: this page carries WebAssembly alone (sandglass export --engines all');
    expect(await tab.isChecked('#engine input[value=wasm]')).toBe(true);
    await close(tab);
  });

  test('with WebGPU the scores come from there', async () => {
    const other = await launchChromium(['--enable-unsafe-webgpu']);
    const { tab, noise } = await openPage(other, join(folder, 'engines.html'));
    await whenScored(tab);
    await tab.getByRole('radio', { name: 'WebGPU' }).check();
    await tab.waitForSelector('text=/Scores come from WebGPU: it was asked for/', { timeout: 50_000 });
    const before = await fact(tab, 1);
    await expect.poll(() => fact(tab, 1), { timeout: 5000 }).toBeGreaterThan(before);
    expect(noise).toEqual([]);
    await other.close();
  });
});

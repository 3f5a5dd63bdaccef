import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readWindows } from '../../../compiler/calibrate/samples.ts';
import { openSource, readNamed } from '../../../compiler/files.ts';
import type { Analysis } from '../../../compiler/report/analysis.ts';
import { reportPage } from '../../../compiler/report/report-page.ts';
import { launchChromium, missingChromium } from '../../chromium.ts';
import { analysed } from './report.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandglass-page-'));

const pages = {
  /** With everything: a model, data, and a test file whose name wants escaping. */
  full: ['decibels', 'scatter', 'histogram', 'variances'],
  /** Of an artifact alone. */
  reduced: [],
} as const;

let full: Analysis;
beforeAll(async () => {
  const broken = readWindows(readNamed('examples/gearbox/broken-test.csv'), { size: 16, hop: null });
  const model = openSource('examples/gearbox/model/model.json');
  const data = readNamed('examples/gearbox/normal.csv');
  const { analysis } = await analysed({ model, data, name: 'gear <box>' }, [{ ...broken, name: '<script><b>&.csv' }]);
  full = analysis;
  writeFileSync(join(folder, 'full.html'), reportPage(full));
  writeFileSync(
    join(folder, 'reduced.html'),
    reportPage({
      ...full,
      provenance: null,
      layers: null,
      latent: null,
      scores: { ...full.scores, pairs: null, histogram: null },
    }),
  );
});

describe.skipIf(missingChromium() !== null)('in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  interface Opened {
    readonly tab: Page;
    /** What the console said, and what was asked of the network. */
    readonly noise: readonly string[];
  }

  async function open(name: string, width: number, colorScheme: 'light' | 'dark' = 'light'): Promise<Opened> {
    const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
    const tab = await context.newPage();
    const noise: string[] = [];
    const { href } = pathToFileURL(join(folder, `${name}.html`));
    tab.on('console', (message) => noise.push(message.text()));
    tab.on('pageerror', (error) => noise.push(String(error)));
    tab.on('request', (request) => request.url() !== href && noise.push(request.url()));
    await tab.goto(href);
    await tab.waitForFunction("[...document.querySelectorAll('.chart')].every((chart) => chart.querySelector('canvas'))");
    return { tab, noise };
  }

  describe.each(Object.entries(pages))('the %s page', (name, charts) => {
    test.each([360, 1280])('%i px wide: no error, no network, no sideways scrolling, all charts', async (width) => {
      const { tab, noise } = await open(name, width);
      expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(width);
      expect(await tab.evaluate("[...document.querySelectorAll('.chart')].map((chart) => chart.id)")).toEqual(charts);
      expect(noise).toEqual([]);
      await tab.context().close();
    });

    test('every table has a caption, every picture a text, every heading a place in the order', async () => {
      const { tab } = await open(name, 1280);
      expect(await tab.evaluate("[...document.querySelectorAll('table')].filter((t) => !t.caption?.textContent).length")).toBe(0);
      expect(await tab.evaluate("document.querySelectorAll('table').length")).toBeGreaterThan(0);
      const silent = "[...document.querySelectorAll('.chart, svg')].filter((e) => !e.getAttribute('aria-label')).length";
      expect(await tab.evaluate(silent)).toBe(0);
      const levels: number[] = await tab.evaluate(
        "[...document.querySelectorAll('h1, h2, h3')].map((h) => Number(h.tagName[1]))",
      );
      expect(levels[0]).toBe(1);
      expect(levels.every((level, i) => i === 0 || level <= levels[i - 1]! + 1)).toBe(true);
      await tab.context().close();
    });
  });

  test('names are shown as they are written', async () => {
    const { tab } = await open('full', 1280);
    expect(await tab.textContent('h1')).toBe('gear <box>');
    expect(await tab.textContent('.legend:has(+ #histogram)')).toContain('<script><b>&.csv');
    await tab.context().close();
  });

  test('by keyboard alone a tensor shows its histogram, and the table of tensors can be scrolled', async () => {
    const { tab } = await open('full', 360);
    await tab.focus('[aria-label="Table of tensors"]');
    await tab.keyboard.press('ArrowRight');
    await tab.waitForFunction('document.activeElement.scrollLeft > 0');
    await tab.keyboard.press('Tab');
    await tab.keyboard.press('Enter');
    expect(await tab.locator('details[open] svg').isVisible()).toBe(true);
    expect(await tab.locator('details[open]').textContent()).toContain('seen -');
    await tab.context().close();
  });

  test('dark readers get a dark page; paper gets a white one', async () => {
    const { tab, noise } = await open('full', 1280, 'dark');
    const background = 'getComputedStyle(document.body).backgroundColor';
    expect(await tab.evaluate(background)).toBe('rgb(20, 24, 29)');
    await tab.evaluate("dispatchEvent(new Event('beforeprint'))");
    expect(await tab.evaluate(background)).toBe('rgb(255, 255, 255)');
    expect(await tab.evaluate("document.querySelector('#decibels canvas').clientWidth")).toBeLessThan(680);
    await tab.evaluate("dispatchEvent(new Event('afterprint'))");
    expect(await tab.evaluate(background)).toBe('rgb(20, 24, 29)');
    expect(noise).toEqual([]);
    await tab.context().close();
  });

  test('text stands out from its background by WCAG AA, in both schemes', async () => {
    const ratios = `(() => {
      const probe = document.body.appendChild(document.createElement('i'));
      const light = (name) => {
        probe.style.color = 'var(--' + name + ')';
        const [r, g, b] = getComputedStyle(probe).color.match(/\\d+/g).map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const paper = light('card');
      return ['ink', 'soft', 'normal', 'abnormal', 'third', 'fourth', 'good', 'look', 'bad'].map((name) => {
        const [dark, bright] = [light(name), paper].sort((a, b) => a - b);
        return (bright + 0.05) / (dark + 0.05);
      });
    })()`;
    for (const scheme of ['light', 'dark'] as const) {
      const { tab } = await open('full', 1280, scheme);
      const found: number[] = await tab.evaluate(ratios);
      expect(found).toHaveLength(9);
      // WCAG 2.2, success criterion 1.4.3: https://www.w3.org/TR/WCAG22/#contrast-minimum
      expect(Math.min(...found)).toBeGreaterThan(4.5);
      await tab.context().close();
    }
  });
});

test('a measured score error gets a column, and none where it was not measured', () => {
  const head = 'score error by its values alone';
  const without = full.layers!.map((layer) => ({ ...layer, scoreError: null, weightError: null }));
  expect(reportPage({ ...full, layers: without })).not.toContain(head);
  const page = reportPage({ ...full, layers: without.map((layer, i) => ({ ...layer, scoreError: i === 2 ? 0.0123 : null })) });
  expect(page).toContain(head);
  expect(page).toContain('<td class="n">1.2 %</td>');
});

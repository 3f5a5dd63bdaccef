import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readWindows } from '../../../../compiler/calibrate/samples.ts';
import { csvHeader, csvRow } from '../../../../compiler/cli/score-rows.ts';
import { readNamed } from '../../../../compiler/files.ts';
import { loadSync } from '../../../../runtime-js/node.ts';
import { openSite } from '../../../browsers/site.ts';
import { launchChromium, missingChromium } from '../../../chromium.ts';
import { gearbox } from '../../../runtime-js/artifact.ts';
import { pictureVae, writePage } from './exported.ts';
import { close, fact, openPage, whenScored, type Opened } from './open-page.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandglass-monitor-'));
const broken = 'examples/gearbox/broken-test.csv';
let artifact: Uint8Array;
let vae: Uint8Array;
const sizes: Record<string, number> = {};

beforeAll(async () => {
  [artifact, vae] = await Promise.all([gearbox({ name: 'gearbox', score: 'mahalanobis' }), pictureVae()]);
  const { data, count } = readWindows(readNamed('examples/gearbox/healthy-test.csv'), { size: 16, hop: null });
  const example = { name: '<b>healthy', rows: count, values: data, times: null, marks: [{ row: 0, label: 'healthy' }] };
  sizes['recording'] = writePage(folder, { artifact, title: 'Gear </script><b>box', example, engines: 'wasm' }, 'recording');
  sizes['golden'] = writePage(folder, { artifact, title: 'gearbox', example: null, engines: 'wasm' }, 'golden');
  sizes['pictures'] = writePage(folder, { artifact: vae, title: 'pictures', example: null, engines: 'wasm' }, 'pictures');
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true }));

test('page, runtime and all of the artifact but its weights are below 100 KB', () => {
  for (const [name, bytes] of [
    ['golden', artifact],
    ['pictures', vae],
  ] as const) {
    const { weights } = loadSync(bytes).info.manifest.sizes;
    process.stderr.write(`${name}: ${sizes[name]} bytes, of which ${Math.ceil((weights * 4) / 3)} are weights\n`);
    expect(sizes[name]! - (weights * 4) / 3).toBeLessThan(100_000);
  }
});

/** What the command line prints of a recording. */
function scoresOf(file: string): string {
  const model = loadSync(artifact);
  const { data, count } = readWindows(readNamed(file), { size: 16, hop: null });
  const rows = Array.from({ length: count }, (_, index) => {
    const score = model.run(data.subarray(index * 16, (index + 1) * 16));
    return csvRow({ index, time: null, score, threshold: null, alarm: model.alarm, why: null });
  });
  return `${csvHeader({ time: false, threshold: false, why: false })}\n${rows.join('\n')}\n`;
}

describe.skipIf(missingChromium() !== null)('in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  const open = (name: string, options: Parameters<typeof openPage>[2] = {}): Promise<Opened> =>
    openPage(browser, name.startsWith('http') ? name : join(folder, `${name}.html`), options);

  test.each([360, 1280])(
    '%i px wide, light and dark: alive at once, no error, no network, no sideways scrolling, nothing that axe would mend',
    async (width) => {
      const { tab, noise } = await open('recording', { viewport: { width, height: 800 } });
      await whenScored(tab);
      await tab.click('.player button');
      expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(width);
      await tab.evaluate(axe.source);
      for (const colorScheme of ['light', 'dark'] as const) {
        await tab.emulateMedia({ colorScheme });
        const { violations } = await tab.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>('axe.run()');
        expect({
          colorScheme,
          found: violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`),
        }).toEqual({
          colorScheme,
          found: [],
        });
      }
      expect(noise).toEqual([]);
      await close(tab);
    },
  );

  test('a dropped file gives the scores of the command line, its alarms, and the sensors behind them', async () => {
    const { tab, noise } = await open('golden');
    await whenScored(tab);
    const text = readFileSync(broken, 'utf8');
    await tab.evaluate((content) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([content], 'broken-test.csv', { type: 'text/csv' }));
      for (const type of ['dragenter', 'dragover', 'drop'])
        document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    }, text);
    await tab.waitForSelector('.player button:text("Play again")');
    const [download] = await Promise.all([tab.waitForEvent('download'), tab.click('text=Save as CSV')]);
    const saved = readFileSync((await download.path())!, 'utf8');
    expect(saved).toBe(scoresOf(broken));
    // An alarm is a row of windows that are in alarm.
    const alarms = saved.match(/(^\d+,[^,]+,1\n)+/gm)!;
    await expect.poll(() => fact(tab, 2)).toBe(alarms.length);
    const causes = await tab.locator('#alarms li .quiet').allTextContents();
    expect(causes).toHaveLength(Math.min(30, alarms.length));
    for (const cause of causes) expect(cause).toMatch(/^(sum_abs|std|max|kurtosis)_a[1-4] \d+\u202f%, /);
    expect(noise).toEqual([]);
    await close(tab);
  });

  test('what is wrong with a file is said, and nothing is scored', async () => {
    const { tab } = await open('golden');
    await whenScored(tab);
    await tab.getByRole('radio', { name: 'CSV file' }).check();
    await tab.setInputFiles('input[type=file]', {
      name: 'pump.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from('flow,temp\n1,2\n'),
    });
    await tab.waitForSelector('.said[data-kind=bad]');
    expect(await tab.textContent('.said')).toContain('pump.csv has no column "sum_abs_a1", "sum_abs_a2"');
    await close(tab);
  });

  test('texts are shown as they are written', async () => {
    const { tab } = await open('recording');
    await whenScored(tab);
    expect(await tab.textContent('h1')).toBe('Gear </script><b>box');
    expect(await tab.textContent('.chip')).toBe('<b>healthy');
    expect(await tab.title()).toBe('Gear </script><b>box');
    await close(tab);
  });

  test('by keyboard alone every control is reached, and is seen to be', async () => {
    const { tab } = await open('recording');
    await whenScored(tab);
    await tab.click('.player button');
    const wanted: string[] = await tab.evaluate(`(() => {
      window.name_of = (e) => e.type === 'radio' ? 'radios ' + e.closest('fieldset').textContent : e.tagName + ' ' + (e.labels?.[0] ?? e).textContent + (e.ariaLabel ?? '');
      const all = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')].filter((e) => e.checkVisibility() && !e.disabled);
      return [...new Set(all.map(name_of))].sort();
    })()`);
    expect(wanted.length).toBeGreaterThan(7);
    await tab.evaluate('document.activeElement.blur(), scrollTo(0, 0)');
    const reached = new Set<string>();
    for (let i = 0; i < 3 * wanted.length && reached.size < wanted.length; i++) {
      await tab.keyboard.press('Tab');
      const { name, outline } = await tab.evaluate<{ name: string; outline: string }>(`(() => {
        const e = document.activeElement;
        const shown = e.type === 'radio' ? e.nextElementSibling : e;
        return { name: e === document.body ? '' : name_of(e), outline: getComputedStyle(shown).outlineStyle };
      })()`);
      if (name === '') continue;
      expect({ name, outline }).toEqual({ name, outline: 'solid' });
      reached.add(name);
    }
    expect([...reached].toSorted()).toEqual(wanted);
    await close(tab);
  });

  test('a screen reader hears when the state changes, and not each score', async () => {
    const { tab } = await open('recording', {
      before: `addEventListener('DOMContentLoaded', () => {
      window.heard = [];
      new MutationObserver(() => {
        const said = document.querySelector('#state [role=status]')?.textContent;
        if (said && said !== heard.at(-1)) heard.push(said);
      }).observe(document.body, { childList: true, subtree: true, characterData: true });
    });`,
    });
    await whenScored(tab);
    await tab.selectOption('.player select', '100');
    await tab.waitForSelector('.player button:text("Play again")');
    const alarms = scoresOf('examples/gearbox/healthy-test.csv').match(/(^\d+,[^,]+,1\n)+/gm)!;
    const heard: string[] = await tab.evaluate('heard');
    expect(heard.filter((text) => /^Alarm since row \d+/.test(text)).length).toBeGreaterThan(0);
    expect(heard.filter((text) => !/^(Alarm since row \d+(, over again)?|The state is normal)\.$/.test(text))).toEqual([]);
    expect(heard.length).toBeLessThanOrEqual(2 * alarms.length);
    await close(tab);
  });

  test('who wants little motion gets two pictures per second', async () => {
    const { tab } = await open('recording', { reducedMotion: 'reduce' });
    await whenScored(tab);
    await tab.selectOption('.player select', '10');
    const changes: number = await tab.evaluate(`new Promise((resolve) => {
      let changes = 0;
      new MutationObserver(() => changes++).observe(document.querySelector('.gauge-text strong'), { childList: true, characterData: true, subtree: true });
      setTimeout(() => resolve(changes), 2000);
    })`);
    expect(changes).toBeGreaterThan(1);
    expect(changes).toBeLessThanOrEqual(5);
    expect(await tab.evaluate("getComputedStyle(document.querySelector('.state')).transitionProperty")).toBe('none');
    await close(tab);
  });

  test('from a server the page is kept: it comes up again when the server is gone', async () => {
    const site = await openSite(folder);
    const { tab } = await open(`${site.origin}/recording.html`);
    await tab.waitForSelector('text=Works without a network.');
    await tab.reload();
    await whenScored(tab);
    await site.close();
    await tab.reload();
    await whenScored(tab);
    await tab.waitForSelector('text=Works without a network.');
    await expect(fetch(site.origin)).rejects.toThrow('fetch failed');
    await close(tab);
  });

  test('without its script the page works and says that it needs the server', async () => {
    const alone = mkdtempSync(join(tmpdir(), 'sandglass-alone-'));
    writeFileSync(join(alone, 'golden.html'), readFileSync(join(folder, 'golden.html')));
    const site = await openSite(alone);
    const { tab } = await open(`${site.origin}/golden.html`);
    await whenScored(tab);
    await tab.waitForSelector('text=Needs its server');
    expect(await tab.textContent('#state .word')).toMatch(/Normal|Alarm/);
    await site.close();
    await close(tab);
  });

  test('of pictures: the picture, what the model makes of it, and what its sliders make', async () => {
    const { tab, noise } = await open('pictures');
    await whenScored(tab);
    const pixels = (selector: string) =>
      tab
        .locator(selector)
        .evaluate((canvas: HTMLCanvasElement) => [
          ...canvas.getContext('2d', { willReadFrequently: true })!.getImageData(0, 0, canvas.width, canvas.height).data,
        ]);
    const model = loadSync(vae);
    const [least, greatest] = model.info.manifest.input.range;
    const levels = (values: Float32Array) =>
      [...values].flatMap((value) => {
        const level = Math.round(255 * Math.min(1, Math.max(0, (value - least) / (greatest - least))));
        return [level, level, level, 255];
      });
    for (const canvas of await tab.locator('#pictures canvas').all())
      expect(await canvas.evaluate((c: HTMLCanvasElement) => [c.width, c.height])).toEqual([14, 12]);
    expect(await pixels('.imagined')).toEqual(levels(model.decode([0, 0, 0, 0])));
    const slider = tab.locator('#latent input[type=range]').nth(2);
    await slider.focus();
    for (let i = 0; i < 10; i++) await tab.keyboard.press('ArrowRight');
    await expect.poll(() => pixels('.imagined')).toEqual(levels(model.decode([0, 0, 0.5, 0])));
    await tab.click('#latent >> text=Draw');
    await expect.poll(() => pixels('.imagined')).toEqual(levels(model.generate(1)));
    // Of this test's own reading of pixels.
    expect(noise.filter((text) => !text.startsWith('Canvas2D: Multiple readback'))).toEqual([]);
    await close(tab);
  });

  test.each([
    ['is too old', 'delete globalThis.DecompressionStream;', 'This browser is too old for the monitor'],
    ['has no numbers', 'delete Intl.NumberFormat;', 'The monitor cannot start: Uncaught TypeError'],
  ])('where a browser %s the page says so', async (_, before, said) => {
    const { tab } = await open('golden', { before });
    await expect.poll(() => tab.textContent('#page')).toContain(said);
    await close(tab);
  });
});

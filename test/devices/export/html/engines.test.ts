import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readWindows } from '../../../../compiler/calibrate/samples.ts';
import { readNamed } from '../../../../compiler/files.ts';
import { number } from '../../../../devices/export/html/page/format.ts';
import { loadSync } from '../../../../runtime-js/node.ts';
import type { OpenBrowser } from '../../../browsers/define.ts';
import { engines } from '../../../browsers/engines.ts';
import { openSite, type Site } from '../../../browsers/site.ts';
import { gearbox } from '../../../runtime-js/artifact.ts';
import { writePage } from './exported.ts';
import { watchPage, type Watched } from './watched-page.ts';

// The monitor page from a server, in every engine.

const folder = mkdtempSync(join(tmpdir(), 'sandglass-monitor-engines-'));
const rows = 200;
/** Of each row of the recording, as the page writes it. */
let scores: readonly string[];
let site: Site;

beforeAll(async () => {
  const artifact = await gearbox({ name: 'gearbox' });
  const { data } = readWindows(readNamed('examples/gearbox/broken-test.csv'), { size: 16, hop: null });
  const values = data.slice(0, 16 * rows);
  const model = loadSync(artifact);
  scores = Array.from({ length: rows }, (_, row) => number(model.run(values.subarray(16 * row, 16 * (row + 1)))));
  const example = { name: 'broken', rows, values, times: null, marks: [] };
  writePage(folder, { artifact, title: 'gearbox', example, engines: 'wasm' }, 'gearbox');
  watchPage(join(folder, 'gearbox.html'), join(folder, 'watched.html'));
  site = await openSite(folder);
}, 60_000);
afterAll(async () => {
  await site?.close();
  rmSync(folder, { recursive: true });
});

interface Shown {
  readonly state: string;
  readonly windows: number;
  readonly score: string;
  readonly button: string;
  readonly trouble: string;
  readonly watched: Watched;
}

const looked = `({
  state: document.querySelector('#state .word')?.textContent ?? '',
  windows: Number(document.querySelectorAll('#state dd')[1]?.textContent.replace(',', '')),
  score: document.querySelector('#state strong')?.textContent ?? '',
  button: document.querySelector('.player button')?.textContent ?? '',
  trouble: [...document.querySelectorAll('[role=alert]:not([hidden])')].map((e) => e.textContent).join(' '),
  watched,
})`;

describe.each(engines)('$name', (engine) => {
  describe.skipIf(engine.missing() !== null)('is here', () => {
    let browser: OpenBrowser;
    beforeAll(async () => {
      browser = await engine.launch();
      await browser.resize(1280, 700);
      return () => browser.close();
    });

    const look = async (): Promise<Shown> => (await browser.evaluate(looked)) as Shown;
    async function until(holds: (shown: Shown) => boolean): Promise<void> {
      await expect.poll(look, { timeout: 20_000, interval: 50 }).toSatisfy(holds);
    }

    test('the page scores in its worker, row after row, what Node scores, without an error', async () => {
      await browser.open(`${site.origin}/watched.html`);
      await until(({ windows }) => windows > 0);
      const early = await look();
      await until(({ windows }) => windows > early.windows);
      await browser.evaluate("document.querySelector('.player button').click()");
      await until(({ button }) => button === 'Play');
      // What was on its way when the recording stopped is scored.
      let paused = await look();
      for (let before = -1; before !== paused.windows;) {
        before = paused.windows;
        await browser.evaluate('new Promise((resolve) => setTimeout(resolve, 200))');
        paused = await look();
      }
      expect(paused.windows).toBeGreaterThan(early.windows);
      expect(paused.windows).toBeLessThan(rows);
      expect(paused.score).toBe(scores[paused.windows - 1]);
      expect(paused.state).toMatch(/^(Normal|Alarm)$/);
      expect(paused.watched.noise).toEqual([]);
      // The second worker looks into alarms.
      expect(paused.watched.workers).toHaveLength(2);
      expect(paused.watched.workers[0]).toBeGreaterThan(1);
      await browser.evaluate(`[document.querySelector('.player select')].map((speed) => {
        speed.value = 'all';
        document.querySelector('.player button').click();
      })`);
      // The page draws what it knows a part per frame: the button may be ahead of the figures.
      await until(({ button, windows }) => button === 'Play again' && windows === rows);
      const over = await look();
      expect({ windows: over.windows, score: over.score, trouble: over.trouble, noise: over.watched.noise }).toEqual({
        windows: rows,
        score: scores.at(-1),
        trouble: '',
        noise: [],
      });
    });

    test('wide and narrow it has nothing to scroll sideways for, and its chart and its curves are drawn', async () => {
      for (const width of [1280, 400]) {
        await browser.resize(width, 700);
        await browser.evaluate('new Promise((resolve) => setTimeout(resolve, 300))');
        expect(await browser.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
        const drawn = `[...document.querySelectorAll('canvas')].map((canvas) => canvas.getContext('2d')
          .getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte !== 0))`;
        expect(await browser.evaluate(drawn)).toEqual(Array.from({ length: 1 + 16 }, () => true));
      }
      expect((await look()).watched.noise).toEqual([]);
    });
  });
});

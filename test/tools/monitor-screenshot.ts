import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { launchChromium } from '../chromium.ts';

// Pictures of the demo's monitor page, normal and in alarm, light and dark, desktop, tablet and phone; `docs` is docs/monitor.png.
//   node compiler/cli/main.ts demo --web && node test/tools/monitor-screenshot.ts out/gearbox-monitor.html out/pictures [part of a view's name]

const [page = 'out/gearbox-monitor.html', folder = 'out/pictures', wanted = ''] = process.argv.slice(2);
const views = {
  'desktop-light': { width: 1280, height: 900, colorScheme: 'light', fullPage: true },
  'desktop-dark': { width: 1280, height: 900, colorScheme: 'dark', fullPage: true },
  tablet: { width: 820, height: 1100, colorScheme: 'light', fullPage: true },
  'phone-light': { width: 360, height: 780, colorScheme: 'light', fullPage: true },
  'phone-dark': { width: 360, height: 780, colorScheme: 'dark', fullPage: true },
  docs: { width: 1100, height: 886, colorScheme: 'light', fullPage: false },
} as const;

/** Rows of the recording after which to look: in the middle of the healthy part, and some way into the broken one. */
const moments = { normal: 200, alarm: 640 } as const;

mkdirSync(folder, { recursive: true });
const browser = await launchChromium();
for (const [name, { width, height, colorScheme, fullPage }] of Object.entries(views).filter(([view]) => view.includes(wanted))) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, deviceScaleFactor: width < 500 ? 2 : 1 });
  const tab = await context.newPage();
  tab.on('pageerror', (error) => {
    throw error;
  });
  tab.on('console', (message) => process.stderr.write(`${name}: ${message.text()}\n`));
  await tab.goto(pathToFileURL(resolve(page)).href);
  await tab.selectOption('.player select', '10');
  for (const [state, row] of Object.entries(moments)) {
    await playUntil(tab, row, state);
    await tab.screenshot({ path: join(folder, `${name}-${state}.png`), fullPage });
    await tab.click('.player button');
  }
  await context.close();
}
await browser.close();

/** Pauses in this state, behind this row; plays on as long as it is paused in another one. */
async function playUntil(tab: Page, row: number, state: string): Promise<void> {
  const played = async (): Promise<number> => Number((await tab.textContent('.progress .figures'))?.split(' ')[0]);
  while (!((await played()) >= row)) await tab.waitForTimeout(50);
  for (;;) {
    await tab.click('.player button');
    // The bars move for a moment.
    await tab.waitForTimeout(500);
    if ((await tab.getAttribute('#state', 'data-state')) === state) break;
    await tab.click('.player button');
    await tab.waitForTimeout(30);
  }
  await tab.evaluate('scrollTo(0, 0)');
}

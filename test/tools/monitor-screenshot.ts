import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { launchChromium } from '../chromium.ts';

// Pictures of a monitor page while it replays its recording, in normal state and in alarm, light and dark, desktop and phone:
//   node compiler/cli/main.ts demo --web && node test/tools/monitor-screenshot.ts out/gearbox-monitor.html out/pictures

const [page = 'out/gearbox-monitor.html', folder = 'out/pictures', wanted = ''] = process.argv.slice(2);
const views = {
  'desktop-light': { width: 1280, height: 900, colorScheme: 'light' },
  'desktop-dark': { width: 1280, height: 900, colorScheme: 'dark' },
  'tablet-light': { width: 820, height: 1100, colorScheme: 'light' },
  'phone-light': { width: 360, height: 780, colorScheme: 'light' },
  'phone-dark': { width: 360, height: 780, colorScheme: 'dark' },
} as const;

mkdirSync(folder, { recursive: true });
const browser = await launchChromium();
for (const [name, { width, height, colorScheme }] of Object.entries(views).filter(([view]) => view.includes(wanted))) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, deviceScaleFactor: width < 500 ? 2 : 1 });
  const tab = await context.newPage();
  tab.on('pageerror', (error) => {
    throw error;
  });
  tab.on('console', (message) => process.stderr.write(`${name}: ${message.text()}\n`));
  await tab.goto(pathToFileURL(resolve(page)).href);
  for (const state of ['normal', 'alarm'] as const) {
    const shown = tab.waitForSelector(`#state[data-state="${state}"]`, { timeout: 70_000 });
    // Speeds are those of the player: 10 times its rate, so that the fault comes soon.
    await tab.selectOption('.player select', '10');
    const isThere = await shown.catch(() => null);
    if (isThere === null) process.stderr.write(`${name}: never in state ${state}\n`);
    await tab.waitForTimeout(state === 'normal' ? 2500 : 4000);
    await tab.screenshot({ path: join(folder, `${name}-${state}.png`), fullPage: true });
  }
  await context.close();
}
await browser.close();

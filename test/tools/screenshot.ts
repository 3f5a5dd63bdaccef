import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { launchChromium } from '../chromium.ts';

// Pictures of a page on desktop (light and dark) and phone:  node test/tools/screenshot.ts out/gearbox.html out/pictures

const [page = 'out/gearbox.html', folder = 'out/pictures'] = process.argv.slice(2);
const views = {
  'desktop-light': { width: 1200, height: 900, colorScheme: 'light', mobile: false },
  'desktop-dark': { width: 1200, height: 900, colorScheme: 'dark', mobile: false },
  phone: { width: 390, height: 844, colorScheme: 'light', mobile: true },
} as const;

mkdirSync(folder, { recursive: true });
const browser = await launchChromium();
for (const [name, { width, height, colorScheme, mobile }] of Object.entries(views)) {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme,
    isMobile: mobile,
    deviceScaleFactor: mobile ? 2 : 1,
  });
  const tab = await context.newPage();
  tab.on('pageerror', (error) => {
    throw error;
  });
  await tab.goto(pathToFileURL(resolve(page)).href);
  await tab.waitForFunction("[...document.querySelectorAll('.chart')].every((chart) => chart.querySelector('canvas'))");
  await tab.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  await context.close();
}
await browser.close();

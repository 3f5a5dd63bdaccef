import { launchChromium, missingChromium } from '../chromium.ts';
import type { Engine } from './define.ts';

export const chromium: Engine = {
  name: 'Chromium',
  missing: missingChromium,
  async launch({ webgpu = false } = {}) {
    const browser = await launchChromium(webgpu ? ['--enable-unsafe-webgpu'] : []);
    const tab = await browser.newPage();
    let said = '';
    tab.on('console', (message) => (said += `${message.text()}\n`));
    tab.on('pageerror', (error) => (said += `${String(error)}\n`));
    return {
      open: async (url) => void (await tab.goto(url)),
      evaluate: (expression) => tab.evaluate(expression),
      resize: (width, height) => tab.setViewportSize({ width, height }),
      screenshot: () => tab.screenshot(),
      said: () => said,
      close: () => browser.close(),
    };
  },
};

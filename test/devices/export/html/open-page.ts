import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

export interface Opened {
  readonly tab: Page;
  /** What the console said, and what was asked of the network. */
  readonly noise: readonly string[];
}

/** Opens an exported page: an http address, or the path of a file. `before` runs in the page ahead of its own scripts. */
export async function openPage(
  browser: Browser,
  page: string,
  { before = '', ...options }: BrowserContextOptions & { readonly before?: string } = {},
): Promise<Opened> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const tab = await context.newPage();
  await tab.addInitScript(before);
  const noise: string[] = [];
  const href = page.startsWith('http') ? page : pathToFileURL(join(page)).href;
  tab.on('console', (message) => noise.push(message.text()));
  tab.on('pageerror', (error) => noise.push(String(error)));
  tab.on('request', (request) => {
    if (request.url() !== href && !/^(blob|data):/.test(request.url())) noise.push(request.url());
  });
  await tab.goto(href);
  return { tab, noise };
}

export const whenScored = (tab: Page) => tab.waitForSelector('#state[data-state="normal"], #state[data-state="alarm"]');

/** Figures of the state: samples per second, windows, alarms. */
export const fact = async (tab: Page, i: 0 | 1 | 2): Promise<number> =>
  Number((await tab.locator('#state dd').nth(i).textContent())!.replace(',', ''));

export const close = (tab: Page): Promise<void> => tab.context().close();

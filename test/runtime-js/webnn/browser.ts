import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { launchWebNnChromium } from '../../webnn-chromium.ts';

export interface WebNnPage {
  readonly page: Page;
  close(): Promise<void>;
}

/** A page with in-page.ts, in a Chromium that has WebNN. */
export async function openWebNnPage(): Promise<WebNnPage> {
  const { outputFiles } = await build({
    entryPoints: ['test/runtime-js/webnn/in-page.ts'],
    bundle: true,
    write: false,
    format: 'iife',
    logLevel: 'error',
  });
  // WebNN is there on secure origins only: localhost is one, a blank page is not.
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end('<!doctype html>'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const browser = await launchWebNnChromium();
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await page.evaluate(outputFiles[0]!.text);
  return {
    page,
    close: async () => {
      await browser.close();
      server.close();
    },
  };
}

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Chromium from '@sparticuz/chromium';
import { build } from 'esbuild';
import { chromium, type Page } from 'playwright-core';

export interface WebNnPage {
  readonly page: Page;
  close(): Promise<void>;
}

/** A page with in-page.ts, in a Chromium that has WebNN: Debian's is built without a back end for it. */
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
  const browser = await chromium.launch({
    executablePath: await Chromium.executablePath(),
    args: [
      '--no-sandbox',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--enable-features=WebMachineLearningNeuralNetwork',
    ],
  });
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

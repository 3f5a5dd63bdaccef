import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadSync } from '../../../../runtime-js/node.ts';
import { launchChromium, missingChromium } from '../../../chromium.ts';
import { gearbox } from '../../../runtime-js/artifact.ts';
import { missingBroker, openBroker, type Broker } from './broker.ts';
import { writePage } from './exported.ts';
import { close, fact, openPage, whenScored } from './open-page.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandglass-live-'));
const page = join(folder, 'gearbox.html');
const [header, ...lines] = readFileSync('examples/gearbox/broken-test.csv', 'utf8').trim().split('\n');
const names = header!.split(',');
const samples = lines.slice(0, 40).map((line) => line.split(',').map(Number));
let artifact: Uint8Array;

beforeAll(async () => {
  artifact = await gearbox({ name: 'gearbox' });
  writePage(folder, { artifact, title: 'gearbox', example: null, engines: 'wasm' }, 'gearbox');
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

/** The scores that the page must have, as its file has them: shortest decimals that give the same f32. */
const scoresOf = (of: readonly number[][]): number[] => of.map((sample) => loadSync(artifact).run(sample));

async function savedScores(tab: Page): Promise<number[]> {
  const [download] = await Promise.all([tab.waitForEvent('download'), tab.click('text=Save as CSV')]);
  const rows = readFileSync((await download.path())!, 'utf8')
    .trim()
    .split('\n')
    .slice(1);
  return rows.map((row) => Math.fround(Number(row.split(',')[1])));
}

async function connect(browser: Browser, { url }: Broker): Promise<Page> {
  const { tab } = await openPage(browser, page);
  await whenScored(tab);
  await tab.getByRole('radio', { name: 'MQTT' }).check();
  await tab.getByLabel('Broker (WebSocket)').fill(url);
  await tab.getByLabel('Topic').fill('plant/gearbox');
  await tab.click('text=Connect');
  return tab;
}

/** No board is here: a port as the standard describes it, which gives lines in pieces that do not end where lines do. */
const fakeSerial = (text: string): string => `
  Object.defineProperty(navigator, 'serial', { value: { requestPort: async () => ({
    open: async ({ baudRate }) => { window.baudRate = baudRate; },
    close: async () => { window.portClosed = true; },
    readable: new ReadableStream({ start(controller) {
      const bytes = new TextEncoder().encode(${JSON.stringify(text)});
      for (let at = 0; at < bytes.length; at += 50) controller.enqueue(bytes.slice(at, at + 50));
    } }),
  }) } });`;

describe.skipIf(missingChromium() !== null)('in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  describe.skipIf(missingBroker() !== null)('with mosquitto', () => {
    let broker: Broker;
    let closed: Broker;
    beforeAll(async () => {
      [broker, closed] = await Promise.all([openBroker({ anonymous: true }), openBroker({ anonymous: false })]);
    });
    afterAll(() => Promise.all([broker?.dispose(), closed?.dispose()]));

    test('messages are scored with the bits of Node, also after the broker was gone for a while', async () => {
      const tab = await connect(browser, broker);
      await tab.waitForSelector('text=Connected, waiting for messages on plant/gearbox.');
      const objects = samples.map((sample) => JSON.stringify(Object.fromEntries(names.map((name, i) => [name, sample[i]]))));
      broker.publish('plant/gearbox', objects.slice(0, 30));
      await expect.poll(() => fact(tab, 1), { timeout: 5000 }).toBe(30);
      expect(await tab.textContent('.said')).toBe('Messages come on plant/gearbox.');
      await broker.stop();
      await tab.waitForSelector('text=/Not connected: the connection is closed. Next try in \\d+ s/');
      await broker.start();
      await tab.waitForSelector('text=Connected, waiting for messages on plant/gearbox.');
      broker.publish('plant/gearbox', ['{"x":1}', ...objects.slice(30)]);
      await expect.poll(() => fact(tab, 1), { timeout: 5000 }).toBe(40);
      expect(await savedScores(tab)).toEqual(scoresOf(samples));
      expect(await tab.textContent('#state .since')).toMatch(/^since \d\d:\d\d:\d\d$/);
      await close(tab);
    });

    test('fields are found by their paths, and what is wrong with messages is said', async () => {
      const tab = await connect(browser, broker);
      await tab.waitForSelector('text=Connected, waiting');
      broker.publish('plant/gearbox', ['{"x":1,"y":2}']);
      await tab.waitForSelector('text=On plant/gearbox, a message holds none of the channels, but x, y.');
      await tab.click('text=Disconnect');
      await tab.click('text=Login and fields of the messages');
      for (const [i, name] of names.entries()) await tab.getByLabel(name, { exact: true }).fill(`data[${i}].value`);
      await tab.click('text=Connect');
      await tab.waitForSelector('text=Connected, waiting');
      broker.publish(
        'plant/gearbox',
        samples.slice(0, 5).map((sample) => JSON.stringify({ data: sample.map((value) => ({ value })) })),
      );
      await expect.poll(() => fact(tab, 1), { timeout: 5000 }).toBe(5);
      expect(await savedScores(tab)).toEqual(scoresOf(samples.slice(0, 5)));
      await close(tab);
    });

    test('without the right password it says so and does not try again; with it messages come', async () => {
      const tab = await connect(browser, closed);
      await tab.waitForSelector('text=Not connected: this user may not connect.');
      await tab.click('text=Login and fields of the messages');
      await tab.getByLabel('User', { exact: true }).fill('plant');
      await tab.getByLabel('Password', { exact: true }).fill('secret');
      await tab.click('text=Connect');
      await tab.waitForSelector('text=Connected, waiting');
      closed.publish('plant/gearbox', [samples[0]!.join(',')]);
      await expect.poll(() => fact(tab, 1), { timeout: 5000 }).toBe(1);
      await close(tab);
    });
  });

  test('lines of a serial port are scored; the first one, which may be cut off, is no fault, others are said', async () => {
    const text = `.5,3\n${samples
      .slice(0, 20)
      .map((sample) => sample.join(','))
      .join('\r\n')}\nERROR 7\n`;
    const { tab } = await openPage(browser, page, { before: fakeSerial(text) });
    await whenScored(tab);
    await tab.getByRole('radio', { name: 'Serial port' }).check();
    await tab.getByLabel('Baud rate').selectOption('9600');
    await tab.click('text=Connect');
    await tab.waitForSelector('text=1 of 22 lines are not 16 numbers, the last one "ERROR 7".');
    await expect.poll(() => fact(tab, 1), { timeout: 5000 }).toBe(20);
    expect(await savedScores(tab)).toEqual(scoresOf(samples.slice(0, 20)));
    expect(await tab.evaluate('baudRate')).toBe(9600);
    await tab.click('text=Disconnect');
    await tab.waitForSelector('text=Disconnected.');
    await expect.poll(() => tab.evaluate('portClosed')).toBe(true);
    await close(tab);
  });

  test('where the browser has no Web Serial, the page says who has', async () => {
    const { tab } = await openPage(browser, page, { before: 'delete Navigator.prototype.serial;' });
    await whenScored(tab);
    await tab.getByRole('radio', { name: 'Serial port' }).check();
    expect(await tab.textContent('#data')).toContain('This browser has no Web Serial; Chrome and Edge on a computer have.');
    await close(tab);
  });
});

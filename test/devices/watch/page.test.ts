import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Served } from '../../../devices/http/serve.ts';
import { quiet } from '../../../devices/log.ts';
import { connectionDefaults } from '../../../devices/mqtt/options.ts';
import { feedDefaults, openFeed, type Feed } from '../../../devices/watch/feed.ts';
import { serveWatch } from '../../../devices/watch/web.ts';
import { watchPage } from '../../../devices/watch/web-page.ts';
import { launchChromium, missingChromium } from '../../chromium.ts';
import { missingMosquitto, openMosquitto, type Mosquitto } from '../mosquitto.ts';
import { fleetOf, openGateway, type Gateway } from './fleet.ts';

const missing = missingChromium() ?? missingMosquitto();

const hostile = '<img src=x onerror=alert(1)>';

describe.skipIf(missing !== null)('the page of the watch, in Chromium, at mosquitto', () => {
  let broker: Mosquitto;
  let gateway: Gateway;
  let feed: Feed;
  let server: Served;
  let browser: Browser;
  let tab: Page;
  const noise: string[] = [];

  beforeAll(async () => {
    broker = await openMosquitto();
    const backoff = { firstSeconds: 0.2, maxSeconds: 0.4, stableSeconds: 30 };
    feed = openFeed({ ...feedDefaults, connection: { ...connectionDefaults, url: broker.url, backoff } }, quiet);
    server = await serveWatch(feed, await watchPage(), { listen: '127.0.0.1:0' }, quiet);
    await vi.waitUntil(() => feed.link.isOnline, { timeout: 10_000 });
    // Row 181 and those after it: an alarm after five samples.
    gateway = await openGateway(broker.url, 'hall-a', fleetOf(['press', 'fan-1', 'fan-2', hostile], [181]));
    browser = await launchChromium();
    tab = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    tab.on('console', (message) => noise.push(message.text()));
    tab.on('pageerror', (error) => noise.push(String(error)));
    tab.on('request', (request) => request.url().startsWith(server.url) || noise.push(request.url()));
    await tab.goto(server.url);
    await gateway.step();
    await tab.waitForSelector('.rows li:nth-child(4)');
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
    await feed.close();
    await gateway.close();
    await broker.dispose();
  });

  const names = (): Promise<string[]> => tab.locator('.rows .name').allTextContents();
  const heading = (): Promise<string | null> => tab.textContent('h1');

  test('an alarm comes first, in the headline and in the title, and is read out; single scores are not', async () => {
    expect(await tab.textContent('#said')).toBe('');
    expect(await tab.textContent('#link')).toBe(`live from ${broker.url}`);
    for (let i = 0; i < 5; i++) await gateway.step();
    await expect.poll(heading).toBe('1 sensor of 4 is in alarm');
    expect((await names())[0]).toBe('press');
    expect(await tab.title()).toBe('(1) Sandglass watch');
    expect(await tab.textContent('#said')).toMatch(/^hall-a\/press is in alarm: \d\.\d\d times its threshold \(.+\)$/);
    const [times, score] = await Promise.all([tab.textContent('.times'), tab.textContent('.gauge-line .quiet')]);
    const row = [...feed.board.rows()].find(({ name }) => name === 'press')!;
    expect(times).toBe(`${(row.score! / row.threshold!).toPrecision(3)} ×`);
    expect(score).toBe(`score ${Number(row.score!.toPrecision(4))}`);
    expect(await tab.getAttribute('.score-line', 'd')).toMatch(/^M\d+ [\d.]+(L\d+ [\d.]+){5}$/);
    expect(await tab.locator('.rows img').count()).toBe(0);
    expect(await names()).toContain(hostile);
  });

  test.each([360, 1280])('%i px wide, light and dark: no sideways scrolling, nothing that axe would mend', async (width) => {
    await tab.setViewportSize({ width, height: 800 });
    expect(await tab.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await tab.evaluate(axe.source);
    for (const colorScheme of ['light', 'dark'] as const) {
      await tab.emulateMedia({ colorScheme });
      const { violations } = await tab.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>('axe.run()');
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
      expect({ colorScheme, found }).toEqual({ colorScheme, found: [] });
    }
    await tab.setViewportSize({ width: 1280, height: 800 });
  });

  test('groups by the arrow keys, and a name that is typed, choose the rows', async () => {
    // Meanwhile they may have become silent.
    await gateway.step();
    await gateway.blind('fan-1');
    await expect.poll(() => tab.locator('.radios strong').allTextContents()).toEqual(['4', '1', '1', '2']);
    await tab.focus('.radios input:checked');
    await tab.keyboard.press('ArrowRight');
    await expect.poll(names).toEqual(['press']);
    await tab.keyboard.press('ArrowRight');
    await expect.poll(names).toEqual(['fan-1']);
    await tab.keyboard.press('ArrowLeft');
    await tab.keyboard.press('ArrowLeft');
    await expect.poll(async () => (await names()).length).toBe(4);
    await tab.keyboard.press('Tab');
    await tab.keyboard.type('FAN');
    await expect.poll(async () => (await names()).toSorted()).toEqual(['fan-1', 'fan-2']);
    await tab.fill('input[type=search]', 'no such thing');
    await expect.poll(() => tab.textContent('.none')).toBe('No sensor is like that.');
    await tab.fill('input[type=search]', '');
    await expect.poll(async () => (await names()).length).toBe(4);
  });

  test('a list that is paused stands still, and then jumps to what is', async () => {
    const times = (): Promise<string[]> => tab.locator('.times').allTextContents();
    await tab.click('text=Pause');
    const before = await times();
    await gateway.step();
    await gateway.blind('fan-2');
    await expect.poll(() => tab.locator('.radios strong').nth(2).textContent()).toBe('1');
    expect(await times()).toEqual(before);
    await tab.click('text=Go on');
    await expect.poll(times).not.toEqual(before);
    expect((await names()).slice(0, 2)).toEqual(['press', 'fan-2']);
  });

  test('duplicates are counted, and shown nowhere else', async () => {
    const before = await tab.locator('.score-line').first().getAttribute('d');
    await gateway.repeat('press');
    await expect.poll(() => tab.textContent('footer')).toBe('1 gateway, 1 duplicate left out.');
    expect(await tab.locator('.score-line').first().getAttribute('d')).toBe(before);
  });

  test('a gateway that is offline, and a broker that is gone, are said; when it comes back all goes on', async () => {
    await gateway.offline();
    await expect
      .poll(() => tab.locator('.trouble').allTextContents())
      .toEqual([expect.stringMatching(/^Gateway hall-a is offline for \d s: 4 sensors unseen\.$/)]);
    await broker.kill();
    await expect.poll(() => tab.textContent('#link')).toBe('no broker');
    expect((await tab.locator('.trouble').allTextContents())[0]).toContain(`No connection to ${broker.url}`);
    await broker.start();
    await expect.poll(() => tab.textContent('#link'), { timeout: 10_000 }).toBe(`live from ${broker.url}`);
  });

  test('5,000 sensors: the worst 60 are drawn, the rest is counted; at most four updates a second, each of what changed', async () => {
    const many = await openGateway(
      broker.url,
      'hall-b',
      fleetOf(
        Array.from({ length: 5000 }, (_, i) => `s${i}`),
        [181],
      ),
    );
    for (let i = 0; i < 2; i++) await many.step();
    await expect.poll(() => feed.board.size, { timeout: 20_000 }).toBe(5004);
    await expect.poll(() => tab.locator('.radios strong').first().textContent(), { timeout: 20_000 }).toBe('5,004');
    expect(await tab.locator('.rows li').count()).toBe(60);
    expect(await tab.textContent('.rest')).toContain('4,944 more sensors');
    await tab.click('text=Show more');
    await expect.poll(() => tab.locator('.rows li').count()).toBe(180);
    const response = await fetch(`${server.url}/events?limit=10`);
    const reader = response.body!.getReader();
    const sizes: number[] = [];
    const ends = Date.now() + 1500;
    const stepping = (async () => {
      while (Date.now() < ends) await many.step();
    })();
    while (Date.now() < ends) sizes.push((await reader.read()).value!.length);
    await reader.cancel();
    await stepping;
    expect(sizes.length).toBeGreaterThan(1);
    expect(sizes.length).toBeLessThanOrEqual(8);
    expect(Math.max(...sizes)).toBeLessThan(20_000);
    await many.close();
  });

  test('what the page may not ask for is refused, and the page asked nobody else for anything', async () => {
    const queries = ['show=x', 'limit=0', 'limit=501', 'limit=x'];
    const answers = await Promise.all(queries.map((query) => fetch(`${server.url}/events?${query}`)));
    expect(answers.map(({ status }) => status)).toEqual([400, 400, 400, 400]);
    const { headers } = await fetch(server.url);
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(noise).toEqual([]);
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { quiet } from '../../devices/log.ts';
import { connectionDefaults } from '../../devices/mqtt/options.ts';
import { feedDefaults, openFeed } from '../../devices/watch/feed.ts';
import { frame } from '../../devices/watch/terminal/frame.ts';
import { Viewer } from '../../devices/watch/viewer.ts';
import { serveWatch } from '../../devices/watch/web.ts';
import { watchPage } from '../../devices/watch/web-page.ts';
import { launchChromium } from '../chromium.ts';
import { openMosquitto } from '../devices/mosquitto.ts';
import { fleetOf, openGateway } from '../devices/watch/fleet.ts';

// Pictures of `sandglass watch`: recorded data, scored by a real artifact, through a real broker. `docs` is docs/watch.png.
//   node test/tools/watch-screenshot.ts [folder] [part of a view's name]

const [folder = 'out/pictures', wanted = ''] = process.argv.slice(2);
const views = {
  'desktop-light': { width: 1280, height: 900, colorScheme: 'light' },
  'desktop-dark': { width: 1280, height: 900, colorScheme: 'dark' },
  tablet: { width: 820, height: 1100, colorScheme: 'light' },
  'phone-light': { width: 360, height: 780, colorScheme: 'light' },
  'phone-dark': { width: 360, height: 780, colorScheme: 'dark' },
  docs: { width: 1100, height: 800, colorScheme: 'light' },
} as const;

const halls = {
  'hall-a': ['conveyor', 'mixer', 'press', 'fan'].flatMap((what) => Array.from({ length: 9 }, (_, i) => `${what}-${i + 1}`)),
  'hall-b': ['pump', 'mill'].flatMap((what) => Array.from({ length: 12 }, (_, i) => `${what}-${i + 1}`)),
  'hall-c': ['crane-1', 'crane-2'],
};

mkdirSync(folder, { recursive: true });
const broker = await openMosquitto();
const feed = openFeed({ ...feedDefaults, connection: { ...connectionDefaults, url: broker.url } }, quiet);
const server = await serveWatch(feed, await watchPage(), { listen: '127.0.0.1:0' }, quiet);
/** Rows of the broken tooth that are above the threshold for long when the pictures are taken. */
const broken: Readonly<Record<string, readonly number[]>> = { 'hall-a': [142, 97], 'hall-b': [183], 'hall-c': [] };
const gateways = await Promise.all(
  Object.entries(halls).map(([node, names]) => openGateway(broker.url, node, fleetOf(names, broken[node]!))),
);
const step = async (live: readonly (typeof gateways)[number][], silent: readonly string[]): Promise<void> => {
  for (const gateway of live) await gateway.step(({ name }) => !silent.includes(name));
};
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
for (let turn = 0; turn < 38; turn++) {
  await step(gateways, turn < 30 ? [] : ['mill-3']);
  await pause(50);
}
await gateways[2]!.offline();
for (let turn = 0; turn < 6; turn++) {
  await step(gateways.slice(0, 2), ['mill-3', 'fan-2']);
  await gateways[0]!.blind('fan-2');
  await pause(1000);
}

const browser = await launchChromium();
for (const [name, { width, height, colorScheme }] of Object.entries(views).filter(([view]) => view.includes(wanted))) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, deviceScaleFactor: width < 500 ? 2 : 1 });
  const tab = await context.newPage();
  tab.on('console', (message) => process.stderr.write(`${name}: ${message.text()}\n`));
  tab.on('pageerror', (error) => process.stderr.write(`${name}: ${error.message}\n`));
  await step(gateways.slice(0, 2), ['mill-3', 'fan-2']);
  await gateways[0]!.blind('fan-2');
  await tab.goto(server.url);
  await tab.waitForSelector('.rows li');
  await tab.waitForTimeout(300);
  await tab.screenshot({ path: join(folder, `watch-${name}.png`) });
  await context.close();
}
await browser.close();

for (const columns of [140, 80, 40]) {
  const viewer = new Viewer(feed.board, { filter: '', show: 'all', limit: 100 });
  const lines = frame({ board: feed.board, viewer, link: feed.link, columns, lines: 24, colour: true, nowMs: Date.now() });
  writeFileSync(join(folder, `watch-terminal-${columns}.txt`), `${lines.join('\n')}\n`);
}
await Promise.all(gateways.map((gateway) => gateway.close()));
await server.close();
await feed.close();
await broker.dispose();

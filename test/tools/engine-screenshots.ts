import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { engines } from '../browsers/engines.ts';
import { openSite } from '../browsers/site.ts';

// Pictures of an exported page in all engines, wide and narrow, from its top and from further down.
//   node compiler/cli/main.ts demo --web && node test/tools/engine-screenshots.ts out/gearbox-monitor.html out/pictures

const [page = 'out/gearbox-monitor.html', folder = 'out/pictures'] = process.argv.slice(2);

mkdirSync(folder, { recursive: true });
const site = await openSite(dirname(page));
for (const engine of engines) {
  const browser = await engine.launch();
  await browser.open(`${site.origin}/${basename(page)}`);
  for (const width of [1280, 400]) {
    await browser.resize(width, 780);
    for (const [part, top] of [0, 760, 1520].entries()) {
      await browser.evaluate(`scrollTo(0, ${top})`);
      await browser.evaluate('new Promise((resolve) => setTimeout(resolve, 1500))');
      writeFileSync(join(folder, `${engine.name.toLowerCase()}-${width}-${part}.png`), await browser.screenshot());
    }
  }
  await browser.close();
}
await site.close();

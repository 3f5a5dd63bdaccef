import { copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { build } from 'esbuild';
import type { Browser } from 'playwright-core';
import type { OpenTab } from '../../browsers/define.ts';
import { buildPages } from '../../browsers/pages.ts';
import { openSite, type Site } from '../../browsers/site.ts';
import { launchChromium } from '../../chromium.ts';
import { launchWebNnChromium } from '../../webnn-chromium.ts';
import { checkSense } from '../measure.ts';
import { withBatch } from '../models/tflite-batch.ts';
import { median } from '../statistics.ts';
import { formatTable } from '../table.ts';
import { workloads, type Workload } from '../workload.ts';
import { contestants, filesOf, type Contestant } from './contestants.ts';
import type { FirstReport } from './pages/first.ts';
import type { Found, TurnsReport } from './pages/turns.ts';

// npm run bench:browser -- [--json] [--workload ad01|wide|conv28|resnet8|lstm] [--batch n] [--rounds n] [--webnn]

const wholeNumber = (text: string): number => {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError('expected a whole number from 1');
  return Number(text);
};

const options = new Command('bench:browser')
  .description('sandglass beside its peers on one page of Chromium: interleaved, cross-origin isolated, medians')
  .option('--json', 'print rows as JSON')
  .addOption(new Option('--workload <name>').choices(Object.keys(workloads)).default('ad01'))
  .addOption(new Option('--batch <n>').argParser(wholeNumber).default(1))
  .addOption(new Option('--rounds <n>').argParser(wholeNumber).default(21))
  .option('--only <text>', 'contestants whose names contain it, besides ours', '')
  .option('--webnn', 'in a Chromium that is built with WebNN (@sparticuz/chromium)')
  .parse()
  .opts<{ json?: true; workload: keyof typeof workloads; batch: number; rounds: number; only: string; webnn?: true }>();

/** Fresh pages per contestant. */
const fresh = 3;

/** With timers of 5 us instead of 100. */
const isolation = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

interface Row {
  readonly runtime: string;
  /** Per window, on a page with all of them; or why not. */
  readonly medianUs: number | string;
  readonly timesSlower: number | null;
  /** Of a page that scores one window: script, WebAssembly and model, gzipped. */
  readonly transferredBytes: number | null;
  /** From the navigation to that score. */
  readonly firstScoreMs: number | null;
}

const log = (text: string): void => void process.stderr.write(`${text}\n`);
const folder = mkdtempSync(join(tmpdir(), 'sandglass-bench-browser-'));

async function prepare(workload: Workload): Promise<void> {
  const require = createRequire(import.meta.url);
  const ort = dirname(require.resolve('onnxruntime-web'));
  mkdirSync(join(folder, 'ort'));
  for (const script of ['ort.wasm.min.mjs', 'ort.webgpu.min.mjs']) copyFileSync(join(ort, script), join(folder, 'ort', script));
  for (const threaded of ['ort-wasm-simd-threaded', 'ort-wasm-simd-threaded.asyncify'])
    for (const ending of ['mjs', 'wasm'])
      copyFileSync(join(ort, `${threaded}.${ending}`), join(folder, 'ort', `${threaded}.${ending}`));
  const liteRt = require.resolve('@litertjs/core');
  for (const backend of ['wasm', 'webgpu', 'webnn']) {
    await build({
      entryPoints: [liteRt],
      outfile: join(folder, 'litert', backend, 'dist/index.js'),
      bundle: true,
      minify: true,
      format: 'esm',
    });
    cpSync(join(dirname(liteRt), '../wasm'), join(folder, 'litert', backend, 'wasm'), { recursive: true });
  }
  for (const [file, bytes] of Object.entries(filesOf(workload))) {
    if (bytes === null) continue;
    writeFileSync(join(folder, file), file.endsWith('.tflite') ? withBatch(bytes, options.batch) : bytes);
  }
  writeFileSync(join(folder, 'window.bin'), workload.windows.slice(0, options.batch * workload.size));
  writeFileSync(join(folder, 'windows.bin'), workload.windows);
  await buildPages(folder, ['first', 'turns'], join(import.meta.dirname, 'pages'));
}

const launch = (): Promise<Browser> =>
  options.webnn ? launchWebNnChromium(['--enable-unsafe-webgpu']) : launchChromium(['--enable-unsafe-webgpu']);

/** A tab with nothing in its cache. */
async function freshTab(browser: Browser): Promise<OpenTab> {
  const context = await browser.newContext();
  const tab = await context.newPage();
  let said = '';
  tab.on('console', (message) => (said += `${message.text()}\n`));
  return { open: async (url) => void (await tab.goto(url)), said: () => said, close: () => context.close() };
}

let sentBytes = 0;

async function firstScore(
  browser: Browser,
  site: Site,
  query: string,
  { name }: Contestant,
): Promise<Pick<Row, 'transferredBytes' | 'firstScoreMs'>> {
  const times: number[] = [];
  for (let page = 0; page < fresh; page++) {
    const tab = await freshTab(browser);
    sentBytes = 0;
    try {
      const { firstScoreMs } = await site.visit<FirstReport>(tab, `first?${query}&names=${encodeURIComponent(name)}`, 60_000);
      times.push(firstScoreMs);
    } catch {
      // Why it does not run, the page of all says too.
      return { transferredBytes: null, firstScoreMs: null };
    } finally {
      await tab.close();
    }
  }
  return { transferredBytes: sentBytes, firstScoreMs: median(times) };
}

/** The time per window of what computes the right thing, else a sentence. */
async function judge(
  { name, medianUs, outputs }: Found,
  { perTensor }: Contestant,
  workload: Workload,
): Promise<number | string> {
  if (typeof medianUs === 'string') return medianUs.split('\n')[0]!.slice(0, 120);
  const given = outputs.map((values) => Float32Array.from(values));
  try {
    const found = await checkSense({ perTensor }, { run: () => given.shift()! }, workload, options.batch);
    log(`${name}: ${found}`);
    return medianUs / options.batch;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}

async function run(browser: Browser, workload: Workload): Promise<Row[]> {
  const site = await openSite(folder, {
    headers: { ...isolation, 'Cache-Control': 'no-store' },
    onGzipped: (bytes) => (sentBytes += bytes),
  });
  const files = filesOf(workload);
  const here = contestants.filter(
    ({ name, runtime, model }) => files[model] !== null && (runtime.startsWith('sandglass') || name.includes(options.only)),
  );
  const query = `batch=${options.batch}&rounds=${options.rounds}&shape=${workload.shape.join()}`;
  log(`${workload.name}: all on one page, ${options.rounds} rounds ...`);
  const tab = await freshTab(browser);
  const names = encodeURIComponent(here.map(({ name }) => name).join(';'));
  const { isolated, found } = await site.visit<TurnsReport>(tab, `turns?${query}&names=${names}`, 600_000);
  await tab.close();
  if (!isolated) throw new Error('the page is not isolated: its timers are too coarse');
  const rows: Row[] = [];
  for (const contestant of here) {
    const medianUs = await judge(
      found.find(({ name }) => name === contestant.name)!,
      contestant,
      workload,
    );
    log(`${contestant.name}: ${fresh} fresh pages ...`);
    const first =
      typeof medianUs === 'string'
        ? { transferredBytes: null, firstScoreMs: null }
        : await firstScore(browser, site, query, contestant);
    const ours = rows[0]?.medianUs ?? medianUs;
    const timesSlower = typeof medianUs === 'number' && typeof ours === 'number' ? medianUs / ours : null;
    rows.push({ runtime: contestant.name, medianUs, timesSlower, ...first });
  }
  await site.close();
  return rows;
}

const format = (rows: readonly Row[]): string =>
  formatTable(
    ['runtime', 'us per window', 'times slower', 'transferred', 'first score'],
    rows.map(({ runtime, medianUs, timesSlower, transferredBytes, firstScoreMs }) => [
      runtime,
      typeof medianUs === 'number' ? medianUs.toFixed(2) : 'does not run',
      timesSlower?.toFixed(2) ?? '',
      transferredBytes === null ? '' : `${(transferredBytes / 1000).toFixed(0)} KB`,
      firstScoreMs === null ? '' : `${firstScoreMs.toFixed(0)} ms`,
    ]),
  );

log(`${options.workload}: preparing ...`);
const workload = await workloads[options.workload]();
await prepare(workload);
const browser = await launch();
log(`Chromium ${browser.version()}`);
const rows = await run(browser, workload);
await browser.close();
rmSync(folder, { recursive: true });
for (const { runtime, medianUs } of rows) if (typeof medianUs === 'string') log(`${runtime} does not run: ${medianUs}`);
process.stdout.write(
  options.json ? `${JSON.stringify(rows, null, 2)}\n` : `### ${options.workload}, batch ${options.batch}\n\n${format(rows)}\n`,
);
if (typeof rows[0]!.medianUs === 'string') process.exitCode = 1;

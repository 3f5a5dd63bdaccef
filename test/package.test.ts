import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { version } from '../compiler/version.ts';
import { loadSync } from '../runtime-js/node.ts';
import { chromium } from './browsers/chromium.ts';
import type { OpenBrowser } from './browsers/define.ts';
import { openSite, type Site } from './browsers/site.ts';

/** The package as npm would publish it, installed into an empty folder, on both Node versions. */
const folder = mkdtempSync(join(tmpdir(), 'sandglass-'));
const installed = join(folder, 'node_modules/sandglass');
const nodes = { 20: resolve('test/node20/node_modules/.bin'), 24: resolve('node_modules/.bin') } as const;
const versions = Object.keys(nodes).map(Number) as (keyof typeof nodes)[];
const gearbox = resolve('examples/gearbox');
const dist = (name: string): string => join(installed, 'dist', name);

interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

let packed: Packed;

function execute(cwd: string, command: string, words: readonly string[], bin = ''): string {
  const { status, stdout, stderr } = spawnSync(command, words, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, PATH: `${bin}${delimiter}${process.env['PATH']}`, NO_COLOR: '1' },
    shell: process.platform === 'win32',
  });
  expect(status, `${command} ${words.join(' ')}\n${stderr}`).toBe(0);
  return stdout;
}

const manifestOf = (path: string) => JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));

beforeAll(() => {
  const report = execute('.', 'npm', ['pack', '--json', '--silent', '--pack-destination', folder], nodes[24]);
  packed = JSON.parse(report.slice(report.indexOf('[\n')))[0];
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }');
  const quietly = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--silent'];
  execute(folder, 'npm', ['install', ...quietly, join(folder, packed.filename)]);
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('package.json', () => {
  test('has the version that the compiler writes into artifacts', () => {
    expect(manifestOf('.').version).toBe(version);
  });

  test('pins every dependency to one version', () => {
    const { dependencies, devDependencies } = manifestOf('.');
    const loose = Object.entries({ ...dependencies, ...devDependencies }).filter(
      ([, range]) => !/^\d+\.\d+\.\d+$/.test(String(range)),
    );
    expect(loose).toEqual([]);
  });

  test('names only files that are in the package', () => {
    const { exports, types, bin } = manifestOf('.');
    const paths = new Set(packed.files.map(({ path }) => `./${path}`));
    const named = [...leavesOf(exports), types, `./${bin.sandglass}`];
    expect(named.length).toBeGreaterThan(7);
    expect(named.filter((path) => !paths.has(path))).toEqual([]);
  });
});

test('the package holds what it needs, no tests and no recordings, and is below 1.25 MB', () => {
  const paths = packed.files.map(({ path }) => path);
  expect(paths).toContain('dist/runtime-as/kernels/matmul.ts');
  expect(paths).toContain('dist/examples/gearbox/model/weights.bin');
  expect(
    paths.filter((path) => /test|recordings|node_modules/.test(path.replace('-test.csv', '').replace('runtime-as/test.ts', ''))),
  ).toEqual([]);
  expect(packed.size).toBeLessThan(1_250_000);
});

test('publint and are-the-types-wrong find nothing to say of it', () => {
  const file = join(folder, packed.filename);
  expect(execute('.', 'publint', ['--strict', file], nodes[24])).toContain('All good!');
  // There is no CommonJS, on purpose: Node 20.19 and later can require ES modules.
  execute('.', 'attw', ['--profile', 'esm-only', file], nodes[24]);
});

describe('the bundles', () => {
  test('import one another, those for Node its file system and WebGPU, and those for browsers nothing else', () => {
    expect(foreign('./sandglass.browser.js', './worker.js')).toEqual([]);
    expect(foreign('./sandglass.node.js')).toEqual(['node:fs', 'webgpu']);
  });

  test('a page that scores on wasm loads at most 12 KB, gzipped; the client of the worker comes on demand', () => {
    const core = closure(['./sandglass.browser.js'], ({ atOnce }) => atOnce);
    const bytes = [...core].reduce((sum, path) => sum + gzipSync(readFileSync(dist(path)), { level: 9 }).length, 0);
    process.stderr.write(`core: ${bytes} bytes gzipped in ${core.size} files\n`);
    expect(bytes).toBeLessThanOrEqual(12 * 1024);
    const onDemand = [...core].flatMap((path) => importsOf(dist(path)).onDemand);
    expect(onDemand).toContainEqual(expect.stringContaining('client'));
    expect(onDemand.filter((path) => core.has(path))).toEqual([]);
  });
});

describe.each(versions)('on Node %i', (major) => {
  const bin = nodes[major];

  test('is that version', () => {
    expect(execute(folder, 'node', ['--version'], bin)).toMatch(new RegExp(`^v${major}\\.`));
  });

  test('npx sandglass --help is the recorded help', async () => {
    await expect(execute(folder, 'npx', ['--no-install', 'sandglass', '--help'], bin)).toMatchFileSnapshot(
      'golden/help/sandglass.txt',
    );
  });

  test('compiles, verifies, scores', () => {
    const words = [
      'compile',
      join(gearbox, 'model/model.json'),
      '--data',
      join(gearbox, 'normal.csv'),
      '-o',
      `node${major}.wasm`,
    ];
    execute(folder, join('node_modules/.bin/sandglass'), words, bin);
    expect(execute(folder, 'node_modules/.bin/sandglass', ['verify', `node${major}.wasm`], bin)).toContain('the same bits');
    const scores = execute(
      folder,
      'node_modules/.bin/sandglass',
      ['score', `node${major}.wasm`, join(gearbox, 'broken-test.csv')],
      bin,
    );
    writeFileSync(join(folder, `scores${major}.csv`), scores);
    expect(scores.split('\n')).toHaveLength(482);
  });

  test('the demo has what it reads', () => {
    expect(execute(folder, 'node_modules/.bin/sandglass', ['demo', '--out', `demo${major}`], bin)).toContain('gearbox.html');
  });

  test('exports a monitor page, for which it needs no bundler', () => {
    const page = `monitor${major}.html`;
    execute(folder, 'node_modules/.bin/sandglass', ['export', `node${major}.wasm`, '--as', 'html', '-o', page], bin);
    expect(read(page).length).toBeGreaterThan(60_000);
    expect(read(`monitor${major}.sw.js`).toString()).toContain('sandglass-');
  });

  test('the library compiles and scores', () => {
    writeFileSync(
      join(folder, 'library.js'),
      `import { load } from 'sandglass';
      import { compile, openSource, readNamed, version } from 'sandglass/compiler';
      const { artifact } = await compile({
        model: openSource(${JSON.stringify(join(gearbox, 'model/model.json'))}),
        data: readNamed(${JSON.stringify(join(gearbox, 'normal.csv'))}),
      });
      const { mismatches } = (await load(artifact)).verify();
      console.log(version, mismatches.length, (await load('node${major}.wasm')).info.artifactBytes === artifact.length);`,
    );
    expect(execute(folder, 'node', ['library.js'], bin)).toBe(`${version} 0 true\n`);
  });
});

/** A user's script: scores a window on the page and in a worker. */
const script = (from: string): string => `
  import { load } from '${from}';
  const window = Float32Array.from({ length: 16 }, (_, i) => i);
  const work = async () => {
    const model = await load('/node24.wasm', { worker: true });
    return [(await load('/node24.wasm')).run(window), await model.run(window)];
  };
  const report = await work().then((value) => ({ value }), (error) => ({ error: String(error) }));
  await fetch('/report' + location.search, { method: 'POST', body: JSON.stringify(report) });`;
function scoresInNode(): number[] {
  const score = loadSync(join(folder, 'node24.wasm')).run(Float32Array.from({ length: 16 }, (_, i) => i));
  return [score, score];
}

describe.skipIf(chromium.missing() !== null)('on a page', () => {
  let browser: OpenBrowser;
  let site: Site;
  beforeAll(async () => {
    browser = await chromium.launch();
    site = await openSite(folder);
  });
  afterAll(() => Promise.all([browser?.close(), site?.close()]));

  test('a module script takes the files as they are', async () => {
    writeFileSync(join(folder, 'plain.js'), script('/node_modules/sandglass/dist/sandglass.browser.js'));
    expect(await site.visit(browser, 'plain')).toEqual(scoresInNode());
  });

  test('esbuild bundles it, with the worker as an entry of its own', async () => {
    writeFileSync(join(folder, 'user.js'), script('sandglass'));
    await build({
      absWorkingDir: folder,
      entryPoints: { user: 'user.js', worker: 'sandglass/worker' },
      outdir: 'bundled',
      bundle: true,
      splitting: true,
      format: 'esm',
      logLevel: 'error',
    });
    expect(await site.visit(browser, 'bundled/user')).toEqual(scoresInNode());
  });
});

test('both Node versions give the same bytes and the same scores', () => {
  expect(read('node20.wasm').equals(read('node24.wasm'))).toBe(true);
  expect(read('scores20.csv').equals(read('scores24.csv'))).toBe(true);
});

test.each(['nodenext', 'bundler'])('types are found and right with module resolution %s', (resolution) => {
  mkdirSync(join(folder, resolution), { recursive: true });
  writeFileSync(
    join(folder, resolution, 'user.ts'),
    `import { load, type AsyncModel, type Manifest, type Model } from 'sandglass';
    import { compile, type CompileOptions } from 'sandglass/compiler';
    const model: Model = await load('pump.wasm');
    const inWorker: AsyncModel = await load('pump.wasm', { worker: true });
    export const later: Promise<number> = inWorker.run([1, 2, 3]);
    export const score: number = model.run([1, 2, 3]);
    export const manifest: Manifest = model.info.manifest;
    export const options: Partial<CompileOptions> = { target: 'scalar' };
    export const work: typeof compile = compile;
    // @ts-expect-error: no such target
    export const wrong: Partial<CompileOptions> = { target: 'gpu' };
    // @ts-expect-error: text is no window
    model.run('x');`,
  );
  const module = resolution === 'bundler' ? 'esnext' : 'nodenext';
  const flags = [
    '--strict',
    '--noEmit',
    '--target',
    'es2022',
    '--lib',
    'es2023,dom',
    '--module',
    module,
    '--moduleResolution',
    resolution,
  ];
  expect(execute(folder, 'tsc', [...flags, join(resolution, 'user.ts')], nodes[24])).toBe('');
});

/** The entries, and what they import, and so on: files of dist as './name', and modules that are none of ours. */
function closure(entries: readonly string[], imports: (of: Imports) => readonly string[]): Set<string> {
  const found = new Set(entries);
  // A set that grows is walked to its end.
  for (const path of found) if (path.startsWith('./')) for (const next of imports(importsOf(dist(path)))) found.add(next);
  return found;
}

/** Modules that are none of ours, which these entries import sooner or later. */
function foreign(...entries: string[]): string[] {
  const files = closure(entries, ({ atOnce, onDemand }) => [...atOnce, ...onDemand]);
  expect(files.size).toBeGreaterThan(entries.length);
  return [...files].filter((path) => !path.startsWith('./')).toSorted();
}

/** What a bundle imports: by statements, and by calls. */
interface Imports {
  readonly atOnce: readonly string[];
  readonly onDemand: readonly string[];
}

function importsOf(path: string): Imports {
  const text = readFileSync(path, 'utf8');
  const found = (pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1]!);
  return { atOnce: found(/\b(?:from|import) ?["']([^"']+)["']/g), onDemand: found(/\b(?:import|require)\(["']([^"']+)["']\)/g) };
}

const read = (name: string): Buffer => readFileSync(join(folder, name));

/** All texts in a tree of objects: the paths of an exports field. */
function leavesOf(tree: unknown): string[] {
  return typeof tree === 'string' ? [tree] : Object.values(tree as object).flatMap(leavesOf);
}

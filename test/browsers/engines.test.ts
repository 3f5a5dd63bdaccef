import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadSync } from '../../runtime-js/node.ts';
import type { OpenBrowser } from './define.ts';
import { engines } from './engines.ts';
import { buildPages } from './pages.ts';
import { exercise, type Bits } from './pages/exercise.ts';
import type { RefusalsReport } from './pages/refusals.ts';
import type { ScoresReport } from './pages/scores.ts';
import { recordedModels } from './recorded-models.ts';
import { openSite, type Site } from './site.ts';

// The bundles that the package ships, in the engines of all browsers.

const folder = mkdtempSync(join(tmpdir(), 'sandglass-engines-'));
const names = Object.keys(recordedModels) as (keyof typeof recordedModels)[];
/** Model -> what Node gives. */
const expected: Record<string, Bits> = {};

/** Content-Security-Policy of a page -> what it is served by. */
const policies = {
  strict: "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self'",
  'no wasm': "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'",
  'no worker': "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'none'; connect-src 'self'",
} as const;
const strict = {} as Record<keyof typeof policies, Site>;
let site: Site;

beforeAll(async () => {
  await buildPages(folder, ['scores', 'refusals']);
  for (const name of names) {
    const { artifact, windows, samples } = await recordedModels[name]();
    writeFileSync(join(folder, `${name}.wasm`), artifact);
    writeFileSync(join(folder, `${name}.windows`), windows);
    writeFileSync(join(folder, `${name}.samples`), samples);
    expected[name] = await exercise(loadSync(artifact), { windows, samples });
  }
  site = await openSite(folder);
  for (const name of Object.keys(policies) as (keyof typeof policies)[])
    strict[name] = await openSite(folder, { headers: { 'Content-Security-Policy': policies[name] } });
}, 120_000);
afterAll(async () => {
  for (const open of [site, ...Object.values(strict)]) await open?.close();
  rmSync(folder, { recursive: true });
});

test('the data has windows that complete, alarms, and codes: else there would be nothing to compare', () => {
  expect(expected['gearbox']!['pushBatch']).toHaveLength(3 * (480 - 20));
  expect(expected['gearbox-raw']!['push']).toContain('waiting');
  for (const bits of Object.values(expected)) {
    expect(bits.mismatches).toBe(0);
    expect(bits['encode']).not.toEqual([]);
    expect(bits['pushBatch']).not.toEqual([]);
  }
});

/** Page and worker give what Node gives. */
const both = (of: readonly string[]) =>
  Object.fromEntries(of.map((name) => [name, { page: expected[name], worker: expected[name] }]));

describe.each(engines)('$name', (engine) => {
  describe.skipIf(engine.missing() !== null)('is here', () => {
    let browser: OpenBrowser;
    beforeAll(async () => {
      browser = await engine.launch();
      return () => browser.close();
    });

    test('all models give the bits that they give in Node, on the page and in a worker, without isolation', async () => {
      const found = await site.visit<ScoresReport>(browser, `scores?models=${names.join()}`);
      expect(found.models).toEqual(both(names));
      // On the page; those of the workers are out of its sight.
      expect(found.streamed).toBe(names.length);
      expect(found.isolated).toBe(false);
      expect(found.evalWorks).toBe(true);
    });

    test('a strict Content-Security-Policy, with wasm-unsafe-eval only, changes nothing', async () => {
      const found = await strict.strict.visit<ScoresReport>(browser, 'scores?models=gearbox');
      expect(found.models).toEqual(both(['gearbox']));
      expect(found.evalWorks).toBe(false);
    });

    test('a page that forbids WebAssembly is told what to allow', async () => {
      const why = `/gearbox.wasm: cannot be compiled: the Content-Security-Policy of this page forbids WebAssembly
  Add 'wasm-unsafe-eval' to its script-src.`;
      const found = await strict['no wasm'].visit<RefusalsReport>(browser, 'refusals');
      expect(found.page).toBe(`ArtifactError: ${why}`);
      expect(found.worker).toContain(why);
    });

    test('a worker that is forbidden or not there is an error that says what to do', async () => {
      const start = /^ArtifactError: \/gearbox\.wasm: its worker does not start.*\n {2}Serve worker\.js beside/;
      const forbidden = await strict['no worker'].visit<RefusalsReport>(browser, 'refusals');
      expect(forbidden.page).toBe('loaded');
      expect(forbidden.worker).toMatch(start);
      const allowed = await site.visit<RefusalsReport>(browser, 'refusals');
      expect(allowed.worker).toBe('loaded');
      expect(allowed.missingWorker).toMatch(start);
      expect(allowed.missingArtifact).toBe(
        `ArtifactError: ${site.origin}/no.wasm: cannot be fetched: HTTP 404\n  Check the address.`,
      );
    });
  });
});

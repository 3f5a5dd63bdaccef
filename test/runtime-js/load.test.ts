import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sectionNames } from '../../runtime-js/artifact/sections.ts';
import { load as loadInBrowser } from '../../runtime-js/index.ts';
import { load, loadSync } from '../../runtime-js/node.ts';
import { gearbox, withManifest, withSection } from './artifact.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandglass-'));
const path = join(folder, 'gearbox.wasm');
const artifact = await gearbox();
const window = Float32Array.from({ length: 16 }, (_, i) => i);
const score = loadSync(artifact).run(window);
writeFileSync(path, artifact);

const flipped = artifact.slice();
flipped[300]! ^= 1;

/** What an engine does where a page may not compile; a constructor's stand-in must be a function. */
function blocked(): never {
  throw new WebAssembly.CompileError('blocked by CSP');
}

const server = createServer(({ url }, response) => {
  const content = { '/gearbox.wasm': artifact, '/typed.wasm': artifact, '/damaged.wasm': flipped, '/broken.wasm': artifact }[
    url ?? ''
  ];
  response.statusCode = content === undefined ? 404 : 200;
  if (url !== '/gearbox.wasm') response.setHeader('Content-Type', 'application/wasm');
  if (url === '/broken.wasm') response.write(artifact.subarray(0, 1000), () => response.destroy());
  else response.end(content ?? 'no');
});
let origin = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());

describe('an artifact loads and scores the same', () => {
  test.each<[string, () => Parameters<typeof load>[0]]>([
    ['bytes', () => artifact],
    ['an ArrayBuffer', () => new Uint8Array(artifact).buffer],
    ['a path', () => path],
    ['a file: URL', () => pathToFileURL(path)],
    ['a file: URL as text', () => pathToFileURL(path).href],
    ['an http: URL', () => `${origin}/gearbox.wasm`],
    ['a URL object', () => new URL('/gearbox.wasm', origin)],
    ['a Response', () => new Response(new Uint8Array(artifact))],
  ])('from %s', async (_, source) => {
    expect((await load(source())).run(window)).toBe(score);
  });

  test('in the browser entry, from a URL and from bytes', async () => {
    expect((await loadInBrowser(`${origin}/gearbox.wasm`)).run(window)).toBe(score);
    expect((await loadInBrowser(artifact)).run(window)).toBe(score);
  });

  test('from a URL and a Response of type application/wasm, compiled while they arrive', async () => {
    const compiled = vi.spyOn(WebAssembly, 'compileStreaming');
    expect((await load(`${origin}/typed.wasm`)).run(window)).toBe(score);
    expect((await load(await fetch(`${origin}/typed.wasm`))).run(window)).toBe(score);
    expect(compiled).toHaveBeenCalledTimes(2);
    expect((await load(`${origin}/gearbox.wasm`)).run(window)).toBe(score);
    expect(compiled).toHaveBeenCalledTimes(2);
    compiled.mockRestore();
  });

  test('from bytes within a larger buffer, at an odd offset', () => {
    const larger = new Uint8Array(artifact.length + 3);
    larger.set(artifact, 3);
    expect(loadSync(larger.subarray(3)).run(window)).toBe(score);
  });
});

describe('what cannot be loaded says why', () => {
  test('a missing file', async () => {
    await expect(load('no/such.wasm')).rejects.toThrow('no/such.wasm: there is no such file\n  Check the path.');
  });

  test('an address that answers with 404', async () => {
    await expect(load(`${origin}/other.wasm`)).rejects.toThrow('/other.wasm: cannot be fetched: HTTP 404');
  });

  test('an address that does not answer', async () => {
    await expect(load('http://127.0.0.1:1/x.wasm')).rejects.toThrow('http://127.0.0.1:1/x.wasm: cannot be fetched\n  Check the');
  });

  test('a connection that breaks off', async () => {
    await expect(load(`${origin}/broken.wasm`)).rejects.toThrow(
      /\/broken\.wasm: broke off while it was read: .+\n {2}Load it again\.$/,
    );
  });

  test('a damaged artifact that is compiled while it arrives, by its checksum', async () => {
    await expect(load(`${origin}/damaged.wasm`)).rejects.toThrow('/damaged.wasm: is corrupted: checksum');
  });

  test('a page whose Content-Security-Policy forbids WebAssembly', async () => {
    const spies = [
      vi.spyOn(WebAssembly, 'Module').mockImplementation(blocked),
      vi.spyOn(WebAssembly, 'compile').mockImplementation(blocked),
    ];
    await expect(loadInBrowser(artifact)).rejects.toThrow(
      "artifact: cannot be compiled: the Content-Security-Policy of this page forbids WebAssembly\n  Add 'wasm-unsafe-eval' to its script-src.",
    );
    spies.forEach((spy) => spy.mockRestore());
  });

  test('a module that is no artifact', () => {
    expect(() => loadSync(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0))).toThrow(
      'is a WebAssembly module but not a Sandglass artifact',
    );
  });

  test('an artifact of another ABI, whatever its checksum is', () => {
    const other = withManifest(artifact, (manifest) => ({ ...manifest, abi: 2 }));
    expect(() => loadSync(other)).toThrow('artifact: has ABI 2; this runtime speaks ABI 1');
    other[other.length - 1]! ^= 1;
    expect(() => loadSync(other)).toThrow('artifact: has ABI 2; this runtime speaks ABI 1');
  });

  test.each([
    ['target', { target: 'gpu' }],
    ['batch', { batch: 0 }],
    ['latent', { latent: 'eight' }],
    ['input.size', { input: { size: -1 } }],
    ['score.threshold', { score: {} }],
  ])('a manifest without a valid %s', (field, change) => {
    const wrong = withManifest(artifact, (manifest) => ({ ...manifest, ...change }));
    expect(() => loadSync(wrong)).toThrow(`its manifest has no valid "${field}"`);
  });

  test('a manifest whose window does not fit into the memory', () => {
    const wrong = withManifest(artifact, (manifest) => ({ ...manifest, batch: 1_000_000 }));
    expect(() => loadSync(wrong)).toThrow(
      /^artifact: "input" at \d+ holds 16000000 values by its manifest, but its memory ends at \d+/,
    );
  });

  test('one bit that flipped, wherever it is', () => {
    for (let at = 8; at < artifact.length; at += 29) {
      const damaged = new Uint8Array(artifact);
      damaged[at]! ^= 1 << (at % 8);
      expect(() => loadSync(damaged), `byte ${at}`).toThrow(expect.objectContaining({ name: 'ArtifactError' }));
    }
  });

  test('a file that was cut off, wherever it was', () => {
    for (let length = 0; length < artifact.length; length += 101) {
      expect(() => loadSync(artifact.subarray(0, length)), `${length} bytes`).toThrow(
        expect.objectContaining({ name: 'ArtifactError' }),
      );
    }
  });
});

test('golden vectors can be stripped: it scores the same, and verify says that there are none', () => {
  const stripped = loadSync(withSection(artifact, sectionNames.golden, null));
  expect(stripped.run(window)).toBe(score);
  expect(() => stripped.verify()).toThrow('artifact: holds no golden vectors\n  Compile it again to get some.');
});

/** Loads and scores in a V8 without WebAssembly SIMD, which an x64 processor without SSE 4.1 has; other processors ignore the flags. */
const withoutSimd = (artifactPath: string) =>
  spawnSync(
    process.execPath,
    [
      ...['sse3', 'ssse3', 'sse4-1', 'avx'].map((feature) => `--no-enable-${feature}`),
      '--input-type=module',
      '--eval',
      `import { load } from './runtime-js/node.ts';
      const model = await load(${JSON.stringify(artifactPath)});
      console.log(model.run(Float32Array.from({ length: 16 }, (_, i) => i)));`,
    ],
    { encoding: 'utf8' },
  );

describe.skipIf(process.arch !== 'x64')('on an engine without SIMD', () => {
  test('a simd artifact says what to do', () => {
    expect(withoutSimd(path).stderr).toContain(
      'needs WebAssembly SIMD, which this engine does not have\n  Compile the model with --target scalar.',
    );
  });

  test('a scalar artifact gives the bits that the simd artifact gives elsewhere', async () => {
    const scalar = join(folder, 'scalar.wasm');
    writeFileSync(scalar, await gearbox({ target: 'scalar' }));
    expect(Number(withoutSimd(scalar).stdout)).toBe(score);
  });
});

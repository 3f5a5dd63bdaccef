import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readWindows } from '../../compiler/calibrate/samples.ts';
import { readNamed } from '../../compiler/files.ts';
import { load, loadSync } from '../../runtime-js/node.ts';
import { missingGpu, useSoftwareDriver } from '../webgpu/gpu.ts';
import { gearbox } from './artifact.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandglass-node-webgpu-'));
const path = join(folder, 'pump.wasm');
beforeAll(async () => {
  useSoftwareDriver();
  writeFileSync(path, await gearbox({ weights: 'int8' }));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(missingGpu() !== null)('in Node, by the package webgpu', () => {
  test('a path is loaded onto the GPU and scores with the bits of wasm', async () => {
    const { data, size } = readWindows(readNamed('examples/gearbox/broken-test.csv'), { size: 16, hop: null });
    const windows = data.slice(0, 40 * size);
    const model = await load(path, { backend: 'webgpu' });
    expect(model.info).toMatchObject({ backend: 'webgpu', why: expect.stringMatching(/^it was asked for; .+/), worker: false });
    expect(await model.verify()).toEqual({ windows: 8, mismatches: [] });
    expect(await model.runBatch(windows)).toEqual(loadSync(path).runBatch(windows));
    await model.dispose();
  });

  test('auto says of WebNN that Node has none', async () => {
    const model = await load(path, { backend: 'auto', batch: 2 });
    const { others } = await model.settled;
    expect(others).toContainEqual({ backend: 'webnn', why: 'Node has no WebNN: browsers have it' });
    await model.dispose();
  });
});

test('WebNN is refused with its reason', async () => {
  await expect(load(path, { backend: 'webnn' })).rejects.toThrow(
    `${path}: cannot run on webnn: Node has no WebNN: browsers have it\n  Load it with backend 'auto' or 'wasm'.`,
  );
});

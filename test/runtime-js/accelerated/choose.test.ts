import { beforeAll, expect, test } from 'vitest';
import { rememberedHere } from '../../../runtime-js/accelerated/decisions.ts';
import { loadAccelerated } from '../../../runtime-js/accelerated/load.ts';
import { ArtifactError } from '../../../runtime-js/artifact/error.ts';
import { gearbox, withSection } from '../artifact.ts';
import { StandIn } from './stand-in.ts';

let artifact: Uint8Array;
beforeAll(async () => {
  artifact = await gearbox();
});

const surroundings = (...sources: StandIn[]) => ({ sources, decisions: rememberedHere(), engine: 'test' });
/** The next greater f32. */
const next = (score: number): number => {
  const bits = new Uint32Array(Float32Array.of(score).buffer);
  bits[0]!++;
  return new Float32Array(bits.buffer)[0]!;
};

/** As many windows take wasm longer than any timer's grain. */
const batch = 4096;

test('auto scores on wasm at once, and goes over to an accelerator that is right and faster', async () => {
  const fast = new StandIn(artifact);
  const model = await loadAccelerated(artifact, 'pump.wasm', { backend: 'auto', batch }, surroundings(fast));
  expect(model.info).toMatchObject({ backend: 'wasm', why: 'wasm is ready at once; accelerators are being measured' });
  const choice = await model.settled;
  expect(choice.backend).toBe('webgpu');
  expect(choice.why).toMatch(/^webgpu \(a stand-in\) takes \S+ us per window in batches of 4096, wasm \S+ us$/);
  expect(choice.others).toEqual([{ backend: 'wasm', why: choice.why }]);
  expect(model.info).toMatchObject(choice);
});

test('a slower one is let go, and the figures say why', async () => {
  const slow = new StandIn(artifact, { delay: 40 });
  const model = await loadAccelerated(artifact, 'pump.wasm', { backend: 'auto', batch: 8 }, surroundings(slow));
  const { backend, why, others } = await model.settled;
  expect(backend).toBe('wasm');
  expect(why).toMatch(/^the fastest: webgpu \(a stand-in\) takes \S+ us per window in batches of 8, wasm \S+ us$/);
  expect(others).toHaveLength(1);
  expect(slow.disposed).toBe(1);
});

test('one that is out of the question is told of at the size where that is clear, not after minutes', async () => {
  const hopeless = new StandIn(artifact, { delay: 60 });
  const model = await loadAccelerated(artifact, 'pump.wasm', { backend: 'auto', batch: 100_000 }, surroundings(hopeless));
  const { backend, why } = await model.settled;
  expect(backend).toBe('wasm');
  expect(why).toMatch(/takes \d+ us per window in batches of 16, wasm \S+ us$/);
});

test('one whose golden scores differ by a bit is not trusted, however fast', async () => {
  const wrong = new StandIn(artifact, { distort: next });
  const model = await loadAccelerated(artifact, 'pump.wasm', { backend: 'auto', batch }, surroundings(wrong));
  const { backend, others } = await model.settled;
  expect(backend).toBe('wasm');
  expect(others[0]!.why).toMatch(/^a stand-in: golden window 0 scores 0\.\d+ where 0\.\d+ is right$/);
});

test('one that breaks down over its golden windows is let go, with what it said', async () => {
  const broken = new StandIn(artifact, {
    distort: () => {
      throw new Error('out of memory');
    },
  });
  const loading = loadAccelerated(artifact, 'pump.wasm', { backend: 'webgpu' }, surroundings(broken));
  await expect(loading).rejects.toThrow('pump.wasm: cannot run on webgpu: a stand-in: out of memory');
  expect(broken.disposed).toBe(1);
});

test.each([
  [1.001, 'webnn'],
  [1.5, 'wasm'],
])('one that is not exact must be near: scores times %d, %s', async (factor, expected) => {
  const near = new StandIn(artifact, { name: 'webnn', exact: false, distort: (score) => score * factor });
  const model = await loadAccelerated(artifact, 'pump.wasm', { backend: 'auto', batch }, surroundings(near));
  expect((await model.settled).backend).toBe(expected);
});

test('of several the fastest is kept, and each of the others is explained', async () => {
  const sources = [
    new StandIn(artifact, { name: 'webgpu', missing: 'there is no adapter' }),
    new StandIn(artifact, { name: 'webnn', exact: false }),
  ];
  const model = await loadAccelerated(artifact, 'pump.wasm', { backend: 'auto', batch }, surroundings(...sources));
  const { backend, others } = await model.settled;
  expect(backend).toBe('webnn');
  expect(others.map((other) => other.backend)).toEqual(['wasm', 'webgpu']);
  expect(others[1]!.why).toBe('there is no adapter');
});

test('what was decided is remembered: wasm is not measured again, an accelerator only judged', async () => {
  const slow = new StandIn(artifact, { delay: 40 });
  const known = surroundings(slow);
  for (let i = 0; i < 2; i++) {
    const model = await loadAccelerated(artifact, 'pump.wasm', { backend: 'auto', batch: 8 }, known);
    expect((await model.settled).backend).toBe('wasm');
  }
  expect(slow.opened).toBe(1);
  // Another batch size is another question.
  await (
    await loadAccelerated(artifact, 'pump.wasm', { backend: 'auto', batch: 9 }, known)
  ).settled;
  expect(slow.opened).toBe(2);
});

test('an accelerator that is asked for and is not to be had is an error with its reason', async () => {
  const missing = new StandIn(artifact, { missing: 'navigator.gpu is absent: the page is not served over https' });
  const loading = loadAccelerated(artifact, 'pump.wasm', { backend: 'webgpu' }, surroundings(missing));
  await expect(loading).rejects.toThrow(ArtifactError);
  await expect(loading).rejects.toThrow(
    "pump.wasm: cannot run on webgpu: navigator.gpu is absent: the page is not served over https\n  Load it with backend 'auto' or 'wasm'.",
  );
});

test('without golden windows nothing vouches for an accelerator', async () => {
  const stripped = withSection(artifact, 'sandglass.golden', null);
  const loading = loadAccelerated(stripped, 'pump.wasm', { backend: 'webgpu' }, surroundings(new StandIn(artifact)));
  await expect(loading).rejects.toThrow('the artifact holds no golden windows to check it with');
});

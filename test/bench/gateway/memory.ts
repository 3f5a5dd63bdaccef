import { Engine } from '../../../devices/agent/engine.ts';
import { loadArtifact } from '../../../devices/scoring/artifact.ts';

// node --expose-gc memory.ts <artifact.wasm>: bytes per sensor beside its window, from 10,000 sensors to 90,000.
const artifact = await loadArtifact('a', process.argv[2]!);
const values = new Float32Array(artifact.manifest.input.channelCount).fill(1);
const engine = new Engine(
  [artifact],
  1,
  { node: 'n', publish: { every: 1, change: null }, why: 3, maxSensors: 1e6 },
  { sensor() {} },
);
engine.saved();

function bytesUsed(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function add(from: number, to: number): void {
  for (let time = 0; time < 6; time++) {
    for (let i = from; i < to; i++) {
      engine.take({ artifact: 'a', sensor: `site-${i % 7}/pump-${i}`, time, values });
      if (i % 200 === 0) engine.endTurn();
    }
  }
  engine.endTurn();
}

add(0, 10_000);
const before = bytesUsed();
add(10_000, 90_000);
const window = 4 * artifact.manifest.input.size;
process.stdout.write(`${JSON.stringify({ window, beside: Math.round((bytesUsed() - before) / 80_000 - window) })}\n`);

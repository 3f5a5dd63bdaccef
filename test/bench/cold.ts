import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Peer } from './peers/define.ts';
import { median } from './statistics.ts';
import type { Workload } from './workload.ts';

const runs = 7;

export interface Cold {
  /** From the start of the process to the first result, beyond a process that does nothing. */
  readonly ms: number;
  /** Resident memory after the first result, beyond a process that does nothing. */
  readonly residentMb: number;
}

/** Fresh processes: a bare one and one per peer, in turns. Medians. */
export function coldStarts(workload: Workload, contestants: readonly Peer[]): Map<string, Cold> {
  const folder = writeModels(workload);
  const programs = new Map([
    ['bare', 'done([0]);'],
    ...contestants.map((peer): [string, string] => [peer.name, peer.coldStart(workload, folder)]),
  ]);
  const found = new Map([...programs.keys()].map((name) => [name, { ms: [] as number[], mb: [] as number[] }]));
  for (let run = 0; run < runs; run++) {
    for (const [name, program] of programs) {
      const { ms, mb } = runFresh(name, program, folder);
      found.get(name)!.ms.push(ms);
      found.get(name)!.mb.push(mb);
    }
  }
  rmSync(folder, { recursive: true });
  const bare = found.get('bare')!;
  return new Map(
    [...found].map(([name, { ms, mb }]) => [
      name,
      { ms: median(ms) - median(bare.ms), residentMb: median(mb) - median(bare.mb) },
    ]),
  );
}

function writeModels({ onnx, tflite, artifact, windows, size, layers }: Workload): string {
  const folder = mkdtempSync(join(tmpdir(), 'sandglass-cold-'));
  const write = (name: string, bytes: Uint8Array): void => writeFileSync(join(folder, name), bytes);
  for (const [form, bytes] of Object.entries(onnx)) write(`${form}.onnx`, bytes);
  for (const [form, bytes] of Object.entries(tflite ?? {})) write(`${form}.tflite`, bytes);
  write('artifact.wasm', artifact);
  write('window.bin', new Uint8Array(windows.slice(0, size).buffer));
  const weights = new Float32Array(layers.reduce((sum, { rows, depth }) => sum + rows * (depth + 1), 0));
  let at = 0;
  for (const layer of layers) {
    weights.set(layer.weights, at);
    weights.set(layer.bias, at + layer.weights.length);
    at += layer.weights.length + layer.bias.length;
  }
  write('weights.bin', new Uint8Array(weights.buffer));
  return folder;
}

function runFresh(name: string, program: string, folder: string): { readonly ms: number; readonly mb: number } {
  const script = `import { readFileSync } from 'node:fs';
    const file = readFileSync(${JSON.stringify(join(folder, 'window.bin'))});
    const window = new Float32Array(file.buffer.slice(file.byteOffset, file.byteOffset + file.length));
    const done = (result) => {
      const ms = performance.now();
      if (!Number.isFinite(result[0])) throw new Error('no result');
      const status = readFileSync('/proc/self/status', 'utf8');
      process.stdout.write('\\n' + JSON.stringify({ ms, mb: Number(/VmRSS:\\s+(\\d+)/.exec(status)[1]) / 1024 }) + '\\n');
      process.exit(0);
    };
    ${program}`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  const line = stdout.trim().split('\n').at(-1) ?? '';
  if (status !== 0 || !line.startsWith('{')) throw new Error(`${name} does not start in a fresh process:\n${stderr.slice(-500)}`);
  return JSON.parse(line) as { ms: number; mb: number };
}

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DenseLayer } from './models/layers.ts';
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
export function coldStarts(
  workload: Workload,
  contestants: readonly Peer[],
): { readonly found: ReadonlyMap<string, Cold>; readonly failures: ReadonlyMap<string, string> } {
  const failures = new Map<string, string>();
  const folder = writeModels(workload);
  const programs = new Map([
    ['bare', 'done([0]);'],
    ...contestants.map((peer): [string, string] => [peer.name, peer.coldStart(workload, folder)]),
  ]);
  const found = new Map([...programs.keys()].map((name) => [name, { ms: [] as number[], mb: [] as number[] }]));
  for (let run = 0; run < runs; run++) {
    for (const [name, program] of programs) {
      if (failures.has(name)) continue;
      const result = runFresh(program, folder);
      if (typeof result === 'string') failures.set(name, result);
      else {
        found.get(name)!.ms.push(result.ms);
        found.get(name)!.mb.push(result.mb);
      }
    }
  }
  rmSync(folder, { recursive: true });
  const bare = found.get('bare')!;
  const beyondBare = ({ ms, mb }: typeof bare): Cold => ({
    ms: median(ms) - median(bare.ms),
    residentMb: median(mb) - median(bare.mb),
  });
  const started = [...found].filter(([name]) => !failures.has(name));
  return { found: new Map(started.map(([name, times]) => [name, beyondBare(times)])), failures };
}

function writeModels({ onnx, tflite, artifact, windows, size, layers }: Workload): string {
  const folder = mkdtempSync(join(tmpdir(), 'sandglass-cold-'));
  const write = (name: string, bytes: Uint8Array): void => writeFileSync(join(folder, name), bytes);
  for (const [form, bytes] of Object.entries(onnx)) if (bytes !== null) write(`${form}.onnx`, bytes);
  for (const [form, bytes] of Object.entries(tflite ?? {})) if (bytes !== null) write(`${form}.tflite`, bytes);
  write('artifact.wasm', artifact);
  write('window.bin', new Uint8Array(windows.slice(0, size).buffer));
  if (layers !== null) write('weights.bin', new Uint8Array(weightsOf(layers).buffer));
  return folder;
}

/** Weights and bias of one layer behind those of the other. */
function weightsOf(layers: readonly DenseLayer[]): Float32Array {
  const weights = new Float32Array(layers.reduce((sum, { rows, depth }) => sum + rows * (depth + 1), 0));
  let at = 0;
  for (const layer of layers) {
    weights.set(layer.weights, at);
    weights.set(layer.bias, at + layer.weights.length);
    at += layer.weights.length + layer.bias.length;
  }
  return weights;
}

/** The figures of one process, or why there are none. */
function runFresh(program: string, folder: string): { readonly ms: number; readonly mb: number } | string {
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
  if (status !== 0 || !line.startsWith('{')) return stderr.slice(-500);
  return JSON.parse(line) as { ms: number; mb: number };
}

import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Builds and runs the same instruction mix in C, on ad01's shape: microseconds per inference, or the reason why not. */
export function ceilingUs(): number | string {
  if (process.arch !== 'x64') return `the C ceiling uses SSE4.1 and AVX encodings; this is ${process.arch}`;
  const program = join(mkdtempSync(join(tmpdir(), 'sandglass-c-')), 'ceiling');
  const built = spawnSync('gcc', ['-O3', '-mavx', '-funroll-loops', '-o', program, 'test/bench/c/ceiling.c'], {
    encoding: 'utf8',
  });
  if (built.error !== undefined) return 'no gcc here: the C ceiling is left out';
  if (built.status !== 0) throw new Error(`gcc: ${built.stderr}`);
  return Number(spawnSync(program, { encoding: 'utf8' }).stdout);
}

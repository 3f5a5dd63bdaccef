import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openSpool } from '../../../devices/spool/spool.ts';
import { firstMissing } from '../../browsers/expected.ts';
import { random } from '../../random.ts';
import { emptyFolder } from '../journal/folder.ts';
import { dataAt } from './data-at.ts';

/** The child in one file: under strace, Node reads fourteen of them for half a second. */
const child = join(mkdtempSync(join(tmpdir(), 'sandglass-child-')), 'child.mjs');
beforeAll(() =>
  build({ entryPoints: [join(import.meta.dirname, 'child.ts')], bundle: true, platform: 'node', format: 'esm', outfile: child }),
);
afterAll(() => rmSync(dirname(child), { recursive: true }));

/** Records of one append of the child. */
const batch = 7;

interface Ended {
  readonly signal: string | null;
  /** The last that the child said of each. */
  readonly appended: number;
  readonly acknowledged: number;
  readonly output: string;
}

/** Runs the child, under strace with an injection where there is one, until it is killed. */
function runChild(
  folder: string,
  steps: number,
  kill: { readonly inject: string } | { readonly afterMs: number },
): Promise<Ended> {
  const node = [process.execPath, child, folder, String(steps)];
  const inject = 'inject' in kill ? ['-e', `trace=${kill.inject.split(':')[0]}`, '-e', `inject=${kill.inject}`] : [];
  const [command = '', ...words] = inject.length > 0 ? ['strace', '-f', '-qq', '-o', '/dev/null', ...inject, ...node] : node;
  return new Promise((resolve) => {
    const started = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    started.stdout.on('data', (chunk) => {
      // From the first word on: before, the child has promised nothing.
      if (output === '' && 'afterMs' in kill) setTimeout(() => started.kill('SIGKILL'), kill.afterMs);
      output += String(chunk);
    });
    started.stderr.on('data', (chunk) => (output += String(chunk)));
    started.on('close', (_, signal) => {
      // What was cut off in the middle of a line was not said.
      const last = (word: string): number =>
        Number([...output.matchAll(new RegExp(`^${word} (\\d+)\\n`, 'gm'))].at(-1)?.[1] ?? 0);
      resolve({ signal, appended: last('appended'), acknowledged: last('acknowledged'), output });
    });
  });
}

/** Opens the folder and tells whether what was said before the kill is true after it. Gives the positions that were met. */
async function expectWhole(
  folder: string,
  { appended, acknowledged, output }: Ended,
  before: { next: number; position: number },
) {
  const spool = openSpool({ folder, maxBytes: 65_536 });
  const sink = spool.consumer('sink');
  const next = Math.max(appended, before.next);
  const acked = Math.max(acknowledged, before.position);
  // What was said is there; of what was not said, one batch at most may be there, or one acknowledgement.
  const isWhole = spool.next >= next && spool.next <= next + batch;
  const isDelivered = sink.position >= before.position && sink.position <= Math.max(acked, next + batch - 40);
  expect({ isWhole, isDelivered, next: spool.next, position: sink.position, before, output }).toMatchObject({
    isWhole: true,
    isDelivered: true,
  });
  // In order, without a gap, each with its data: nothing that was not acknowledged is lost.
  const entries = sink.read(sink.position, 10_000);
  expect(entries.map(({ position }) => position)).toEqual(
    Array.from({ length: spool.next - sink.position }, (_, i) => sink.position + i),
  );
  for (const { position, data } of entries) expect(data).toEqual(dataAt(position));
  expect(spool.stats).toMatchObject({ dropped: 0, problem: null });
  const found = { next: spool.next, position: sink.position };
  await spool.close();
  return found;
}

test('killed at random, again and again in the same folder: nothing is lost, in order, without a gap', async () => {
  const folder = emptyFolder();
  const draw = random(20_260_601);
  let found = { next: 0, position: 0 };
  for (let run = 0; run < 8; run++) {
    const ended = await runChild(folder, 100_000, { afterMs: draw() % 60 });
    expect(ended).toMatchObject({ signal: 'SIGKILL' });
    found = await expectWhole(folder, ended, found);
  }
  // It came on, and delivered.
  expect(found.next).toBeGreaterThan(8 * batch);
  expect(found.position).toBeGreaterThan(0);
});

const noStrace = firstMissing(['/usr/bin/strace'], 'apt-get install strace');

const killedAt = (call: string, upTo: number): string[] =>
  Array.from({ length: upTo }, (_, i) => `${call}:signal=SIGKILL:when=${i + 1}`);

/** Each run goes on in the folder of the one before; two folders, for two cores. */
const chains = [
  killedAt('pwrite64', 8),
  ['symlink', 'rename', 'unlink', 'fdatasync', 'fsync'].flatMap((call) => killedAt(call, call === 'rename' ? 4 : 1)),
] as const;

test.skipIf(noStrace !== null)('killed at a system call that changes the disk, at each of them: nothing is lost', async () => {
  const folders = chains.map(() => emptyFolder());
  await Promise.all(
    chains.map(async (chain, i) => {
      let found = { next: 0, position: 0 };
      for (const inject of chain) {
        const ended = await runChild(folders[i]!, 10, { inject });
        expect({ inject, ...ended }).toMatchObject({ signal: 'SIGKILL' });
        found = await expectWhole(folders[i]!, ended, found);
      }
      expect(found.position).toBeGreaterThan(0);
    }),
  );
});

test.skipIf(noStrace !== null)(
  'an error of the disk at a write: the record waits in memory and is there in the end',
  async () => {
    const folder = emptyFolder();
    const ended = await runChild(folder, 10, { inject: 'pwrite64:error=EIO:when=4..9' });
    expect(ended.output).toMatch(/^closed\n$/m);
    expect(ended.appended).toBe(70);
    await expectWhole(folder, ended, { next: 70, position: 0 });
  },
);

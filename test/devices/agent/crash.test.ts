import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeRecord, type ScoreMessage } from '../../../devices/record.ts';
import { openSpool } from '../../../devices/spool/spool.ts';
import { random } from '../../random.ts';
import { gearboxArtifact } from '../stream/gearbox.ts';

const folder = mkdtempSync(join(tmpdir(), 'sandglass-crash-'));
const artifact = join(folder, 'gearbox.wasm');
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(async () => {
  const bytes = await gearboxArtifact();
  writeFileSync(artifact, bytes);
});

const samples = 15_000;

/** Runs the agent until it is done, or kills it after some milliseconds. */
function run(state: string, killAfterMs: number | null): Promise<{ readonly from: number; readonly isDone: boolean }> {
  const child = spawn(process.execPath, ['test/devices/agent/crash-child.ts', state, artifact, String(samples)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.on('data', (chunk) => {
    if (said === '' && killAfterMs !== null) setTimeout(() => child.kill('SIGKILL'), killAfterMs);
    said += String(chunk);
  });
  return new Promise((resolve) =>
    child.once('exit', () => resolve({ from: Number(/from (\d+)/.exec(said)?.[1] ?? NaN), isDone: said.includes('done') })),
  );
}

/** All that was spooled, without the times of scoring. */
async function spooled(state: string): Promise<Omit<ScoreMessage, 'scoredAt'>[]> {
  const spool = openSpool({ folder: join(state, 'spool') });
  const consumer = spool.consumer('all');
  const messages = consumer.read(0, Infinity).map(({ data }) => {
    const { scoredAt: _, ...rest } = JSON.parse(Buffer.from(decodeRecord(data).json).toString()) as ScoreMessage;
    return rest;
  });
  await spool.close();
  return messages;
}

test('killed -9 again and again, the agent spools the very scores of an undisturbed one, each once and in order', async () => {
  const [plain, killed] = [join(folder, 'plain'), join(folder, 'killed')];
  expect(await run(plain, null)).toEqual({ from: 0, isDone: true });
  const bits = random(11);
  const starts: number[] = [];
  for (let kills = 0; ; kills++) {
    const { from, isDone } = await run(killed, kills < 8 ? 5 + (bits() % 120) : null);
    starts.push(from);
    if (isDone) break;
  }
  expect(starts.length).toBeGreaterThan(4);
  expect(starts).toEqual(starts.toSorted((a, b) => a - b));
  const expected = await spooled(plain);
  expect(expected).toHaveLength(samples);
  expect(expected.some(({ alarm }) => alarm)).toBe(true);
  const { epoch } = expected[0]!;
  expect((await spooled(killed)).map((message) => ({ ...message, epoch }))).toEqual(expected);
});

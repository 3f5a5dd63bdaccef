import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadBytes } from '../../../runtime-js/model.ts';
import { random } from '../../random.ts';
import { missingMosquitto, openMosquitto, type Mosquitto } from '../mosquitto.ts';
import { AgentProcess } from './agent-process.ts';
import { Consumer } from './consumer.ts';
import { frame, gearboxArtifact, rows } from './gearbox.ts';
import { publishAll } from './publisher.ts';

const skipped = missingMosquitto();
const [samples, sensors, events] = [100_000, 20, 9];
const folder = mkdtempSync(join(tmpdir(), 'sandglass-chaos-'));
let broker: Mosquitto;
let bytes: Uint8Array;

beforeAll(async () => {
  if (skipped !== null) return;
  bytes = await gearboxArtifact();
  writeFileSync(join(folder, 'gearbox.wasm'), bytes);
  broker = await openMosquitto({
    persistence: true,
    settings: ['autosave_interval 0', 'autosave_on_changes false', 'max_queued_messages 0', 'max_inflight_messages 1000'],
  });
});
afterAll(async () => {
  await broker?.dispose();
  rmSync(folder, { recursive: true });
});

test.skipIf(skipped !== null)(
  'mosquitto stopped and the agent killed -9 at random: of 100,000 scores none is lost, all are in order, and right',
  { timeout: 240_000 },
  async () => {
    const config = join(folder, 'sandglass.json');
    const stream = {
      node: 'hall',
      artifacts: { gearbox: 'gearbox.wasm' },
      broker: { url: broker.url, backoff: { firstSeconds: 0.1, maxSeconds: 0.5 } },
      in: [{ topic: 'plant/{sensor}', format: 'f32', header: 'f64', rateHz: 1 }],
      http: false,
    };
    writeFileSync(config, JSON.stringify({ stream }));
    const consumer = await Consumer.open(broker.url, 'sandglass/hall/+/score');
    const agent = new AgentProcess(['--config', config]);
    await agent.start();

    // However fast the machine is: a tenth is sent before each event, and the rest behind the last one.
    const happened = { stops: 0, kills: 0 };
    const published = publishAll(
      broker.url,
      samples,
      (i) => ({
        topic: `plant/g${i % sensors}`,
        payload: frame(rows[Math.floor(i / sensors) % rows.length]!, 1_700_000_000 + Math.floor(i / sensors)),
      }),
      200,
      () => (samples * (1 + happened.stops + happened.kills)) / (1 + events),
    );

    const bits = random(2026);
    while (happened.stops + happened.kills < events) {
      await pause(100 + (bits() % 500));
      if (bits() % 3 === 0) {
        await broker.stop();
        await pause(bits() % 800);
        await broker.start();
        happened.stops++;
      } else {
        await agent.end('SIGKILL');
        await agent.start();
        happened.kills++;
      }
    }
    await published;
    for (let waited = 0; consumer.messages.length < samples && waited < 60_000; waited += 100) await pause(100);
    process.stdout.write(
      `chaos: ${happened.stops} stops of mosquitto, ${happened.kills} kills of the agent; ${consumer.messages.length} scores, ${consumer.duplicates} seen twice\n`,
    );

    expect(consumer.messages).toHaveLength(samples);
    expect(consumer.disordered).toBe(0);
    expect(happened.stops).toBeGreaterThan(0);
    expect(happened.kills).toBeGreaterThan(2);
    expect(new Set(consumer.messages.map(({ epoch }) => epoch)).size).toBe(1);
    const model = await loadBytes(bytes, 'gearbox');
    const scores = rows.map((row) => model.run(row));
    for (let sensor = 0; sensor < sensors; sensor++) {
      const own = consumer.messages.filter(({ device }) => device === `g${sensor}`);
      expect(own.map(({ score }) => score)).toEqual(own.map((_, i) => scores[i % rows.length]));
    }
    expect(await agent.end('SIGTERM')).toBe(0);
    await consumer.close();
  },
);

import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'mqtt';
import { fileOf, type Fleet } from './fleet.ts';

// node publisher.ts <url> <fleet.json>: a fleet that publishes at a steady rate, QoS 0, in steps of 10 ms. Tells how many each second.
const [url, file] = process.argv.slice(2) as [string, string];
const fleet: Fleet = fileOf(file);
const client = connect(url, { protocolVersion: 5, clientId: 'fleet' });
await new Promise<void>((resolve) => client.once('connect', () => resolve()));

const topics = Array.from({ length: fleet.sensors }, (_, i) => `plant/s${i}`);
const bodies = fleet.rows.map((row) => {
  const body = Buffer.alloc(8 + 4 * row.length);
  row.forEach((value, i) => body.writeFloatLE(value, 8 + 4 * i));
  return body;
});
const stepMs = 10;
const started = performance.now();
let sent = 0;
let congested: Promise<void> | null = null;
for (let step = 1; step * stepMs <= 1000 * fleet.seconds; step++) {
  const due = Math.floor((fleet.perSecond * step * stepMs) / 1000);
  for (; sent < due; sent++) {
    const payload = Buffer.from(bodies[Math.floor(sent / fleet.sensors) % bodies.length]!);
    // Of the first sample: the last one is measured now.
    payload.writeDoubleLE(Date.now() / 1000 - (fleet.samplesPerMessage - 1) / fleet.rateHz, 0);
    client.publish(topics[sent % fleet.sensors]!, payload);
  }
  if (client.stream.writableNeedDrain) {
    congested = new Promise((resolve) => client.stream.once('drain', () => resolve()));
    await congested;
  }
  const ahead = step * stepMs - (performance.now() - started);
  if (ahead > 1) await pause(ahead);
}
const took = (performance.now() - started) / 1000;
await client.endAsync();
process.stdout.write(`${JSON.stringify({ sent, perSecond: sent / took })}\n`);

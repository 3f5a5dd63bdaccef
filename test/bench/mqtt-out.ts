import { MemoryConsumer } from '../devices/memory-spool.ts';
import { openMosquitto } from '../devices/mosquitto.ts';
import { quiet } from '../../devices/log.ts';
import { connectionDefaults } from '../../devices/mqtt/options.ts';
import { encodeRecord } from '../../devices/record.ts';
import { JsonSink, jsonSinkDefaults } from '../../devices/sinks/json.ts';

// How many scores a second go from the spool (here: memory) to mosquitto at QoS 1: `node test/bench/mqtt-out.ts`.

const count = Number(process.env['COUNT'] ?? 200_000);
const devices = 1000;

const record = (n: number): Uint8Array => {
  const device = `line-3/pump-${n % devices}`;
  const message = {
    node: 'gateway-7',
    device,
    epoch: 179e10,
    seq: 1 + Math.floor(n / devices),
    time: '2026-09-28T10:00:00.000Z',
    scoredAt: '2026-09-28T10:00:00.012Z',
    score: 0.0123 + n / 1e7,
    threshold: 0.05,
    alarm: false,
    artifact: {
      name: 'pump',
      sha256: 'ab'.repeat(32),
    },
  };
  return encodeRecord({ device, alarmChanged: false, json: Buffer.from(JSON.stringify(message)) });
};

for (const version of ['5', '3.1.1'] as const) {
  for (const settings of [[], ['max_inflight_messages 512']]) {
    const broker = await openMosquitto({ settings });
    const consumer = new MemoryConsumer();
    consumer.append(Array.from({ length: count }, (_, n) => record(n)));
    const sensors = { all: () => [], get: () => undefined, watch: () => () => {} };
    const options = { ...jsonSinkDefaults, connection: { ...connectionDefaults, url: broker.url, version } };
    const sink = new JsonSink('json', options, { node: 'gateway-7', sensors, consumer, log: quiet });
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    sink.start();
    while (consumer.position < count) await new Promise((resolve) => setTimeout(resolve, 5));
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    process.stdout.write(
      `MQTT ${version.padEnd(5)} ${settings.join().padEnd(25)} ${Math.round(count / seconds)} scores/s, ${((user + system) / count).toFixed(1)} us of CPU each, cursor moved ${consumer.acknowledgements} times\n`,
    );
    await sink.stop(0);
    await broker.dispose();
  }
}

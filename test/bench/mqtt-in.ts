import { spawn } from 'node:child_process';
import { connect } from 'mqtt';
import { quiet } from '../../devices/log.ts';
import { encodePublish, FrameReader } from '../../devices/mqtt/frames.ts';
import { connectionDefaults } from '../../devices/mqtt/options.ts';
import { MqttSource, mqttSourceDefaults } from '../../devices/sources/mqtt.ts';
import { openMosquitto } from '../devices/mosquitto.ts';

// How many messages of 100 bytes a second come in through mosquitto, by the source and by mqtt.js alone: `node test/bench/mqtt-in.ts`.
// The broker has them all before the receiver connects, so that only those two are measured. What a message costs depends on how many come
// in one read, hence on the broker's speed; the last line is what it costs where 64 KB come in one read.

const count = Number(process.env['COUNT'] ?? 100_000);
const topic = 'plant/pump-17/vibration';
const settings = ['max_queued_messages 0', 'queue_qos0_messages true', 'max_queued_bytes 0', 'max_inflight_messages 512'];

type Version = '5' | '3.1.1';
type Stop = () => Promise<void>;
/** Connects, calls back for each message and gives what ends it. */
type Take = (url: string, qos: 0 | 1, version: Version, onMessage: () => void) => Promise<Stop>;

const ways: Readonly<Record<string, Take>> = {
  async source(url, qos, version, onMessage) {
    const connection = { ...connectionDefaults, url, version };
    const decoder = { filters: ['plant/#'], receive: onMessage };
    const context = { log: quiet, maxPayloadBytes: 65_536 };
    const source = new MqttSource('in', 'bench', { ...mqttSourceDefaults, connection, qos }, decoder, context);
    const receiver = { take() {}, refuse() {}, mark() {}, markMore() {}, beforeWriting() {}, safe: () => Promise.resolve() };
    await source.start(receiver, null);
    return () => source.stop();
  },
  async 'mqtt.js'(url, qos, version, onMessage) {
    const properties = version === '5' ? { properties: { receiveMaximum: 512, sessionExpiryInterval: 86_400 } } : {};
    const client = connect(url, { protocolVersion: version === '5' ? 5 : 4, clientId: 'bench', clean: false, ...properties });
    client.on('message', onMessage);
    client.on('connect', () => client.subscribe('plant/#', { qos }));
    return () => client.endAsync(true);
  },
};

async function measure(name: string, take: Take, qos: 0 | 1, version: Version): Promise<string> {
  const broker = await openMosquitto({ settings });
  const leave = await take(broker.url, qos, version, () => {});
  await new Promise((resolve) => setTimeout(resolve, 300));
  await leave();
  await publish(broker.port, qos);
  let received = 0;
  let [began, cpu] = [0, process.cpuUsage()];
  let stop: Stop = leave;
  await new Promise<void>((resolve) => {
    const onMessage = (): void => {
      if (received++ === 0) [began, cpu] = [performance.now(), process.cpuUsage()];
      if (received === count) resolve();
    };
    void take(broker.url, qos, version, onMessage).then((end) => (stop = end));
  });
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await stop();
  await broker.dispose();
  const each = ((user + system) / count).toFixed(1);
  return `QoS ${qos}, MQTT ${version.padEnd(5)} ${name.padEnd(8)} ${Math.round(count / seconds)} messages/s, ${each} us of CPU each`;
}

/** By mosquitto_pub, one per line. */
async function publish(port: number, qos: 0 | 1): Promise<void> {
  const words = ['-p', String(port), '-q', String(qos), '-t', topic, '-l'];
  const child = spawn('mosquitto_pub', words, { stdio: ['pipe', 'ignore', 'inherit'] });
  const lines = `${'x'.repeat(100)}\n`.repeat(1000);
  for (let sent = 0; sent < count; sent += 1000) {
    if (!child.stdin.write(lines)) await new Promise((resolve) => child.stdin.once('drain', resolve));
  }
  child.stdin.end();
  await new Promise((resolve) => child.once('exit', resolve));
}

/** Of whole reads of 64 KB. */
function readerAlone(): string {
  const one = encodePublish({ topic, payload: Buffer.alloc(100, 'x'), qos: 1, retain: false, id: 7 }, 5);
  const perRead = Math.floor(65_536 / one.length);
  const chunk = Buffer.concat(Array.from({ length: perRead }, () => one));
  let read = 0;
  const reader = new FrameReader(5, 65_536, { publish: () => read++, oversized() {}, puback() {}, pubrel() {}, other() {} });
  for (let i = 0; i < 200; i++) reader.feed(chunk);
  const [began, before] = [performance.now(), read];
  for (let i = 0; i < 2000; i++) reader.feed(chunk);
  return `the reader alone: ${(((performance.now() - began) * 1000) / (read - before)).toFixed(2)} us each`;
}

for (const qos of [0, 1] as const) {
  for (const version of ['5', '3.1.1'] as const) {
    for (const [name, take] of Object.entries(ways)) process.stdout.write(`${await measure(name, take, qos, version)}\n`);
  }
}
process.stdout.write(`${readerAlone()}\n`);

import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openMosquitto } from '../../devices/mosquitto.ts';
import { AgentProcess } from '../../devices/stream/agent-process.ts';
import type { Fleet } from './fleet.ts';

export interface Run {
  readonly sent: number;
  readonly perSecond: number;
  /** Samples that the agent took, of messages that came to it. */
  readonly samples: number;
  readonly scores: number;
  readonly published: number;
  /** Share of one core. */
  readonly cpu: number;
  readonly brokerCpu: number;
  /** Milliseconds from the sample to its score at the consumer. */
  readonly p50: number | null;
  readonly p99: number | null;
  readonly residentBytes: number;
}

/** Seconds of a processor that a process has used so far. */
function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

const residentBytes = (pid: number): number =>
  1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN);

/** Real mosquitto, `sandglass stream` in a process of its own, a fleet and a consumer in two others. */
export async function measure(
  folder: string,
  fleet: Fleet,
  stream: Readonly<Record<string, unknown>>,
  everyMinute?: (minute: number, residentBytes: number) => void,
): Promise<Run> {
  const broker = await openMosquitto({ settings: ['max_queued_messages 0', 'max_inflight_messages 0'] });
  const http = '127.0.0.1:0';
  const config = join(folder, 'sandglass.json');
  writeFileSync(config, JSON.stringify({ stream: { node: 'bench', broker: broker.url, http, ...stream } }));
  const plan = join(folder, 'fleet.json');
  writeFileSync(plan, JSON.stringify(fleet));
  const agent = new AgentProcess(['--config', config]);
  await agent.start('to=sources.mqtt');
  const metrics = /served at=(\S+)/.exec(agent.said)![1]!;
  const consumer = child('consumer.ts', [broker.url]);
  await consumer.says('ready');
  await pause(500);
  const before = { agent: cpuSeconds(agent.pid), broker: cpuSeconds(broker.pid), at: performance.now() };
  let minutes = 0;
  const timer = setInterval(() => everyMinute?.(++minutes, residentBytes(agent.pid)), 60_000);
  const fleetProcess = child('publisher.ts', [broker.url, plan]);
  const { sent, perSecond } = JSON.parse(await fleetProcess.ended()) as { sent: number; perSecond: number };
  clearInterval(timer);
  const seconds = (performance.now() - before.at) / 1000;
  const cpu = (cpuSeconds(agent.pid) - before.agent) / seconds;
  const brokerCpu = (cpuSeconds(broker.pid) - before.broker) / seconds;
  await pause(1500);
  const text = await (await fetch(`${metrics}/metrics`)).text();
  const resident = residentBytes(agent.pid);
  consumer.process.kill('SIGTERM');
  const {
    scores: published,
    p50,
    p99,
  } = JSON.parse((await consumer.ended()).replace('ready\n', '')) as {
    scores: number;
    p50: number | null;
    p99: number | null;
  };
  await agent.end('SIGTERM');
  await broker.dispose();
  const counter = (name: string): number => Number(new RegExp(`^${name}\\S* (\\S+)$`, 'm').exec(text)?.[1] ?? NaN);
  const [samples, scores] = [counter('sandglass_samples_total'), counter('sandglass_scores_total')];
  return { sent, perSecond, samples, scores, published, cpu, brokerCpu, p50, p99, residentBytes: resident };
}

function child(file: string, words: readonly string[]) {
  const started: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, file), ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  started.stdout!.on('data', (chunk) => (said += String(chunk)));
  return {
    process: started,
    says: (text: string) =>
      new Promise<void>((resolve) => started.stdout!.on('data', () => (said.includes(text) ? resolve() : undefined))),
    ended: () => new Promise<string>((resolve) => started.once('exit', () => resolve(said))),
  };
}

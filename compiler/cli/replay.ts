import { setTimeout as pause } from 'node:timers/promises';
import { openLog } from '../../devices/agent/log-pino.ts';
import type { ReplayFormat } from '../../devices/replay/encode.ts';
import { openPublisher } from '../../devices/replay/publisher.ts';
import { openRecording } from '../../devices/replay/recording.ts';
import { replay, replayDefaults } from '../../devices/replay/replay.ts';
import { InputError } from '../error.ts';
import { connectionOf, type BrokerWords } from './broker-words.ts';
import { note } from './output.ts';

interface Words extends BrokerWords {
  readonly to: string;
  readonly topic?: string;
  readonly rate: number;
  readonly hz?: number;
  readonly time?: string;
  readonly sensor?: string;
  readonly columns?: readonly string[];
  readonly format: ReplayFormat;
  readonly loop?: number | true;
  readonly qos: string;
}

export async function run(data: string, words: Words): Promise<void> {
  const { url, topic } = destinationOf(words);
  const recording = await openRecording(data);
  const log = openLog({ level: 'warn', form: 'text' });
  const publisher = await openPublisher(connectionOf(url, words), words.qos === '0' ? 0 : 1, log);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  const started = performance.now();
  try {
    const { rate, hz, time, sensor, columns, format, loop } = words;
    const { messages, behindMs } = await replay(
      recording,
      {
        ...replayDefaults,
        topic,
        format,
        speed: rate,
        rateHz: hz ?? null,
        time: time ?? null,
        sensor: sensor ?? null,
        columns: columns ?? null,
        loops: loop === true ? Infinity : (loop ?? 1),
      },
      publisher,
      { now: Date.now, wait: (milliseconds) => pause(milliseconds, undefined, { signal: stop.signal }).catch(() => {}) },
      stop.signal,
    );
    const seconds = (performance.now() - started) / 1000;
    const behind =
      behindMs > 1000 && rate !== Infinity ? `, ${(behindMs / 1000).toFixed(1)} s behind the rate that was asked for` : '';
    note(`${messages} messages in ${seconds.toFixed(1)} s (${Math.round(messages / seconds)} per second)${behind}`);
  } finally {
    await publisher.close();
  }
}

/** mqtt://host:1883/sensors/{sensor}: the broker, and the topic behind it. Of a WebSocket that is the broker's path. */
function destinationOf({ to, topic }: Words): { readonly url: string; readonly topic: string } {
  const [, broker, behind = ''] = /^(mqtts?:\/\/[^/]+)(?:\/(.*))?$/i.exec(to) ?? [];
  if (broker === undefined) return { url: to, topic: topic ?? replayDefaults.topic };
  if (topic !== undefined && behind !== '') {
    throw new InputError({ where: 'topic', what: `is said by --to too ("${behind}")`, hint: 'Say it once.' });
  }
  return { url: broker, topic: topic ?? (behind === '' ? replayDefaults.topic : behind) };
}

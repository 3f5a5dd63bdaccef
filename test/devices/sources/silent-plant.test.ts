import { expect, test } from 'vitest';
import { quiet } from '../../../devices/log.ts';
import { startEmbeddedBroker } from '../../../devices/mqtt/embedded.ts';
import { connectionDefaults } from '../../../devices/mqtt/options.ts';
import { openPublisher } from '../../../devices/replay/publisher.ts';
import { MqttSource, mqttSourceDefaults } from '../../../devices/sources/mqtt.ts';
import { Collected, decoder, input, rule } from './collect.ts';

/** What an agent is to a source. */
class Agent extends Collected {
  markMore(): void {}
  beforeWriting(): void {}
}

async function until(isSo: () => boolean): Promise<void> {
  for (let i = 0; !isSo(); i++) {
    if (i > 500) throw new Error('waited for 10 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('a part of a sample goes on alone when nothing else comes, and when the source stops', async () => {
  const broker = await startEmbeddedBroker();
  const connection = { ...connectionDefaults, url: broker.url };
  const messages = decoder(input(['x', 'y']), [rule('plant/{sensor}/{channel}', { format: 'csv-line' })], {
    combineTimeoutMs: 100,
  });
  const seen: string[] = [];
  const receive = messages.receive.bind(messages);
  messages.receive = (topic, ...rest) => {
    receive(topic, ...rest);
    seen.push(topic);
  };
  const source = new MqttSource('mqtt', 'test', { ...mqttSourceDefaults, connection }, messages, {
    log: quiet,
    maxPayloadBytes: 1000,
  });
  const agent = new Agent();
  await source.start(agent, null);
  const publisher = await openPublisher(connection, 1, quiet);
  // Until the subscription stands, nothing comes.
  await until(() => {
    void publisher.publish('plant/first/x', Buffer.from('1'));
    return agent.samples.length > 0;
  });
  await publisher.publish('plant/p/x', Buffer.from('2'));
  await until(() => agent.rows.some(([sensor]) => sensor === 'p'));
  await publisher.publish('plant/q/y', Buffer.from('3'));
  await until(() => seen.includes('plant/q/y'));
  await source.stop();
  expect(agent.rows.filter(([sensor]) => sensor !== 'first')).toEqual([
    ['p', null, 2, NaN],
    ['q', null, NaN, 3],
  ]);
  await publisher.close();
  await broker.close();
});

import { openEdge, rebirthCommand, until, type Host } from './world.ts';

export const node = 'gateway-7';

/**
 * A life of an edge node with all that there is in one: scores and none, an alarm, sensors that come and go, a rebirth while data come,
 * numbers past 255, and the end.
 */
export async function liveOnce(url: string, host: Host): Promise<void> {
  const { agent, sink } = openEdge(url, node);
  agent.sensors.add('pump-1', { time: 1_767_225_600.5, scoredAt: Date.now() - 1000, score: 0.25, alarm: false });
  agent.sensors.add('pump-2');
  const score = async (device: string, value: number | null): Promise<void> => {
    const before = host.count('DDATA');
    agent.score(device, value);
    await until('a DDATA', () => host.count('DDATA') > before);
  };
  sink.start();
  await until('births', () => sink.node.at === 'live');
  await score('pump-1', 0.2);
  await score('pump-1', 0.9);
  await score('pump-1', null);
  await score('pump-1', 0.3);
  agent.sensors.add('pump-3');
  await until('an NDATA', () => host.count('NDATA') === 1);
  agent.sensors.remove('pump-3');
  await until('a DDEATH', () => host.count('DDEATH') === 1);
  await host.command(`spBv1.0/Plant/NCMD/${node}`, rebirthCommand);
  // Data come all the time, also while the births are sent.
  await until('a rebirth', () => {
    agent.score('pump-2', 0.1);
    return host.count('NBIRTH') === 2;
  });
  // Past 255, so that the numbers begin again.
  for (let i = 0; i < 260; i++) await score('pump-2', i / 1000);
  await sink.stop(2000);
  await until('the death', () => host.count('NDEATH') === 1);
}

import { connect } from 'mqtt';

/** Publishes messages in order at QoS 1 over whatever happens to the broker: as a sensor's driver does that has a buffer of its own. */
export async function publishAll(
  url: string,
  count: number,
  message: (i: number) => { readonly topic: string; readonly payload: Buffer },
  window: number,
  /** How many of them may be sent by now. */
  allowed: () => number,
): Promise<void> {
  // No store of its own: after a new connection, what was not acknowledged is sent again from here, in order.
  const client = connect(url, { clientId: 'test-publisher', reconnectPeriod: 100, queueQoSZero: false, protocolVersion: 5 });
  client.on('error', () => {});
  await new Promise<void>((done) => {
    let [sent, acknowledged, generation] = [0, 0, 0];
    const fill = (): void => {
      const own = generation;
      while (client.connected && sent < allowed() && sent - acknowledged < window) {
        const at = sent++;
        const { topic, payload } = message(at);
        client.publish(topic, payload, { qos: 1 }, (error) => {
          if (own !== generation || error) return;
          acknowledged = Math.max(acknowledged, at + 1);
          if (acknowledged < count) return fill();
          clearInterval(timer);
          return done();
        });
      }
    };
    const timer = setInterval(fill, 20);
    client.on('connect', () => {
      generation++;
      sent = acknowledged;
      fill();
    });
    client.on('close', () => generation++);
  });
  await client.endAsync(true);
}

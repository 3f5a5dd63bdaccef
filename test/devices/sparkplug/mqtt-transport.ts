import { quiet } from '../../../devices/log.ts';
import { connectionDefaults } from '../../../devices/mqtt/options.ts';
import { MqttTransport as OverConnection } from '../../../devices/sparkplug/mqtt-transport.ts';
import type { TransportListener } from '../../../devices/sparkplug/transport.ts';

export interface MqttTransportOptions {
  readonly url: string;
  readonly version: '3.1.1' | '5';
  readonly clientId: string;
}

/** The transport of the agent, which connects again at once, and which a test can keep from connecting so that others do first. */
export class MqttTransport extends OverConnection {
  #isHeld = false;

  constructor({ url, version, clientId }: MqttTransportOptions) {
    const backoff = { firstSeconds: 0.05, maxSeconds: 0.05, stableSeconds: 1 };
    const options = { ...connectionDefaults, url, version, clientId, backoff };
    super(options, { where: 'test', clientId, maxPayloadBytes: 2 ** 20 }, quiet);
  }

  override open(listener: TransportListener): void {
    super.open({
      will: () => {
        if (this.#isHeld) throw new Error('held by the test');
        return listener.will();
      },
      connected: () => listener.connected(),
      message: (topic, payload) => listener.message(topic, payload),
      closed: () => listener.closed(),
    });
  }

  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
  }
}

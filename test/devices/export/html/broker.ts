import { missingMosquitto, openMosquitto } from '../../mosquitto.ts';

/** Why there is no broker here, or null. In CI it throws instead. */
export const missingBroker = missingMosquitto;

/** A mosquitto of this test alone, which asks for a password or not. */
export interface Broker {
  /** ws:// */
  readonly url: string;
  publish(topic: string, payloads: readonly string[]): void;
  stop(): Promise<void>;
  /** At the same address. */
  start(): Promise<void>;
  dispose(): Promise<void>;
}

const user = ['plant', 'secret'] as const;

export async function openBroker({ anonymous }: { readonly anonymous: boolean }): Promise<Broker> {
  const broker = await openMosquitto(anonymous ? {} : { users: { [user[0]]: user[1] } });
  return {
    url: broker.webSocketUrl,
    publish: (topic, payloads) => broker.publish(topic, payloads, anonymous ? undefined : user),
    stop: () => broker.kill(),
    start: () => broker.start(),
    dispose: () => broker.dispose(),
  };
}

import { recordOf } from '../../../devices/agent/message.ts';
import { decodeRecord, type OutRecord } from '../../../devices/record.ts';
import { SensorPool } from '../../../devices/scoring/pool.ts';
import { Connection } from '../../../devices/mqtt/connect.ts';
import { connectionDefaults } from '../../../devices/mqtt/options.ts';
import { quiet } from '../../../devices/log.ts';
import { gearbox, recording } from '../gearbox.ts';

const epoch = Date.UTC(2026, 0, 1);

interface Login {
  readonly user: string;
  readonly password: string;
}

const passwordName = 'SANDGLASS_TEST_PASSWORD';

/** A sensor of the fleet: the recording that it plays, and where it begins. */
export interface FleetSensor {
  readonly name: string;
  readonly state: 'healthy' | 'broken';
  readonly from: number;
}

/** A gateway that scores recorded data with the gearbox's artifact and publishes what the agent would, to a real broker. */
export interface Gateway {
  /** One sample of each of these sensors (all, by default), scored and published. */
  step(only?: (sensor: FleetSensor) => boolean): Promise<void>;
  /** Values that are missing: the window has no score. */
  blind(name: string): Promise<void>;
  /** What was published last of a sensor, once more. */
  repeat(name: string): Promise<void>;
  offline(): Promise<void>;
  close(): Promise<void>;
}

export async function openGateway(
  url: string,
  node: string,
  sensors: readonly FleetSensor[],
  login: Login | null = null,
): Promise<Gateway> {
  const rows = { healthy: recording('healthy'), broken: recording('broken') };
  const made: OutRecord[] = [];
  const artifact = await gearbox();
  const pool = new SensorPool(artifact, {
    publish: { every: 1, change: null },
    why: 3,
    onPublished: (scored) => made.push(decodeRecord(recordOf(node, epoch, artifact, scored))),
  });
  const last = new Map<string, OutRecord>();
  const { connection, online } = connect(url, node, login);
  await online;
  const publish = (topic: string, payload: Uint8Array, retain = false): Promise<void> =>
    connection.publish(`sandglass/${node}/${topic}`, payload, { qos: retain ? 1 : 0, retain });
  const flush = async (): Promise<void> => {
    pool.flush();
    for (const record of made.splice(0)) {
      const { device, json, alarmChanged } = record;
      last.set(device, record);
      await publish(`${device}/score`, json);
      if (alarmChanged) await publish(`${device}/alarm`, json, true);
    }
  };
  await publish('status', Buffer.from('{"status":"online"}'), true);
  let turn = 0;
  return {
    async step(only = () => true) {
      for (const sensor of sensors.filter(only)) {
        const recorded = rows[sensor.state];
        pool.push(pool.rows.take(sensor.name), recorded[(sensor.from + turn) % recorded.length]!, null);
      }
      turn++;
      await flush();
    },
    async blind(name) {
      pool.push(pool.rows.take(name), new Float32Array(16).fill(NaN), null);
      await flush();
    },
    repeat: (name) => publish(`${name}/score`, last.get(name)!.json),
    offline: () => publish('status', Buffer.from('{"status":"offline"}'), true),
    close: () => connection.close(),
  };
}

function connect(
  url: string,
  node: string,
  login: Login | null,
): { readonly connection: Connection; readonly online: Promise<void> } {
  let up: (() => void) | null = null;
  const online = new Promise<void>((resolve) => (up = resolve));
  const use = { where: node, clientId: node, sessionSeconds: 0, receiveMaximum: 10, maxPayloadBytes: 1000 };
  if (login !== null) process.env[passwordName] = login.password;
  const connection = new Connection(
    { ...connectionDefaults, url, user: login?.user ?? null, password: login === null ? null : { env: passwordName } },
    { ...use, online: () => up?.(), offline: () => {} },
    quiet,
  );
  connection.start();
  return { connection, online };
}

/** Sensors of these names; the first ones play the recording of the broken tooth, from these rows on. */
export const fleetOf = (names: readonly string[], broken: readonly number[]): readonly FleetSensor[] =>
  names.map((name, index) => ({
    name,
    state: index < broken.length ? 'broken' : 'healthy',
    from: broken[index] ?? (index * 37) % 90,
  }));

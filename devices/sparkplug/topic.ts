import { createHash } from 'node:crypto';
import { InputError } from '../../compiler/error.ts';

export const namespace = 'spBv1.0';

const nodeTypes = ['NBIRTH', 'NDEATH', 'NDATA', 'NCMD'] as const;
const deviceTypes = ['DBIRTH', 'DDEATH', 'DDATA', 'DCMD'] as const;

export type NodeMessageType = (typeof nodeTypes)[number];
export type DeviceMessageType = (typeof deviceTypes)[number];

/** An edge node: group and node together are its identity. */
export interface NodeId {
  readonly group: string;
  readonly node: string;
}

export type Topic = NodeId &
  ({ readonly type: NodeMessageType; readonly device: null } | { readonly type: DeviceMessageType; readonly device: string });

export const nodeTopic = ({ group, node }: NodeId, type: NodeMessageType): string => `${namespace}/${group}/${type}/${node}`;

export const deviceTopic = ({ group, node }: NodeId, type: DeviceMessageType, device: string): string =>
  `${namespace}/${group}/${type}/${node}/${device}`;

export const stateTopic = (host: string): string => `${namespace}/STATE/${host}`;

/** What a topic says; null where it is none of an edge node or device in this namespace. */
export function parseTopic(topic: string): Topic | null {
  const [space, group, type, node, device, ...rest] = topic.split('/');
  if (space !== namespace || !isId(group) || !isId(node) || rest.length > 0) return null;
  const ofNode = nodeTypes.find((name) => name === type);
  if (ofNode !== undefined) return device === undefined ? { group, node, type: ofNode, device: null } : null;
  const ofDevice = deviceTypes.find((name) => name === type);
  return ofDevice !== undefined && isId(device) ? { group, node, type: ofDevice, device } : null;
}

/** Reserved in topics, control characters (MQTT 5.0, 1.5.4) and halves of surrogate pairs, which UTF-8 cannot say. */
const notInIds = /[+/#\p{Cc}\p{Surrogate}]/u;

const isId = (id: string | undefined): id is string => id !== undefined && id !== '' && !notInIds.test(id);

/** Throws an InputError where a group, node or host cannot be a part of a topic. `where`: the key that gave it. */
export function checkId(id: string, where: string): string {
  if (isId(id)) return id;
  throw new InputError({
    where,
    what: `${JSON.stringify(id)} cannot be part of a Sparkplug topic`,
    hint: 'Use at least one character, and none of + / # and control characters.',
  });
}

/** UTF-16 units that are kept of a name: topics end at 65,535 bytes, and travel with every message. */
const keptLength = 200;

/**
 * The device id of a sensor: its name, where that can be part of a topic. Else what can be kept of it and six digits of the name's
 * SHA-256: two names give two ids, and the same one at every start.
 */
export function deviceId(sensor: string): string {
  if (isId(sensor) && sensor.length <= keptLength) return sensor;
  const kept = sensor.slice(0, keptLength).replaceAll(new RegExp(notInIds, 'gu'), '-');
  return `${kept}-${createHash('sha256').update(sensor).digest('hex').slice(0, 6)}`;
}

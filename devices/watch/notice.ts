/** A message about a sensor or a gateway, as far as the board needs it. */
export type Notice =
  | (SensorNotice & { readonly kind: 'score' })
  /** Retained by the broker: how the alarm of a sensor stood last. */
  | (SensorNotice & { readonly kind: 'alarm' })
  /** The retained state was deleted: the gateway has given the sensor up. */
  | { readonly kind: 'removed'; readonly node: string; readonly device: string }
  | { readonly kind: 'gateway'; readonly node: string; readonly isOnline: boolean };

export interface SensorNotice {
  /** Levels of the topic: a broker's ACL is about these, so no gateway can speak for another one. */
  readonly node: string;
  readonly device: string;
  /** What the sensor calls itself: a topic cannot hold every name. */
  readonly label: string;
  /** null: the message does not number itself. */
  readonly epoch: number | null;
  readonly seq: number | null;
  /** Milliseconds since 1970 of the newest sample and of the score. */
  readonly time: number | null;
  readonly scoredAt: number | null;
  readonly score: number | null;
  readonly threshold: number | null;
  readonly alarm: boolean;
  readonly why: readonly Share[];
  readonly artifact: string | null;
}

export interface Share {
  readonly channel: string;
  /** 0 to 1. */
  readonly share: number;
}

/** Characters of a name; a message with a longer one is malformed. */
export const mostNameLength = 200;

/** Channels that are kept of `why`. */
const mostChannels = 3;

/** The topics of all gateways. Throws a RangeError where the prefix cannot be one. */
export function filtersOf(prefix: string): readonly string[] {
  if (!/^[^+#\0]+$/.test(prefix) || prefix.startsWith('$')) {
    throw new RangeError(`a prefix of topics has no + or #, found ${JSON.stringify(prefix)}`);
  }
  return [`${prefix}/+/+/score`, `${prefix}/+/+/alarm`, `${prefix}/+/status`];
}

/** Reads `<prefix>/<node>/<device>/score` or `alarm` (docs/score.schema.json), or `<prefix>/<node>/status`. null: it is none of these. */
export function readNotice(prefix: string, topic: string, payload: Uint8Array): Notice | null {
  if (!topic.startsWith(`${prefix}/`)) return null;
  const levels = topic
    .slice(prefix.length + 1)
    .split('/')
    .map(nameOfLevel);
  const [node, device, kind] = levels;
  if (node === undefined || !isName(node)) return null;
  if (levels.length === 2 && device === 'status') return readStatus(node, payload);
  if (levels.length !== 3 || device === undefined || !isName(device) || (kind !== 'score' && kind !== 'alarm')) return null;
  if (payload.length === 0) return kind === 'alarm' ? { kind: 'removed', node, device } : null;
  const sensor = readSensor(node, device, payload);
  return sensor === null ? null : { kind, ...sensor };
}

/** What `topicLevel` of devices/sinks/topics.ts makes of the characters that a topic reserves. */
const nameOfLevel = (level: string): string =>
  level.replaceAll(/%(2F|2B|23|25)/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)));

/** `online` or `offline` as text, or as `status` or `state` of a JSON object. */
function readStatus(node: string, payload: Uint8Array): Notice | null {
  const text = textOf(payload).trim();
  const value = text.startsWith('{') ? parse(text) : { status: text };
  if (!isObject(value)) return null;
  const word = value['status'] ?? value['state'];
  return word === 'online' || word === 'offline' ? { kind: 'gateway', node, isOnline: word === 'online' } : null;
}

function readSensor(node: string, device: string, payload: Uint8Array): SensorNotice | null {
  const value = parse(textOf(payload));
  if (!isObject(value) || typeof value['alarm'] !== 'boolean') return null;
  const artifact = isObject(value['artifact']) ? value['artifact']['name'] : null;
  return {
    node,
    device,
    label: isName(value['device']) ? value['device'] : device,
    epoch: wholeOrNull(value['epoch']),
    seq: wholeOrNull(value['seq']),
    time: timeOrNull(value['time']),
    scoredAt: timeOrNull(value['scoredAt']),
    score: numberOrNull(value['score']),
    threshold: numberOrNull(value['threshold']),
    alarm: value['alarm'],
    why: Array.isArray(value['why']) ? value['why'].slice(0, mostChannels).flatMap(readShare) : [],
    artifact: isName(artifact) ? artifact : null,
  };
}

function readShare(value: unknown): Share[] {
  if (!isObject(value)) return [];
  const { channel, share } = value;
  return isName(channel) && typeof share === 'number' && share >= 0 && share <= 1 ? [{ channel, share }] : [];
}

const decoder = new TextDecoder();
const textOf = (bytes: Uint8Array): string => decoder.decode(bytes);

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '' && value.length <= mostNameLength;

const numberOrNull = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

const wholeOrNull = (value: unknown): number | null => (Number.isSafeInteger(value) ? Number(value) : null);

function timeOrNull(value: unknown): number | null {
  const ms = typeof value === 'string' ? Date.parse(value) : NaN;
  return Number.isNaN(ms) ? null : ms;
}

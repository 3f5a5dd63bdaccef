/** What a host application says of itself on spBv1.0/STATE/<host>. */
export interface HostState {
  readonly online: boolean;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
}

/** A STATE is two fields: more than this was not written by a host application. */
const maxBytes = 4096;

/** Reads the JSON of Sparkplug 3.0; null where it is something else (the words ONLINE and OFFLINE of 2.2 among it). Never throws. */
export function parseState(payload: Uint8Array): HostState | null {
  if (payload.length > maxBytes) return null;
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('online' in value) || !('timestamp' in value)) return null;
  const { online, timestamp } = value;
  if (typeof online !== 'boolean' || typeof timestamp !== 'number' || !Number.isFinite(timestamp) || timestamp < 0) return null;
  return { online, timestamp };
}

import type { Notice } from './notice.ts';
import { Row, type Facts } from './row.ts';
import type { Condition } from './severity.ts';

export interface BoardOptions {
  /** Sensors of all gateways; of more it is only counted how often they spoke. */
  readonly maxSensors: number;
  readonly maxGateways: number;
}

export const boardDefaults: BoardOptions = { maxSensors: 20_000, maxGateways: 1000 };

export interface Gateway {
  readonly node: string;
  /** null: it never said. */
  readonly isOnline: boolean | null;
  /** Milliseconds since 1970 when it said so, or when it was met. */
  readonly sinceMs: number;
  readonly sensors: number;
}

/** Something that a person wants to hear of. */
export type Change =
  | { readonly what: 'alarm-on' | 'alarm-off' | Condition; readonly sensor: Facts }
  | { readonly what: 'online' | 'offline'; readonly node: string };

/** What became of the messages. */
export interface Tally {
  scores: number;
  /** What was not understood. */
  malformed: number;
  /** Seen before, by device, epoch and seq. */
  duplicates: number;
  /** Numbers that were left out. */
  gaps: number;
  /** About sensors or gateways beyond the limits. */
  refused: number;
}

/** Changes that are kept until somebody takes them. */
const mostChanges = 1000;

/** A row that was silent for so long gives its place away where there is none; looked for once a second at most. */
const [staleMs, sweepMs] = [600_000, 1000];

/** All sensors that speak: messages in, rows out. No network and no clock of its own: times are given, milliseconds since 1970. */
export class Board {
  readonly tally: Tally = { scores: 0, malformed: 0, duplicates: 0, gaps: 0, refused: 0 };
  /** Grows when the condition of a row changes, or a row comes or goes. */
  version = 0;
  readonly #options: BoardOptions;
  readonly #rows = new Map<string, Row>();
  readonly #gateways = new Map<string, { isOnline: boolean | null; sinceMs: number; sensors: number }>();
  #changes: Change[] = [];
  #nextId = 1;
  /** Grows with each connection to the broker. */
  #session = 0;
  #connectedMs: number | null = null;
  #sweptMs = -Infinity;

  constructor(options: BoardOptions = boardDefaults) {
    this.#options = options;
  }

  get size(): number {
    return this.#rows.size;
  }

  rows(): Iterable<Row> {
    return this.#rows.values();
  }

  gateways(): Gateway[] {
    return [...this.#gateways].map(([node, gateway]) => ({ node, ...gateway }));
  }

  /** Silence counts from here on. */
  connected(nowMs: number): void {
    this.#session++;
    this.#connectedMs = nowMs;
  }

  /** Nobody can be silent towards one who does not listen. */
  disconnected(): void {
    this.#connectedMs = null;
  }

  take(notice: Notice, nowMs: number): void {
    if (notice.kind === 'gateway') return this.#takeGateway(notice.node, notice.isOnline, nowMs);
    const key = keyOf(notice.node, notice.device);
    if (notice.kind === 'removed') return this.#remove(key);
    const row = this.#rows.get(key) ?? this.#add(key, notice.node, notice.device, nowMs);
    if (row === null) {
      this.tally.refused++;
      return;
    }
    const wasOn = row.alarm;
    const effect =
      notice.kind === 'alarm'
        ? row.takeAlarm(notice)
        : row.takeScore(notice, this.#session, nowMs, (count) => (this.tally.gaps += count));
    if (notice.kind === 'score') this.tally[effect === 'taken' ? 'scores' : 'duplicates']++;
    if (effect === 'duplicate') return;
    if (row.alarm !== wasOn) this.#tell({ what: row.alarm ? 'alarm-on' : 'alarm-off', sensor: row.facts() });
    this.#judge(row, nowMs);
  }

  malformed(): void {
    this.tally.malformed++;
  }

  /** Finds who has become silent. Call it once a second or so. */
  tick(nowMs: number): void {
    for (const row of this.#rows.values()) this.#judge(row, nowMs);
  }

  /** What happened since the last call. */
  takeChanges(): readonly Change[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  counts(): Readonly<Record<Condition, number>> {
    const counts = { alarm: 0, above: 0, blind: 0, silent: 0, normal: 0, waiting: 0, offline: 0 };
    for (const { condition } of this.#rows.values()) counts[condition]++;
    return counts;
  }

  #add(key: string, node: string, device: string, nowMs: number): Row | null {
    const gateway = this.#gateway(node, nowMs);
    if (gateway === null) return null;
    if (this.#rows.size >= this.#options.maxSensors) this.#sweep(nowMs);
    if (this.#rows.size >= this.#options.maxSensors) return null;
    const row = new Row(this.#nextId++, node, device);
    this.#rows.set(key, row);
    gateway.sensors++;
    this.version++;
    return row;
  }

  #remove(key: string): void {
    const row = this.#rows.get(key);
    if (row === undefined) return;
    this.#rows.delete(key);
    const gateway = this.#gateways.get(row.node);
    if (gateway !== undefined) gateway.sensors--;
    this.version++;
  }

  #sweep(nowMs: number): void {
    if (nowMs - this.#sweptMs < sweepMs) return;
    this.#sweptMs = nowMs;
    for (const [key, { seenAt, condition }] of this.#rows) {
      if ((condition === 'silent' || condition === 'offline') && nowMs - (seenAt ?? 0) > staleMs) this.#remove(key);
    }
  }

  #gateway(node: string, nowMs: number) {
    const known = this.#gateways.get(node);
    if (known !== undefined) return known;
    if (this.#gateways.size >= this.#options.maxGateways) return null;
    const gateway = { isOnline: null, sinceMs: nowMs, sensors: 0 };
    this.#gateways.set(node, gateway);
    this.version++;
    return gateway;
  }

  #takeGateway(node: string, isOnline: boolean, nowMs: number): void {
    const gateway = this.#gateway(node, nowMs);
    if (gateway === null) {
      this.tally.refused++;
      return;
    }
    if (gateway.isOnline === isOnline) return;
    // What was so when we came is no news, except where it is bad.
    if (gateway.isOnline !== null || !isOnline) this.#tell({ what: isOnline ? 'online' : 'offline', node });
    gateway.isOnline = isOnline;
    gateway.sinceMs = nowMs;
    this.version++;
    for (const row of this.#rows.values()) if (row.node === node) this.#judge(row, nowMs);
  }

  #judge(row: Row, nowMs: number): void {
    const condition = this.#conditionOf(row, nowMs);
    if (condition === row.condition) return;
    const before = row.condition;
    row.condition = condition;
    row.version++;
    this.version++;
    // An alarm is told of where it goes on or off, a gateway once for all its sensors.
    if (isNews(before, condition)) this.#tell({ what: condition, sensor: row.facts() });
  }

  #conditionOf(row: Row, nowMs: number): Condition {
    if (row.alarm) return 'alarm';
    if (this.#gateways.get(row.node)?.isOnline === false) return 'offline';
    if (this.#isSilent(row, nowMs)) return 'silent';
    if (row.seenAt === null) return 'waiting';
    if (row.ratio === null) return 'blind';
    return row.ratio > 1 ? 'above' : 'normal';
  }

  /** Also of a row in alarm, whose condition does not say it. */
  isSilent(row: Row, nowMs: number): boolean {
    return this.#gateways.get(row.node)?.isOnline === false || this.#isSilent(row, nowMs);
  }

  #isSilent(row: Row, nowMs: number): boolean {
    if (this.#connectedMs === null) return row.condition === 'silent';
    return nowMs - Math.max(row.seenAt ?? 0, this.#connectedMs) > row.patienceMs;
  }

  #tell(change: Change): void {
    if (this.#changes.length < mostChanges) this.#changes.push(change);
  }
}

/** Levels of a topic hold no slash. */
const keyOf = (node: string, device: string): string => `${node}/${device}`;

const isUnknown = (condition: Condition): boolean => condition === 'blind' || condition === 'silent';

/** Whether one is told: a sensor can no longer be judged, or can again. */
const isNews = (before: Condition, now: Condition): boolean =>
  isUnknown(now) || (isUnknown(before) && (now === 'normal' || now === 'above'));

import type { Board } from './board.ts';
import type { Row } from './row.ts';
import { bySeverity, type Condition } from './severity.ts';
import type { GatewayView, RowView, Show } from './view.ts';

export interface ViewerOptions {
  /** Part of a sensor's, gateway's or artifact's name; '' lets all through. */
  readonly filter: string;
  readonly show: Show;
  /** Rows at most. */
  readonly limit: number;
}

/** Rows keep their places for so long, unless a condition changes: one cannot read what jumps. */
const reorderMs = 2000;

/** Gateways that a view names. */
const mostGateways = 50;

const groups: Readonly<Record<Show, readonly Condition[] | null>> = {
  all: null,
  alarm: ['alarm'],
  look: ['above', 'blind', 'silent'],
  normal: ['normal'],
};

/** One pair of eyes on a board: which rows it sees, in which order. */
export class Viewer {
  readonly #board: Board;
  readonly #options: ViewerOptions;
  readonly #needle: string;
  #orderedMs = -Infinity;
  #boardVersion = -1;
  #rows: readonly Row[] = [];
  #matching = 0;

  constructor(board: Board, options: ViewerOptions) {
    this.#board = board;
    this.#options = options;
    this.#needle = options.filter.trim().toLowerCase();
  }

  /** Sensors that the filter lets through, at the last look. */
  get matching(): number {
    return this.#matching;
  }

  /** The rows that are seen, the worst first. */
  rows(nowMs: number): readonly Row[] {
    const { version } = this.#board;
    if (version === this.#boardVersion && nowMs - this.#orderedMs < reorderMs) return this.#rows;
    this.#boardVersion = version;
    this.#orderedMs = nowMs;
    const matching = [...this.#board.rows()].filter((row) => this.#lets(row));
    this.#matching = matching.length;
    this.#rows = matching.toSorted(bySeverity).slice(0, this.#options.limit);
    return this.#rows;
  }

  #lets({ condition, name, node, artifact }: Row): boolean {
    const group = groups[this.#options.show];
    if (group !== null && !group.includes(condition)) return false;
    return this.#needle === '' || `${node}/${name} ${artifact ?? ''}`.toLowerCase().includes(this.#needle);
  }
}

const rank = ({ isOnline }: GatewayView): number => (isOnline === false ? 0 : 1);

/** Those that are offline first, then by name. */
export function gatewaysOf(board: Board): {
  readonly gateways: readonly GatewayView[];
  readonly counts: { readonly online: number; readonly offline: number };
} {
  const gateways = board.gateways();
  const offline = gateways.filter(({ isOnline }) => isOnline === false).length;
  return {
    gateways: gateways
      .toSorted((a, b) => rank(a) - rank(b) || (a.node < b.node ? -1 : a.node > b.node ? 1 : 0))
      .slice(0, mostGateways),
    counts: { online: gateways.length - offline, offline },
  };
}

export function rowView(board: Board, row: Row, nowMs: number): RowView {
  const { id, node, name, artifact, condition, score, threshold, ratio, alarmSince, scoredAt, seenAt, why } = row;
  return {
    id,
    node,
    name,
    artifact,
    condition,
    score,
    threshold,
    alarmSince,
    scoredAt,
    seenAt,
    why,
    silent: board.isSilent(row, nowMs),
    ratio: ratio === null || !Number.isFinite(ratio) ? null : Number(ratio.toPrecision(8)),
    history: row.history().map((value) => (Number.isFinite(value) ? Math.round(Math.min(100 * value, 1e5)) : null)),
  };
}

import { createColors } from 'picocolors';
import { plain } from '../../plain.ts';
import type { Board } from '../board.ts';
import type { Row } from '../row.ts';
import { conditions, type Condition } from '../severity.ts';
import type { LinkView } from '../view.ts';
import { gatewaysOf, type Viewer } from '../viewer.ts';
import { age, reasons, times } from '../words.ts';
import { bar, cell, sparkline } from './cells.ts';

export interface FrameInput {
  readonly board: Board;
  readonly viewer: Viewer;
  readonly link: LinkView;
  /** Of the terminal. */
  readonly columns: number;
  readonly lines: number;
  readonly colour: boolean;
  readonly nowMs: number;
}

type Colours = ReturnType<typeof createColors>;

interface Look {
  readonly sign: string;
  /** After the count, in the summary. */
  readonly word: string;
  readonly paint: 'red' | 'yellow' | 'magenta' | 'green' | 'gray';
}

const looks: Readonly<Record<Condition, Look>> = {
  alarm: { sign: '\u25b2', word: 'in alarm', paint: 'red' },
  above: { sign: '\u25b3', word: 'above threshold', paint: 'yellow' },
  blind: { sign: '?', word: 'without score', paint: 'magenta' },
  silent: { sign: '\u2026', word: 'silent', paint: 'magenta' },
  normal: { sign: '\u25cf', word: 'normal', paint: 'green' },
  waiting: { sign: '\u25cb', word: 'not heard yet', paint: 'gray' },
  offline: { sign: '\u00d7', word: 'of offline gateways', paint: 'gray' },
};

/** One column of the table; `width` 0 takes what is left. It is there in terminals of `from` columns or more. */
interface Column {
  readonly title: string;
  readonly width: number;
  readonly from: number;
  readonly align?: 'right';
  readonly text: (row: Row, width: number, nowMs: number) => string;
}

const table: readonly Column[] = [
  { title: 'SENSOR', width: 0, from: 0, text: ({ name }) => plain(name) },
  { title: 'GATEWAY', width: 16, from: 84, text: ({ node }) => plain(node) },
  { title: '     THRESHOLD', width: 18, from: 64, text: ({ ratio }, width) => bar(ratio, width) },
  { title: 'TIMES', width: 6, from: 28, align: 'right', text: ({ ratio }) => (ratio === null ? '-' : times(ratio)) },
  { title: 'LAST SCORES', width: 24, from: 100, text: (row, width) => sparkline(row.history(), width) },
  {
    title: 'AGE',
    width: 7,
    from: 44,
    align: 'right',
    text: ({ seenAt }, _, nowMs) => (seenAt === null ? '-' : age(nowMs - seenAt)),
  },
  { title: 'WHY', width: 32, from: 134, text: ({ why }) => reasons(why) },
];

/** The picture of a terminal: at most `lines` lines of at most `columns` columns. */
export function frame(input: FrameInput): string[] {
  const { board, viewer, lines, columns, nowMs } = input;
  const colours = createColors(input.colour);
  const head = [...summary(input, colours), ...troubles(input, colours)];
  const room = Math.max(0, lines - head.length - 2);
  const shown = viewer.rows(nowMs).slice(0, room);
  const titles = lineOf(columns, ({ title, align }, width) => cell(title, width, align));
  const rest = viewer.matching - shown.length;
  const foot = rest > 0 ? `${rest.toLocaleString('en')} more below` : board.size === 0 ? 'nothing heard yet' : 'no more';
  return [
    ...head,
    colours.dim(cell(`  ${titles}`, columns)),
    ...shown.map((row) => paintRow(row, input, colours)),
    colours.dim(cell(`  ${foot}, q to leave`, columns)),
  ].slice(0, lines);
}

function summary({ board, link, columns }: FrameInput, colours: Colours): string[] {
  const counts = board.counts();
  const { online, offline } = gatewaysOf(board).counts;
  const title = `sandglass watch  ${link.broker}  ${counted(board.size, 'sensor')} of ${counted(online + offline, 'gateway')}`;
  const parts = conditions
    .filter((condition) => counts[condition] > 0 || condition === 'alarm')
    .map((condition) => ({ count: counts[condition], ...looks[condition] }));
  let left = columns;
  const painted: string[] = [];
  for (const { sign, word, paint, count } of parts) {
    const text = `${sign} ${count.toLocaleString('en')} ${word}`;
    // Colours have no width: what is cut is cut before it is painted.
    if (left < text.length) break;
    left -= text.length + 3;
    painted.push(colours[count > 0 ? paint : 'dim'](text));
  }
  return [colours.bold(cell(title, columns)), painted.join('   ')];
}

const counted = (count: number, what: string): string => `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;

/** Gateways that are named, where there are more. */
const mostNamed = 3;

function troubles({ board, link, columns, nowMs }: FrameInput, { red, yellow }: Colours): string[] {
  const offline = gatewaysOf(board).gateways.filter(({ isOnline }) => isOnline === false);
  const named = offline
    .slice(0, mostNamed)
    .map(
      ({ node, sinceMs, sensors }) =>
        `! gateway ${plain(node)} is offline for ${age(nowMs - sinceMs)}: ${counted(sensors, 'sensor')}`,
    );
  const more = offline.length > mostNamed ? [`! and ${offline.length - mostNamed} more gateways`] : [];
  return [
    ...(link.isOnline ? [] : [red(cell(`! no connection to the broker: ${plain(link.reason)}`, columns))]),
    ...[...named, ...more].map((text) => yellow(cell(text, columns))),
  ];
}

function paintRow(row: Row, { board, columns, nowMs }: FrameInput, colours: Colours): string {
  const { sign, paint } = looks[row.condition];
  const text = lineOf(columns, (column, width) => cell(column.text(row, width, nowMs), width, column.align));
  const colour = colours[paint];
  if (row.condition === 'normal') return `${colour(sign)} ${text}`;
  // An alarm of which nothing new is known.
  const isOld = row.condition === 'alarm' && board.isSilent(row, nowMs);
  return `${colour(sign)} ${isOld ? colours.dim(colour(text)) : colour(text)}`;
}

/** What is beside the sign and its space; two spaces between columns. */
function lineOf(columns: number, show: (column: Column, width: number) => string): string {
  const there = table.filter(({ from }) => columns >= from);
  const taken = there.reduce((sum, { width }) => sum + width, 0) + 2 * (there.length - 1) + 2;
  return there.map((column) => show(column, column.width === 0 ? Math.max(1, columns - taken) : column.width)).join('  ');
}

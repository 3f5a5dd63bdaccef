/** One line of the benchmark. */
export interface Row {
  readonly workload: string;
  readonly batch: number;
  readonly runtime: string;
  /** null: the runtime could not be measured. */
  readonly medianUs: number | null;
  /** Time over that of sandglass in the same run; sandglass itself is 1. */
  readonly timesSlower: number | null;
  /** null: nothing that one would ship. */
  readonly bytesToShip: number | null;
  readonly coldMs: number | null;
  readonly residentMb: number | null;
}

/** A Markdown table per workload and batch. */
export function formatRows(rows: readonly Row[]): string {
  const groups = new Map<string, Row[]>();
  for (const row of rows)
    groups.set(`${row.workload}, batch ${row.batch}`, [...(groups.get(`${row.workload}, batch ${row.batch}`) ?? []), row]);
  return [...groups].map(([title, group]) => `### ${title}\n\n${formatGroup(group)}\n`).join('\n');
}

function formatGroup(rows: readonly Row[]): string {
  const header = ['runtime', 'us per window', 'times slower', 'ships', 'cold start', 'memory'];
  const cells = rows.map(({ runtime, medianUs, timesSlower, bytesToShip, coldMs, residentMb }) => [
    runtime,
    medianUs?.toFixed(2) ?? 'failed',
    timesSlower?.toFixed(2) ?? '',
    bytesToShip === null ? '' : `${(bytesToShip / 1000).toFixed(0)} KB`,
    coldMs === null ? '' : `${coldMs.toFixed(1)} ms`,
    residentMb === null ? '' : `${residentMb.toFixed(1)} MB`,
  ]);
  return formatTable(header, cells);
}

/** Markdown; the first column is text, the others are figures. */
export function formatTable(header: readonly string[], cells: readonly (readonly string[])[]): string {
  const widths = header.map((title, column) => Math.max(title.length, ...cells.map((row) => row[column]!.length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(' | ')} |`;
  return [
    line(header),
    `| ${widths.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`,
    ...cells.map(line),
  ].join('\n');
}

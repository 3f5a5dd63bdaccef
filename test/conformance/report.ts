import type { Outcome } from './case.ts';

/** A row per operator, then each test that did not pass with its reason, then the sums. */
export function report(tests: readonly Outcome[]): string {
  const operators = [...new Set(tests.map(({ op }) => op))].toSorted();
  const width = Math.max(8, ...operators.map((op) => op.length));
  const row = (name: string, cells: readonly (string | number)[]): string =>
    `${name.padEnd(width)}${cells.map((cell) => String(cell).padStart(9)).join('')}`;
  const odd = tests.filter(({ result }) => result !== 'pass');
  return [
    row('operator', ['pass', 'refused', 'fail']),
    ...operators.map((op) => row(op, counts(tests.filter((test) => test.op === op)))),
    row('all', counts(tests)),
    '',
    ...odd.map(({ result, name, reason }) => `${result}  ${name}: ${reason}`),
    '',
  ].join('\n');
}

const counts = (list: readonly Outcome[]): number[] =>
  (['pass', 'refused', 'fail'] as const).map((result) => list.filter((test) => test.result === result).length);

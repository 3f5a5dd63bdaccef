import { joinConstants, type Pass } from '../define.ts';
import { perUnit } from '../each.ts';

/**
 * out[to + i] = v[i] * (P v)[i], one thread for each i: the sums in four lanes by j modulo 4, then (l0 + l1) + (l2 + l3). v begins the scratch
 * memory; of a window that holds `stride` words, `out` as many as it has. P: for every four neighbouring i, P[i][j] of these beside each
 * other for j = 0, 1, ...
 */
export function quadratic(
  n: number,
  matrix: Float32Array,
  { stride, writes, to }: { readonly stride: number; readonly writes: 'errors' | 'scratch'; readonly to: number },
): Pass {
  const width = 4 * Math.ceil(n / 4);
  const v = writes === 'scratch' ? (j: string) => `out[window * ${stride}u + ${j}]` : (j: string) => `v_at(window, ${j})`;
  const lane = (l: number, j: string): string =>
    `l${l} = f_add(l${l}, f_multiply(constants[p + 4u * (${j} + ${l}u)], ${v(`${j} + ${l}u`)}));`;
  const whole = n - (n % 4);
  const lanes = (count: number, j: string): string => Array.from({ length: count }, (_, l) => lane(l, j)).join('\n    ');
  return {
    program: perUnit(
      n,
      '',
      `let p = (unit - unit % 4u) * ${width}u + unit % 4u;
  var l0 = 0u;
  var l1 = 0u;
  var l2 = 0u;
  var l3 = 0u;
  for (var j = 0u; j < ${whole}u; j += 4u) {
    ${lanes(4, 'j')}
  }
  ${lanes(n % 4, `${whole}u`)}
  out[window * ${stride}u + ${to}u + unit] = f_multiply(${v('unit')}, f_add(f_add(l0, l1), f_add(l2, l3)));`,
    ),
    reads: writes === 'scratch' ? {} : { v: 'scratch' },
    writes,
    constants: joinConstants([matrix]).constants,
  };
}

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
  // Loops, not four lines each: what f_add and f_multiply are, compilers repeat at each call.
  return {
    program: perUnit(
      n,
      '',
      `let p = (unit - unit % 4u) * ${width}u + unit % 4u;
  var lanes: array<u32, 4>;
  for (var j = 0u; j < ${n}u; j += 4u) {
    for (var l = 0u; l < min(4u, ${n}u - j); l++) {
      lanes[l] = f_add(lanes[l], f_multiply(constants[p + 4u * (j + l)], ${v('j + l')}));
    }
  }
  // (l0 + l1), (l2 + l3), and the sum of both.
  for (var l = 0u; l < 3u; l++) {
    lanes[l] = f_add(lanes[select(2u * l, 0u, l == 2u)], lanes[select(2u * l + 1u, 1u, l == 2u)]);
  }
  out[window * ${stride}u + ${to}u + unit] = f_multiply(${v('unit')}, lanes[2]);`,
    ),
    reads: writes === 'scratch' ? {} : { v: 'scratch' },
    writes,
    constants: joinConstants([matrix]).constants,
  };
}

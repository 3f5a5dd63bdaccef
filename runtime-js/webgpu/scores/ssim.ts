import { imageLayout } from '../../artifact/image.ts';
import { joinConstants, type Pass } from '../define.ts';
import { perUnit } from '../each.ts';
import { bits } from '../wgsl/float32.ts';
import { meanOfErrors, type ScoreShader } from './define.ts';

/** Pixels of a window each way, less one. */
const whole = 6;

/** Sums of columns: of x', y', x - y, (x - y)^2, x'^2 + y'^2, where x' = x - least. */
const parts = 5;

/** The scratch memory: the sums down seven rows, one part behind the other. `constants`: least value, C1, C2. */
export const ssim: ScoreShader = {
  lower: ({ n, shape, constants: [fitted] }) => {
    const image = imageLayout(shape)!;
    const { planes, height, row, step } = image;
    const [rows, columns] = [height - whole, row - whole * step];
    const part = planes * rows * row;
    const { constants } = joinConstants([fitted!]);
    const down: Pass = {
      program: perUnit(
        part,
        '',
        `let plane = unit / ${rows * row}u;
  let first = plane * ${height * row}u + unit % ${rows * row}u;
  let least = constants[0];
  var sx = 0u;
  var sy = 0u;
  var sd = 0u;
  var sdd = 0u;
  var sqq = 0u;
  for (var i = first; i <= first + ${whole * row}u; i += ${row}u) {
    let x = x_at(window, i);
    let y = y_at(window, i);
    let d = f_subtract(x, y);
    let u = f_subtract(x, least);
    let v = f_subtract(y, least);
    sx = f_add(sx, u);
    sy = f_add(sy, v);
    sd = f_add(sd, d);
    sdd = f_add(sdd, f_multiply(d, d));
    sqq = f_add(sqq, f_add(f_multiply(u, u), f_multiply(v, v)));
  }
  let to = window * ${parts * part}u + unit;
  out[to] = sx;
  out[to + ${part}u] = sy;
  out[to + ${2 * part}u] = sd;
  out[to + ${3 * part}u] = sdd;
  out[to + ${4 * part}u] = sqq;`,
      ),
      reads: { x: 'target', y: 'reconstruction' },
      writes: 'scratch',
      constants,
    };
    const similarity: Pass = {
      program: perUnit(n, along(part, step), similarityOf({ n, planes, height, row, step, rows, columns, part })),
      reads: { sums: 'scratch' },
      writes: 'errors',
      constants,
    };
    return meanOfErrors(n, [down, similarity], parts * part);
  },
};

const along = (part: number, step: number): string => `
fn along(window: u32, list: u32, at: u32) -> u32 {
  var sum = 0u;
  for (var k = 0u; k <= ${whole}u; k++) { sum = f_add(sum, sums_at(window, list * ${part}u + at + k * ${step}u)); }
  return sum;
}
fn square(a: u32) -> u32 { return f_multiply(a, a); }
// max(0, a), of NaN NaN.
fn at_least_zero(a: u32) -> u32 { return select(a, 0u, !f_is_nan(a) && (a & F_SIGN) != 0u); }
`;

/** Of the pixel in the middle of each window; 0 within three pixels of the border. */
function similarityOf(
  of: Readonly<Record<'n' | 'planes' | 'height' | 'row' | 'step' | 'rows' | 'columns', number>> & { readonly part: number },
): string {
  const [perPixel, perFreedom] = [bits(1 / 49), bits(1 / 48)];
  const margin = (whole / 2) * of.step;
  return `let plane = unit / ${of.height * of.row}u;
  let y = (unit / ${of.row}u) % ${of.height}u;
  let x = unit % ${of.row}u;
  let to = window * ${of.n}u + unit;
  out[to] = 0u;
  if (y < ${whole / 2}u || y >= ${of.rows + whole / 2}u || x < ${margin}u || x >= ${of.columns + margin}u) { return; }
  let at = plane * ${of.rows * of.row}u + (y - ${whole / 2}u) * ${of.row}u + x - ${margin}u;
  let sx = along(window, 0u, at);
  let sy = along(window, 1u, at);
  let sd = along(window, 2u, at);
  let sdd = along(window, 3u, at);
  let sqq = along(window, 4u, at);
  let mx = f_add(f_multiply(sx, ${perPixel}), constants[0]);
  let my = f_add(f_multiply(sy, ${perPixel}), constants[0]);
  let means = f_add(f_add(square(mx), square(my)), constants[1]);
  let p = f_divide(square(f_multiply(sd, ${perPixel})), means);
  let of_both = f_multiply(f_add(square(sx), square(sy)), ${perPixel});
  let both = at_least_zero(f_multiply(f_subtract(sqq, of_both), ${perFreedom}));
  let apart = at_least_zero(f_multiply(f_subtract(sdd, f_multiply(square(sd), ${perPixel})), ${perFreedom}));
  let q = f_divide(apart, f_add(both, constants[2]));
  let unlike = f_subtract(f_add(p, q), f_multiply(p, q));
  out[to] = f_multiply(unlike, ${bits(of.n / (of.planes * of.rows * of.columns))});`;
}

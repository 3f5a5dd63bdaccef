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
  // Loops over lists, not a line for each: what f_add and f_multiply are, compilers repeat at each call.
  var sums: array<u32, ${parts}>;
  for (var i = first; i <= first + ${whole * row}u; i += ${row}u) {
    let x = x_at(window, i);
    let y = y_at(window, i);
    var minuends = array<u32, 3>(x, y, x);
    var subtrahends = array<u32, 3>(least, least, y);
    var squares: array<u32, 3>;
    for (var k = 0u; k < 3u; k++) {
      minuends[k] = f_subtract(minuends[k], subtrahends[k]);
      squares[k] = f_multiply(minuends[k], minuends[k]);
    }
    var terms = array<u32, ${parts}>(minuends[0], minuends[1], minuends[2], squares[2], f_add(squares[0], squares[1]));
    for (var k = 0u; k < ${parts}u; k++) { sums[k] = f_add(sums[k], terms[k]); }
  }
  for (var k = 0u; k < ${parts}u; k++) { out[window * ${parts * part}u + k * ${part}u + unit] = sums[k]; }`,
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
  // Of x, y, x - y, (x - y)^2, x^2 + y^2.
  var sums: array<u32, ${parts}>;
  for (var k = 0u; k < ${parts}u; k++) { sums[k] = along(window, k, at); }
  var squares: array<u32, 6>;
  for (var k = 0u; k < 3u; k++) {
    squares[k] = f_multiply(sums[k], sums[k]);
    let mean = f_multiply(sums[k], ${perPixel});
    let compared = f_add(mean, select(constants[0], 0u, k == 2u));
    squares[3u + k] = f_multiply(compared, compared);
  }
  // Variances of x - y, and of x and y together.
  var variances = array<u32, 2>(squares[2], f_add(squares[0], squares[1]));
  for (var k = 0u; k < 2u; k++) {
    let about = f_subtract(sums[3u + k], f_multiply(variances[k], ${perPixel}));
    variances[k] = at_least_zero(f_multiply(about, ${perFreedom}));
  }
  var shares = array<u32, 2>(squares[5], variances[0]);
  var wholes = array<u32, 2>(f_add(squares[3], squares[4]), variances[1]);
  for (var k = 0u; k < 2u; k++) { shares[k] = f_divide(shares[k], f_add(wholes[k], constants[1u + k])); }
  let unlike = f_subtract(f_add(shares[0], shares[1]), f_multiply(shares[0], shares[1]));
  out[to] = f_multiply(unlike, ${bits(of.n / (of.planes * of.rows * of.columns))});`;
}

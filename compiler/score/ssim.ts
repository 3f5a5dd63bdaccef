import { imageLayout } from '../../runtime-js/artifact/image.ts';
import { formatShape, sizeOf, type Shape } from '../ir/tensor.ts';
import { meanInOrder, ofResiduals, type Fitting, type ScoreDefinition } from './define.ts';
import { paddedTo4 } from './quadratic.ts';

/** Pixels of a window each way. */
const side = 7;
const pixels = side * side;

/**
 * 1 - the mean structural similarity of an image and its reconstruction (Wang et al. 2004, https://doi.org/10.1109/TIP.2003.819861), as
 * skimage.metrics.structural_similarity has it by default: all windows of 7 x 7 that lie in the image, unweighted, with sample (co)variances,
 * K1 = 0.01, K2 = 0.03, each channel by itself. The data range is that of the normal images. errors[i] = 1 - the similarity of the
 * window around pixel i, times pixels / windows, so that their mean is the score; 0 within 3 pixels of the border.
 * Fitted to [least value, K1^2 L^2, K2^2 L^2] with L the data range.
 */
export const ssim: ScoreDefinition<'reconstruction'> = {
  ...ofResiduals,
  refuse({ shape }) {
    const image = imageLayout(shape);
    if (image !== null && Math.min(image.height, image.width) >= side) return null;
    return {
      what: `--score ssim compares images of at least ${side} x ${side} pixels; the model takes ${formatShape(shape)}`,
      hint: 'Take --score mse, or weighted; or give a model whose input is [height x width x channels].',
    };
  },
  fit: () => fitRange(),
  reference(seen, errors, fitted, { shape }) {
    similarityInto(errors, seen, fitted, shape, Math.fround);
    return meanInOrder(errors);
  },
  exact(seen, fitted, { shape }) {
    const errors = new Float64Array(seen.x.length);
    similarityInto(errors, seen, fitted, shape, Number);
    return errors.reduce((sum, error) => sum + error, 0) / errors.length;
  },
  constants: (fitted) => [fitted],
  scratchBytes: ({ shape }) => scratchRows * 4 * paddedTo4(imageLayout(shape)!.row),
  extra({ constants, scratch }, { shape }) {
    const { planes, height, row, step } = imageLayout(shape)!;
    return [...constants, planes, height, row, step, scratch];
  },
};

/** Sums of columns: of x, y, x - y, (x - y)^2, x^2 + y^2. */
const scratchRows = 5;

function fitRange(): Fitting<'reconstruction'> {
  let [least, greatest] = [Infinity, -Infinity];
  return {
    look({ x }) {
      for (const value of x) [least, greatest] = [Math.min(least, value), Math.max(greatest, value)];
    },
    finish() {
      const range = greatest - least || 1;
      return Float32Array.of(least, (0.01 * range) ** 2, (0.03 * range) ** 2);
    },
  };
}

/**
 * 1 - (1 - p) (1 - q) = p + q - p q, with p = (mx - my)^2 / (mx^2 + my^2 + C1) and q = var(x - y) / (var x + var y + C2): the published
 * product without the differences of nearly equal numbers. Values are taken from the least one on, for the same reason. `round`: after each step.
 */
function similarityInto(
  errors: Float32Array | Float64Array,
  { x, y }: { readonly x: Float32Array; readonly y: Float32Array },
  fitted: Float32Array,
  shape: Shape,
  round: (value: number) => number,
): void {
  const { planes, height, row, step } = imageLayout(shape)!;
  const [least, c1, c2] = [fitted[0]!, fitted[1]!, fitted[2]!];
  const [whole, margin] = [side - 1, (side - 1) / 2];
  const [perPixel, perFreedom] = [round(1 / pixels), round(1 / (pixels - 1))];
  const scale = round(sizeOf(shape) / (planes * (height - whole) * (row - whole * step)));
  const squared = (value: number): number => round(value * value);
  const variance = (squares: number, ofSums: number): number =>
    Math.max(0, round(round(squares - round(ofSums * perPixel)) * perFreedom));
  errors.fill(0);
  // Sums down the seven rows of each column, from which those along seven columns are made: each is added up once.
  const sums = { x: columns(row), y: columns(row), d: columns(row), dd: columns(row), qq: columns(row) };
  const along = (of: Float64Array, j: number): number => {
    let total = 0;
    for (let k = 0; k < side; k++) total = round(total + of[j + k * step]!);
    return total;
  };
  for (let plane = 0; plane < planes; plane++) {
    for (let i = 0; i < height - whole; i++) {
      const start = (plane * height + i) * row;
      for (const of of Object.values(sums)) of.fill(0);
      for (let r = 0; r < side; r++) {
        for (let j = 0; j < row; j++) {
          const at = start + r * row + j;
          const [u, v, d] = [round(x[at]! - least), round(y[at]! - least), round(x[at]! - y[at]!)];
          sums.x[j] = round(sums.x[j]! + u);
          sums.y[j] = round(sums.y[j]! + v);
          sums.d[j] = round(sums.d[j]! + d);
          sums.dd[j] = round(sums.dd[j]! + squared(d));
          sums.qq[j] = round(sums.qq[j]! + round(squared(u) + squared(v)));
        }
      }
      for (let j = 0; j < row - whole * step; j++) {
        const [sx, sy, sd] = [along(sums.x, j), along(sums.y, j), along(sums.d, j)];
        const [mx, my] = [round(round(sx * perPixel) + least), round(round(sy * perPixel) + least)];
        const means = round(round(squared(mx) + squared(my)) + c1);
        const p = round(squared(round(sd * perPixel)) / means);
        const both = variance(along(sums.qq, j), round(squared(sx) + squared(sy)));
        const q = round(variance(along(sums.dd, j), squared(sd)) / round(both + c2));
        errors[start + j + margin * (row + step)] = round(round(round(p + q) - round(p * q)) * scale);
      }
    }
  }
}

const columns = (row: number): Float64Array => new Float64Array(row);

import { formatShape, sameShape, type Shape } from '../../compiler/ir/tensor.ts';
import type { FormatName } from '../../compiler/ops/number-formats.ts';
import type { OnnxTensor } from '../../compiler/read/onnx/tensor.ts';

interface Found {
  readonly format: FormatName;
  readonly shape: Shape;
  readonly data: Float32Array;
}

/** The tolerances of ONNX's own runner (https://github.com/onnx/onnx/blob/main/onnx/backend/test/loader/__init__.py). */
const relative = 1e-3;
const absolute = 1e-7;

/** What is wrong with a result, or null: format and shape agree, and |found - expected| <= absolute + relative * |expected|. */
export function difference(found: Found, expected: OnnxTensor): string | null {
  if (found.format !== expected.format) return `is ${found.format}, expected ${expected.format}`;
  if (!sameShape(found.shape, expected.shape)) {
    return `has shape ${formatShape(found.shape)}, expected ${formatShape(expected.shape)}`;
  }
  const at = expected.values.findIndex((value, i) => !isClose(found.data[i]!, value));
  return at < 0 ? null : `value ${at} is ${found.data[at]}, expected ${expected.values[at]}`;
}

/** As numpy.testing.assert_allclose: NaN equals NaN, infinities equal themselves. */
function isClose(found: number, expected: number): boolean {
  if (Number.isNaN(expected)) return Number.isNaN(found);
  if (!Number.isFinite(expected)) return found === expected;
  return Math.abs(found - expected) <= absolute + relative * Math.abs(expected);
}

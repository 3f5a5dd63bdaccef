import { formats } from '../../../ops/number-formats.ts';
import { castTo } from '../../compose.ts';
import type { Rows } from '../row.ts';

/** Between number types. In the graph all values are real ones in f32; the grid of an int8 result is put behind it by the reader. */
export const converting: Rows = {
  CAST: (node) => {
    const { type } = node.output(0);
    const format = Object.keys(formats).find((name) => name === type);
    if (format === undefined) throw node.refuse(`a conversion to ${type}`);
    return type === 'float32' ? node.input(0) : castTo(node, node.input(0), format as keyof typeof formats, false);
  },
  DEQUANTIZE: (node) => node.input(0),
  QUANTIZE: (node) => node.input(0),
};

import { defineOp, f32 } from './define.ts';
import { formats, type Conversion, type FormatName, type NumberFormat } from './number-formats.ts';

export interface Cast extends Conversion {
  readonly format: FormatName;
}

/** y = x rounded to a number format, still held in f32: whole numbers beyond 2^24 lose their low bits. */
export const cast = defineOp<Cast>({
  infer: (_, [x]) => f32(x!.shape),
  evaluate: (conversion, [x], shape) => {
    const format: NumberFormat = formats[conversion.format];
    return { shape, data: x!.data.map((value) => format.round(value, conversion)) };
  },
});

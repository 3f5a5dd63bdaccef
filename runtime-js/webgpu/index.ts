// Written by `npm run fix` from the files of this folder; `npm run check` fails when it is stale.
import { addFixed } from './add-fixed.ts';
import { affine } from './affine.ts';
import { binary } from './binary.ts';
import { conv } from './conv.ts';
import { convTranspose } from './conv-transpose.ts';
import { dequantize } from './dequantize.ts';
import { gather } from './gather.ts';
import { interpolate } from './interpolate.ts';
import { joinSums } from './join-sums.ts';
import { lookup } from './lookup.ts';
import { matmul } from './matmul.ts';
import { move } from './move.ts';
import { normalize } from './normalize.ts';
import { pool } from './pool.ts';
import { product } from './product.ts';
import { quantize } from './quantize.ts';
import { recurrent } from './recurrent.ts';
import { reduce } from './reduce.ts';
import { requantize } from './requantize.ts';
import { resample } from './resample.ts';
import { scale } from './scale.ts';
import { softmax } from './softmax.ts';
import { softmaxFixed } from './softmax-fixed.ts';
import { usage } from './usage.ts';

export const shaders = {
  addFixed,
  affine,
  binary,
  conv,
  convTranspose,
  dequantize,
  gather,
  interpolate,
  joinSums,
  lookup,
  matmul,
  move,
  normalize,
  pool,
  product,
  quantize,
  recurrent,
  reduce,
  requantize,
  resample,
  scale,
  softmax,
  softmaxFixed,
  usage,
};

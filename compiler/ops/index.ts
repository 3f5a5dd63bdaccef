// Written by `npm run fix` from the files of this folder; `npm run check` fails when it is stale.
import { affine } from './affine.ts';
import { binary } from './binary.ts';
import { cast } from './cast.ts';
import { concat } from './concat.ts';
import { conv } from './conv.ts';
import { convTranspose } from './conv-transpose.ts';
import { dense } from './dense.ts';
import { elementwise } from './elementwise.ts';
import { fakeQuantize } from './fake-quantize.ts';
import { gather } from './gather.ts';
import { matmul } from './matmul.ts';
import { normalize } from './normalize.ts';
import { pad } from './pad.ts';
import { pointwise } from './pointwise.ts';
import { pool } from './pool.ts';
import { recurrent } from './recurrent.ts';
import { reduce } from './reduce.ts';
import { resample } from './resample.ts';
import { reshape } from './reshape.ts';
import { sample } from './sample.ts';
import { softmax } from './softmax.ts';
import { transpose } from './transpose.ts';

export const ops = {
  affine,
  binary,
  cast,
  concat,
  conv,
  convTranspose,
  dense,
  elementwise,
  fakeQuantize,
  gather,
  matmul,
  normalize,
  pad,
  pointwise,
  pool,
  recurrent,
  reduce,
  resample,
  reshape,
  sample,
  softmax,
  transpose,
};

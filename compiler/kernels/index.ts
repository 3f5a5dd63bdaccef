// Written by `npm run fix` from the files of this folder; `npm run check` fails when it is stale.
import { interpolate } from './interpolate.ts';
import { lookup } from './lookup.ts';
import { matmul } from './matmul.ts';
import { quantize } from './quantize.ts';
import { reconstruct } from './reconstruct.ts';
import { scale } from './scale.ts';

export const kernels = {
  interpolate,
  lookup,
  matmul,
  quantize,
  reconstruct,
  scale,
};

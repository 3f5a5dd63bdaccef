// Written by `npm run fix` from the files of this folder; `npm run check` fails when it is stale.
import { affine } from './affine.ts';
import { binary } from './binary.ts';
import { dense } from './dense.ts';
import { elementwise } from './elementwise.ts';
import { matmul } from './matmul.ts';
import { reshape } from './reshape.ts';
import { softmax } from './softmax.ts';
import { transpose } from './transpose.ts';

export const rules = { affine, binary, dense, elementwise, matmul, reshape, softmax, transpose };

import type { Row, Rows } from '../row.ts';
import { attentionLayers } from './attention.ts';
import { constants } from './constants.ts';
import { converting } from './converting.ts';
import { convolution } from './convolution.ts';
import { einsum } from './einsum.ts';
import { linear } from './linear.ts';
import { moving } from './moving.ts';
import { random } from './noise.ts';
import { normalizing } from './normalizing.ts';
import { microsoftPointwise, pointwise } from './pointwise.ts';
import { pooling } from './pooling.ts';
import { quantized } from './quantized.ts';
import { recurrentLayers } from './recurrent.ts';
import { reductions } from './reducing.ts';
import { resizing } from './resize.ts';
import { shaping } from './shaping.ts';

/** One row per operator, by domain (https://onnx.ai/onnx/operators); '' is the default domain. */
export const domains: Readonly<Record<string, Rows>> = {
  '': {
    ...attentionLayers,
    ...constants,
    ...converting,
    ...convolution,
    ...einsum,
    ...linear,
    ...moving,
    ...normalizing,
    ...pointwise,
    ...pooling,
    ...quantized,
    ...random,
    ...recurrentLayers,
    ...reductions,
    ...resizing,
    ...shaping,
  },
  // What ONNX Runtime's tools write for types that the default domain took before opset 21.
  'com.microsoft': {
    ...microsoftPointwise,
    DequantizeLinear: quantized['DequantizeLinear']!,
    QuantizeLinear: quantized['QuantizeLinear']!,
  },
};

/** The row of an operator, or undefined. */
export const rowOf = (domain: string, operator: string): Row | undefined =>
  domains[domain === 'ai.onnx' ? '' : domain]?.[operator];

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { missing, sharedData } from '../data.ts';
import { findCases, runCase, type Outcome } from './case.ts';

const folder = 'onnx_node_tests';

/** What is refused, and why it is: `npm run conformance` prints the sentences. */
const refused = [
  // Random masks of training.
  'test_training_dropout',
  'test_training_dropout_default_mask',
  // Not a tensor.
  'test_identity_sequence',
  // Indices of the maxima.
  'test_maxpool_with_argmax_2d_precomputed_strides',
  // Tensors without values.
  'test_reduce_l1_empty_set',
  'test_reduce_l2_empty_set',
  'test_reduce_sum_empty_set',
  'test_reduce_sum_square_empty_set',
  'test_reshape_allowzero_reordered',
  'test_split_zero_size_splits_opset13',
];

test.skipIf(missing(folder) !== null)(
  'of the 364 backend tests of ONNX, all pass but ten, which are refused',
  { timeout: 60_000 },
  async () => {
    const outcomes: Outcome[] = [];
    for (const path of findCases(join(sharedData, folder))) outcomes.push(await runCase(path));
    expect(outcomes.filter(({ result }) => result === 'fail')).toEqual([]);
    expect(outcomes.filter(({ result }) => result === 'refused').map(({ name }) => name)).toEqual(
      expect.arrayContaining(refused),
    );
    expect(outcomes.filter(({ result }) => result === 'pass').length).toBe(364 - refused.length);
  },
);

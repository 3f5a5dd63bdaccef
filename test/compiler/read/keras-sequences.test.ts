import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { differenceFromMeaning, from, type MeantLayer } from './keras-config.ts';

beforeAll(() => tf.setBackend('cpu'));

/** Recurrence and attention that TF.js has not, said in its operators. */
const cases: Readonly<Record<string, MeantLayer>> = {
  'GRU with reset_after': {
    shape: [5, 3],
    layer: { kind: 'GRU', config: { units: 4, reset_after: true, return_sequences: true } },
    weights: { kernel: [3, 12], recurrent_kernel: [4, 12], bias: [2, 12] },
    meaning: (x, w) => {
      const [biasX, biasH] = tf.unstack(w('bias'));
      let h: tf.Tensor = tf.zeros([1, 4]);
      const states = tf.unstack(x, 1).map((step) => {
        const [zX, rX, cX] = tf.split(step.matMul(w('kernel')).add(biasX!), 3, 1);
        const [zH, rH, cH] = tf.split(h.matMul(w('recurrent_kernel')).add(biasH!), 3, 1);
        const z = zX!.add(zH!).sigmoid();
        const candidate = cX!.add(rX!.add(rH!).sigmoid().mul(cH!)).tanh();
        return (h = z.mul(h).add(tf.scalar(1).sub(z).mul(candidate)));
      });
      return tf.stack(states, 1);
    },
  },
  'Attention with a scale, causal': {
    shape: [5, 3],
    layer: { kind: 'Attention', config: { use_scale: true }, args: [[from('x'), from('x')]], kwargs: { use_causal_mask: true } },
    weights: { scale: [] },
    meaning: (x, w) => {
      const scores = tf.matMul(x, x, false, true).mul(w('scale'));
      const mask = tf.linalg.bandPart(tf.ones([5, 5]), -1, 0);
      return scores.sub(tf.scalar(1).sub(mask).mul(1e9)).softmax().matMul(x);
    },
  },
  AdditiveAttention: {
    shape: [5, 3],
    layer: { kind: 'AdditiveAttention', config: { use_scale: true }, args: [[from('x'), from('x')]] },
    weights: { scale: [3] },
    meaning: (x, w) =>
      x
        .reshape([1, 5, 1, 3])
        .add(x.reshape([1, 1, 5, 3]))
        .tanh()
        .mul(w('scale'))
        .sum(3)
        .softmax()
        .matMul(x),
  },
  'MultiHeadAttention, query and value by name': {
    shape: [5, 6],
    layer: {
      kind: 'MultiHeadAttention',
      config: { num_heads: 2, key_dim: 4, value_dim: 3 },
      args: [],
      kwargs: { query: from('x'), value: from('x') },
    },
    weights: {
      'query/kernel': [6, 2, 4],
      'query/bias': [2, 4],
      'key/kernel': [6, 2, 4],
      'key/bias': [2, 4],
      'value/kernel': [6, 2, 3],
      'value/bias': [2, 3],
      'attention_output/kernel': [2, 3, 6],
      'attention_output/bias': [6],
    },
    meaning: (x, w) => {
      const heads = (name: string): tf.Tensor =>
        tf
          .einsum('abc,cde->abde', x, w(`${name}/kernel`))
          .add(w(`${name}/bias`))
          .transpose([0, 2, 1, 3]);
      const shares = heads('query').matMul(heads('key'), false, true).div(2).softmax();
      const mixed = shares.matMul(heads('value')).transpose([0, 2, 1, 3]);
      return tf.einsum('abcd,cde->abe', mixed, w('attention_output/kernel')).add(w('attention_output/bias'));
    },
  },
};

describe('recurrence and attention, against operators of TF.js', () => {
  test.each(Object.entries(cases))('%s', (_, meant) => {
    expect(differenceFromMeaning(meant)).toBeLessThan(1e-5);
  });
});

import type { Operand } from '../api.ts';
import { scoredByMean, type LowerScore } from './define.ts';

/** Pixels of a window each way. */
const side = 7;
const pixels = side * side;
const margin = (side - 1) / 2;

export const ssim: LowerScore = ({ x, y, shape, constants: [fitted] }, net) => {
  const { builder, batch } = net;
  const [least, c1, c2] = [fitted![0]!, fitted![1]!, fitted![2]!];
  const [, a, b, c] = shape as readonly [number, number, number, number];
  // Channels first where that makes fewer channels, as compiler/score/ssim.ts reads it.
  const isFirst = a < c;
  const image = (values: Operand): Operand => {
    const whole = net.reshape(values, [batch, a, b, c]);
    return isFirst ? builder.transpose(whole, { permutation: [0, 2, 3, 1] }) : whole;
  };
  const [height, width, channels] = isFirst ? [b, c, a] : [a, b, c];
  const from = (values: Operand): Operand => builder.sub(image(values), net.constant([least]));
  const [u, v] = [from(x), from(y)];
  const d = builder.sub(u, v);
  const square = (values: Operand): Operand => builder.mul(values, values);
  const mean = (values: Operand): Operand =>
    builder.averagePool2d(values, {
      windowDimensions: [side, side],
      strides: [1, 1],
      dilations: [1, 1],
      padding: [0, 0, 0, 0],
      layout: 'nhwc',
    });
  const plus = (values: Operand, constant: number): Operand => builder.add(values, net.constant([constant]));
  /** Sample variance from the means of squares and of values. */
  const variance = (squares: Operand, ofMeans: Operand): Operand =>
    builder.max(net.times(builder.sub(squares, ofMeans), pixels / (pixels - 1)), net.constant([0]));
  const [mu, mv, md] = [mean(u), mean(v), mean(d)];
  const means = plus(builder.add(square(plus(mu, least)), square(plus(mv, least))), c1);
  const p = builder.div(square(md), means);
  const both = variance(mean(builder.add(square(u), square(v))), builder.add(square(mu), square(mv)));
  const q = builder.div(variance(mean(square(d)), square(md)), plus(both, c2));
  const windows = (height - side + 1) * (width - side + 1);
  const errors = net.times(builder.sub(builder.add(p, q), builder.mul(p, q)), (height * width) / windows);
  const border = [0, margin, margin, 0];
  const whole = builder.pad(errors, border, border);
  const ordered = isFirst ? builder.transpose(whole, { permutation: [0, 3, 1, 2] }) : whole;
  return scoredByMean(net.reshape(ordered, [batch, height * width * channels]), net);
};

import type { LowerScore } from './define.ts';

export const max: LowerScore = ({ x, y }, { builder }) => {
  const errors = builder.abs(builder.sub(x, y));
  return { score: builder.reduceMax(errors, { axes: [1], keepDimensions: true }), errors };
};

import { refuse } from './define.ts';

export const softmax = refuse<'softmax'>(
  'softmax is not supported yet; a reconstruction has no softmax, so this looks like a classifier',
);

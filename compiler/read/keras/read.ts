import type { FloatGraph } from '../../ops/float-graph.ts';
import type { Source } from '../source.ts';
import { withKerasFile } from './container.ts';
import { kerasGraph } from './graph.ts';

/** Reads a Keras .h5 (Keras 1 to 3, `model.save`). */
export const readKeras = ({ name, bytes }: Source): Promise<FloatGraph> =>
  withKerasFile(name, bytes, ({ config, weights }) => kerasGraph(name, config, weights));

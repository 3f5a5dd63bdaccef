import type { FloatGraph } from '../../ops/float-graph.ts';
import type { Source } from '../source.ts';
import { readKerasArchive } from './archive.ts';
import { readKerasH5 } from './h5.ts';

/** Reads a Keras model: a .keras archive, which is a zip, or a .h5. */
export const readKeras = (source: Source): Promise<FloatGraph> =>
  source.bytes[0] === 'P'.charCodeAt(0) ? readKerasArchive(source) : readKerasH5(source);

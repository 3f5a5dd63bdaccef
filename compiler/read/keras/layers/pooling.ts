import type { Pool } from '../../../ops/pool.ts';
import { reduce, reshape, shapeOf } from '../../compose.ts';
import { booleanOr, textOr } from '../config.ts';
import type { Row, Rows } from '../row.ts';
import { overChannelsLast, slidingOf, stridesOrSize } from '../window.ts';

/** Pools over 1 to 3 spatial axes. An average does not count the padding. */
export const pooling: Rows = {
  MaxPooling1D: pool('max', 1),
  MaxPooling2D: pool('max', 2),
  MaxPooling3D: pool('max', 3),
  AveragePooling1D: pool('average', 1),
  AveragePooling2D: pool('average', 2),
  AveragePooling3D: pool('average', 3),
  GlobalMaxPooling1D: globalPool('max', 1),
  GlobalMaxPooling2D: globalPool('max', 2),
  GlobalMaxPooling3D: globalPool('max', 3),
  GlobalAveragePooling1D: globalPool('mean', 1),
  GlobalAveragePooling2D: globalPool('mean', 2),
  GlobalAveragePooling3D: globalPool('mean', 3),
};

function pool(fn: Pool['fn'], axes: number): Row {
  return (layer) =>
    overChannelsLast(layer, axes, (x) => {
      const kernel = layer.perAxis('pool_size', axes, 2);
      const sliding = slidingOf(layer, x, kernel, stridesOrSize(layer, kernel));
      return layer.emit({ kind: 'pool', fn, kernel, ...sliding, countPadding: false, ceil: false }, [x]);
    });
}

/** [n x ...spatial x c] -> [n x c], or extents of 1 where the layer keeps them. */
function globalPool(fn: 'max' | 'mean', axes: number): Row {
  return (layer) => {
    const first = textOr(layer.config, 'data_format', 'channels_last') === 'channels_first' ? 2 : 1;
    const x = layer.input;
    const folded = reduce(
      layer,
      fn,
      x,
      Array.from({ length: axes }, (_, axis) => axis + first),
    );
    const shape = shapeOf(layer, folded);
    if (shape.length !== axes + 2) throw layer.refuse(`a tensor of rank ${shape.length}`);
    return booleanOr(layer.config, 'keepdims', false)
      ? folded
      : reshape(layer, folded, [shape[0]!, shape[first === 1 ? axes + 1 : 1]!]);
  };
}

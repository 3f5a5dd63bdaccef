import type { FormatName } from '../../../ops/number-formats.ts';
import { formats, isPlainFloat } from '../../../ops/number-formats.ts';
import type { OnnxNode } from '../node.ts';
import type { Formatted, Rows } from '../row.ts';
import { formatOf } from '../tensor.ts';

/** Conversions between number formats. */
export const converting: Rows = {
  Cast: (node) => cast(node, formatOf(node.int('to', 0), `${node.scope.file}, node "${node.name}" (Cast)`)),
  CastLike: (node) => cast(node, node.format(1)),
};

/** To a float that holds the values of the format before, nothing is to be done; an autoencoder's floats stay f32 throughout. */
function cast(node: OnnxNode, format: FormatName): Formatted {
  const x = node.input(0);
  const halves = format === 'float16' || format === 'bfloat16';
  if (isPlainFloat(format) || format === node.format(0) || (halves && !node.scope.rounds)) return { value: x, format };
  // A comparison gives 0 or 1, which every whole format holds.
  if (node.format(0) === 'bool' && formats[format].whole) return { value: x, format };
  const saturate = node.int('saturate', 1) !== 0;
  const direction = node.choice('round_mode', ['up', 'down', 'nearest']);
  return { value: node.emit({ kind: 'cast', format, saturate, direction }, [x]), format };
}

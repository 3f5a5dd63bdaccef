import type { ValueId } from '../../../ir/graph.ts';
import * as mirror from '../../mirror.ts';
import type { TfliteNode } from '../node.ts';
import type { Rows } from '../row.ts';
import { options } from '../schema.ts';

/** Inputs x, paddings [rank x 2] and, for PADV2, the value. */
export const padding: Rows = {
  MIRROR_PAD: mirrorPad,
  PAD: (node) => pad(node, 0),
  PADV2: (node) => pad(node, node.constant(2).data[0] ?? 0),
};

function padsOf(node: TfliteNode): { readonly begin: readonly number[]; readonly end: readonly number[] } {
  const pads = node.list(1);
  const shape = node.shape(0);
  if (pads.length !== 2 * shape.length) throw node.refuse(`paddings [${pads.join(', ')}]`, shape);
  return { begin: shape.map((_, axis) => pads[2 * axis]!), end: shape.map((_, axis) => pads[2 * axis + 1]!) };
}

function pad(node: TfliteNode, value: number): ValueId {
  const { begin, end } = padsOf(node);
  const none = [...begin, ...end].every((count) => count === 0);
  node.count(node.shape(0).reduce((size, extent, axis) => size * (begin[axis]! + extent + end[axis]!), 1));
  return none ? node.input(0) : node.emit({ kind: 'pad', begin, end, value }, [node.input(0)]);
}

function mirrorPad(node: TfliteNode): ValueId {
  const pads = padsOf(node);
  const mode = node.code(options.MirrorPad.mode);
  if (mode !== 0 && mode !== 1) throw node.refuse(`mode ${mode}`);
  const padded = mirror.mirrorPad(node, node.input(0), pads, mode === 0 ? 'reflect' : 'symmetric');
  if (padded === null) throw node.refuse(`padding by ${pads.begin.join(', ')} and ${pads.end.join(', ')}`, node.shape(0));
  return padded;
}

import { consumersOf, type Node, type ValueId } from '../ir/graph.ts';
import type { Quantization } from '../ir/tensor.ts';
import type { FloatGraph, Op } from '../ops/float-graph.ts';
import { widestInput } from './overflow.ts';

/** What becomes of those who read a value. */
export interface Readers {
  readonly graph: FloatGraph;
  /** Values that stay f32. */
  readonly float: ReadonlySet<ValueId>;
  /** Results of the layers whose weights are int16. */
  readonly wideLayers: ReadonlySet<ValueId>;
}

/** Ops whose result has the scale of their operand. */
const keepsScale: ReadonlySet<string> = new Set(['reshape', 'transpose', 'gather', 'pad', 'pool', 'resample']);

/** As wide as all that read a value allow: a table has 256 entries, so what is looked up stays int8; sums must fit int32. */
export function widthOf(id: ValueId, readers: Readers): Quantization['dtype'] {
  const allowed = new Set(consumersOf(readers.graph, id).map((consumer) => allowedBy(consumer, id, readers)));
  return (['i8', 'i14'] as const).find((width) => allowed.has(width)) ?? 'i16';
}

function allowedBy({ op, inputs, output }: Node<Op>, id: ValueId, readers: Readers): Quantization['dtype'] {
  if (keepsScale.has(op.kind)) return widthOf(output, readers);
  switch (op.kind) {
    case 'elementwise':
      return readers.float.has(id) ? 'i16' : 'i8';
    case 'softmax':
    case 'matmul':
    case 'pointwise':
      return 'i8';
    case 'binary':
    case 'affine':
    case 'concat':
      return 'i16';
    case 'dense':
    case 'conv':
    case 'convTranspose': {
      const weights = readers.graph.constants.get(inputs[1]!);
      return weights === undefined ? 'i8' : widestInput(weights, readers.wideLayers.has(output));
    }
    default:
      return 'i14';
  }
}

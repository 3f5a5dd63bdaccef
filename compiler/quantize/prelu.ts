import type { Node, ValueId } from '../ir/graph.ts';
import { storedRange } from '../kernels/stored.ts';
import type { Op } from '../ops/float-graph.ts';
import type { Quantization } from '../ir/tensor.ts';
import type { Clamp } from './linear.ts';
import type { Lowering } from './lowering.ts';

interface Parts {
  readonly factor: Float32Array;
  readonly offset: Float32Array;
}

const one = (factor: number): Parts => ({ factor: Float32Array.of(factor), offset: Float32Array.of(0) });

/**
 * max(x, 0) + slope * min(x, 0), with a slope per value: two affine kernels that cut at zero, one for the slopes, and a sum.
 * slopes: as many as the result has values.
 */
export function lowerPrelu(node: Node<Op>, lowering: Lowering, input: ValueId, slopes: Float32Array): void {
  const { id, quantization: from } = lowering.operand(input);
  const to = lowering.quantizationOf(node.output);
  const { low, high } = storedRange(to);
  const step = (name: string, x: ValueId, parts: Parts, quantization: Quantization, bounds: Partial<Clamp> = {}): ValueId => {
    const { kernel, constants } = lowering.affine(`${node.name}/${name}`, parts, slopes.length, quantization);
    return lowering.emitAs({ ...kernel, ...bounds }, `${node.name}/${name}`, x, quantization, constants);
  };
  const positive = step('positive', id, one(from.scale / to.scale), to, { low: Math.max(0, low) });
  const negative = step('negative', id, one(1), from, { high: 0 });
  const offset = new Float32Array(slopes.length);
  const factor = slopes.map((slope) => (slope * from.scale) / to.scale);
  const sloped = step('sloped', negative, { factor, offset }, to);
  const sum = { kind: 'binary', fn: 'add', scaleA: 1, scaleB: 1, inverseScale: 1, low, high } as const;
  lowering.emit(sum, node, [positive, sloped], to);
}

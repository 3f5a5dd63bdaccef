import type { FloatGraph, FloatGraphBuilder } from '../ops/float-graph.ts';
import { floatGraphBuilder } from '../ops/float-graph.ts';
import type { ValueId } from '../ir/graph.ts';
import type { Shape } from '../ir/tensor.ts';
import type { Scaling } from './scaling.ts';

/** What is put around a model, so that it takes what the pipeline gives: f32[samples x channels]. */
export interface Frame {
  /** What the model takes. */
  readonly shape: Shape;
  readonly samples: number;
  readonly channels: number;
  readonly scaling: Scaling | null;
}

/** Whether a model of this input shape reads the samples of each channel one after the other. A square one is read sample by sample. */
function isChannelsFirst(shape: Shape, samples: number, channels: number): boolean {
  const extents = shape.filter((extent) => extent !== 1);
  return extents.length === 2 && samples !== channels && extents[0] === channels && extents[1] === samples;
}

/** What comes before and behind the model's own graph; null: nothing. */
export function frameOf({ shape, samples, channels, scaling }: Frame): {
  readonly front: FloatGraph | null;
  readonly back: FloatGraph | null;
} {
  const channelsFirst = isChannelsFirst(shape, samples, channels);
  const front = (builder: FloatGraphBuilder): ValueId => {
    const window = builder.input('window', !channelsFirst && shape.at(-1) === channels ? shape : [samples, channels]);
    const scaled = scaling === null ? window : addScaling(builder, window, scaling);
    return channelsFirst ? builder.node(transposed, 'window/channels first', [scaled]) : scaled;
  };
  const back = (builder: FloatGraphBuilder): ValueId =>
    builder.node(transposed, 'reconstruction/samples first', [builder.input('reconstruction', [channels, samples])]);
  return {
    front: scaling === null && !channelsFirst ? null : build(front),
    back: channelsFirst ? build(back) : null,
  };
}

const transposed = { kind: 'transpose', permutation: [1, 0] } as const;

function addScaling(builder: FloatGraphBuilder, window: ValueId, { factor, offset }: Scaling): ValueId {
  const [scale, shift] = [factor, offset].map((values, i) =>
    builder.constant(`scaling/${i === 0 ? 'factor' : 'offset'}`, { shape: [values.length], data: Float32Array.from(values) }),
  );
  return builder.node({ kind: 'affine' }, 'scaling', [window, scale!, shift!]);
}

function build(add: (builder: FloatGraphBuilder) => ValueId): FloatGraph {
  const builder = floatGraphBuilder('pipeline');
  const output = add(builder);
  return builder.finish([output]);
}

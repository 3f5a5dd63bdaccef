import type { Target } from '../artifact/abi.ts';
import type { GraphConstant, GraphValue, StoredGraph } from '../artifact/graph.ts';
import { segmentsOfInterpolation, type Convolution, type Kernel, type KernelKind, type KernelOf } from '../artifact/kernel.ts';
import { convTransposeStreams } from '../artifact/layout/conv-transpose.ts';
import { convStreams } from '../artifact/layout/conv.ts';
import { matrixStream } from '../artifact/layout/matrix.ts';
import { readStreamInto, type Stream } from '../artifact/layout/stream.ts';
import { winogradOf } from '../artifact/layout/winograd.ts';
import type { Image } from './image.ts';

/** Where a kernel finds its constants, and how many values it reads and gives. */
interface Place {
  readonly addresses: readonly number[];
  readonly image: Image;
  readonly target: Target;
  readonly input: number;
  readonly output: number;
}

type Unpack<K extends KernelKind> = (kernel: KernelOf<K>, place: Place) => GraphConstant[];

const none = (): GraphConstant[] => [];

/** The constants of each kernel as runtime-js/artifact/kernel.ts lists them, from the pieces that compiler/kernels/<kernel>.ts packs. */
const table: { readonly [K in KernelKind]: Unpack<K> } = {
  addFixed: none,
  affine: ({ period }, { image, addresses: [factor, offset] }) => [image.f32(factor!, period), image.f32(offset!, period)],
  binary: none,
  conv: (kernel, place) => {
    const { multiplier, ...rest } = convolution(kernel, place, convStreams(kernel, place.target));
    const winograd = winogradOf(kernel, place.target);
    const scale = winograd !== null && kernel.result === 'i16' ? winograd.scale : 1;
    return withMultiplier({ ...rest, multiplier: multiplier?.map((m) => m * scale) });
  },
  convTranspose: (kernel, place) => withMultiplier(convolution(kernel, place, convTransposeStreams(kernel, place.target))),
  dequantize: none,
  gather: ({ count }, { image, addresses: [indices] }) => [image.i32(indices!, count)],
  interpolate: (_, { image, addresses: [values] }) => [image.f32(values!, segmentsOfInterpolation + 1)],
  joinSums: ({ period }, { image, addresses: [multiplier] }) => [image.f32(multiplier!, period)],
  lookup: (_, { image, addresses: [values] }) => [image.i16(values!, 256)],
  matmul: ({ result }, { image, addresses: [matrix, multiplier], target, input, output }) => {
    const layer = { weights: new Int8Array(output * input), biases: new Int32Array(output) };
    readInto(layer, matrixStream(output, input, target), matrix!, image);
    return withMultiplier({ ...layer, multiplier: result === 'i32' ? undefined : image.f32(multiplier!, output) });
  },
  move: none,
  normalize: none,
  pool: none,
  product: none,
  quantize: none,
  recurrent: none,
  reduce: none,
  requantize: ({ channels }, { image, addresses: [mantissa, shift] }) => [
    image.i32(mantissa!, channels),
    image.i32(shift!, channels),
  ],
  resample: ({ count, taps }, { image, addresses: [indices, weights] }) => [
    image.i32(indices!, count * taps),
    image.f32(weights!, count * taps),
  ],
  scale: (_, { image, addresses: [factor, offset], output }) => [image.f32(factor!, output), image.f32(offset!, output)],
  softmax: (_, { image, addresses: [powers] }) => [image.f32(powers!, 256)],
  softmaxFixed: (_, { image, addresses: [powers] }) => [image.i32(powers!, 256)],
};

/** The one cast of this table: TypeScript cannot see that `table[kernel.kind]` fits `kernel`. */
const unpackOf = (kernel: Kernel): Unpack<KernelKind> => table[kernel.kind] as Unpack<KernelKind>;

/** The plain constants of a node. */
export function constantsOf(
  { kernel, inputs, output, constants }: StoredGraph['nodes'][number],
  values: readonly GraphValue[],
  image: Image,
  target: Target,
): GraphConstant[] {
  const sizeOf = (value: number): number => values[value]!.shape.reduce((size, extent) => size * extent, 1);
  return unpackOf(kernel)(kernel, {
    addresses: constants,
    image,
    target,
    input: sizeOf(inputs[0]!),
    output: sizeOf(output),
  });
}

interface Layer {
  readonly weights: Int8Array;
  readonly biases: Int32Array;
  readonly multiplier: Float32Array | undefined;
}

const withMultiplier = ({ weights, biases, multiplier }: Layer): GraphConstant[] =>
  multiplier === undefined ? [weights, biases] : [weights, biases, multiplier];

function convolution(
  { channels: [inputs, outputs], kernel, groups, result }: Convolution,
  { image, addresses: [multiplier, ...addresses] }: Place,
  streams: readonly Stream[],
): Layer {
  const layer = {
    weights: new Int8Array((outputs * kernel[0] * kernel[1] * inputs) / groups),
    biases: new Int32Array(outputs),
    multiplier: result === 'i32' ? undefined : image.f32(multiplier!, outputs),
  };
  streams.forEach((stream, i) => readInto(layer, stream, addresses[i]!, image));
  return layer;
}

function readInto({ weights, biases }: Pick<Layer, 'weights' | 'biases'>, stream: Stream, address: number, image: Image): void {
  readStreamInto(stream, image.bytes(address, stream.bytes), weights, biases);
}

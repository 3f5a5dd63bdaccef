import { sizeOf, type Tensor } from '../../ir/tensor.ts';
import { isConfig } from '../keras/config.ts';
import { float16 } from '../float16.ts';

/** One entry of a weightsManifest (tfjs-core/src/io/types.ts, WeightsManifestEntry). */
export interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string; readonly scale?: number; readonly min?: number };
}

type Read = (view: DataView, at: number) => number;

/** How a stored value is read: bytes and function. */
const stored: Readonly<Record<string, readonly [number, Read]>> = {
  float32: [4, (view, at) => view.getFloat32(at, true)],
  int32: [4, (view, at) => view.getInt32(at, true)],
  uint8: [1, (view, at) => view.getUint8(at)],
  uint16: [2, (view, at) => view.getUint16(at, true)],
  float16: [2, (view, at) => float16(view.getUint16(at, true))],
  bool: [1, (view, at) => view.getUint8(at)],
};

const storedType = (spec: WeightSpec): string => spec.quantization?.dtype ?? spec.dtype;

export function isWeightSpec(value: unknown): value is WeightSpec {
  if (!isConfig(value) || typeof value['name'] !== 'string' || !Array.isArray(value['shape'])) return false;
  const quantization = value['quantization'];
  const type: unknown = isConfig(quantization) ? quantization['dtype'] : value['dtype'];
  const extents = value['shape'].every((extent) => Number.isSafeInteger(extent) && Number(extent) >= 0);
  return extents && typeof type === 'string' && Object.hasOwn(stored, type);
}

export const bytesOf = (spec: WeightSpec): number => sizeOf(spec.shape) * stored[storedType(spec)]![0];

/** Affine quantized weights are value * scale + min, computed in f64 and rounded once. */
export function decodeWeight(spec: WeightSpec, bytes: Uint8Array): Tensor {
  const [width, read] = stored[storedType(spec)]!;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const { scale = 1, min = 0 } = spec.quantization ?? {};
  return {
    shape: spec.shape,
    data: Float32Array.from({ length: sizeOf(spec.shape) }, (_, i) => read(view, i * width) * scale + min),
  };
}

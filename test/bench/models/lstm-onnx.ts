import { OnnxGraph } from './onnx-writer.ts';

// Writes an LSTM autoencoder as PyTorch and tf2onnx do: an encoder whose last state is repeated for each step, a decoder, and a
// dense layer for each step.

interface Sizes {
  readonly steps: number;
  readonly channels: number;
  /** Units of the encoder's layers, then of the decoder's. */
  readonly encoder: readonly number[];
  readonly decoder: readonly number[];
}

/** `next`: standard normal values. x and y: [n x steps x channels]. */
export function lstmOnnx({ steps, channels, encoder, decoder }: Sizes, next: () => number): Uint8Array {
  const onnx = new OnnxGraph();
  const trained = (name: string, dims: readonly number[], spread: number): string =>
    onnx.constant(
      name,
      Float32Array.from({ length: dims.reduce((size, extent) => size * extent, 1) }, () => next() * spread),
      dims,
    );
  const list = (name: string, values: readonly number[]): string =>
    onnx.constant(name, BigInt64Array.from(values, BigInt), [values.length]);
  const firstDirection = list('first direction', [1]);
  let depth = channels;
  /** x: [steps x 1 x depth]; gives all states [steps x 1 x units], or the last one [1 x 1 x units]. */
  const lstm = (x: string, name: string, units: number, all: boolean): string => {
    const operands = [
      x,
      trained(`${name}/w`, [1, 4 * units, depth], Math.sqrt(1 / depth)),
      trained(`${name}/r`, [1, 4 * units, units], Math.sqrt(1 / units)),
      trained(`${name}/b`, [1, 8 * units], 0.1),
    ];
    depth = units;
    const output = onnx.node('LSTM', operands, all ? `${name}/y` : ['', `${name}/h`], { hidden_size: units });
    return all ? onnx.node('Squeeze', [output, firstDirection], `${name}/states`) : `${name}/h`;
  };
  let x = onnx.node('Transpose', ['x'], 'by step', { perm: [1, 0, 2] });
  encoder.forEach((units, i) => (x = lstm(x, `encoder${i}`, units, i < encoder.length - 1)));
  x = onnx.node('Tile', [x, list('times', [steps, 1, 1])], 'repeated');
  decoder.forEach((units, i) => (x = lstm(x, `decoder${i}`, units, true)));
  x = onnx.node('Transpose', [x], 'by window', { perm: [1, 0, 2] });
  const product = onnx.node('MatMul', [x, trained('w', [depth, channels], Math.sqrt(1 / depth))], 'product');
  onnx.node('Add', [product, trained('b', [channels], 0.1)], 'y');
  return onnx.write([steps, channels], [steps, channels]);
}

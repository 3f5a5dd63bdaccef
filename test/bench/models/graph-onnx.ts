import { typeOf, type Node, type ValueId } from '../../../compiler/ir/graph.ts';
import type { Shape } from '../../../compiler/ir/tensor.ts';
import type { FloatGraph, Op, OpOf } from '../../../compiler/ops/float-graph.ts';
import { isLinear, type LinearOp } from '../../../compiler/ops/linear.ts';
import { OnnxGraph } from './onnx-writer.ts';

// Writes a simplified convolutional model as channels-first ONNX in the two forms that onnxruntime runs fastest: float, and
// QDQ with u8 activations and s8 weights per tensor.

/** Ranges of the activations; null writes the float model. */
export type Ranges = ReadonlyMap<ValueId, readonly [number, number]> | null;

/** [n x ...spatial x c] -> extents without the batch, channels first. */
const channelsFirst = (shape: Shape): number[] => (shape.length < 3 ? shape.slice(1) : [shape.at(-1)!, ...shape.slice(1, -1)]);

export function graphOnnx(graph: FloatGraph, ranges: Ranges): Uint8Array {
  const writer = new Writer(graph, ranges);
  for (const node of graph.nodes) writer.write(node);
  return writer.onnx.write(typeOf(graph, graph.inputs[0]!).shape.slice(1), channelsFirst(typeOf(graph, graph.outputs[0]!).shape));
}

class Writer {
  readonly onnx = new OnnxGraph();
  readonly #graph: FloatGraph;
  readonly #ranges: Ranges;
  readonly #names = new Map<ValueId, string>();

  constructor(graph: FloatGraph, ranges: Ranges) {
    this.#graph = graph;
    this.#ranges = ranges;
    // The input is channels last for everybody; tf2onnx begins a model like this too.
    const { shape } = typeOf(graph, graph.inputs[0]!);
    const image = shape.length === 4 ? this.onnx.node('Transpose', ['x'], 'image', { perm: [0, 3, 1, 2] }) : 'x';
    this.#names.set(graph.inputs[0]!, this.#quantized(image, graph.inputs[0]!, 'x/dq'));
  }

  write(node: Node<Op>): void {
    const last = node.output === this.#graph.outputs[0];
    const plain = `v${node.output}`;
    const direct = last && this.#ranges === null ? 'y' : plain;
    this.#emit(node, direct);
    this.#names.set(node.output, this.#quantized(direct, node.output, last ? 'y' : `${plain}/dq`));
  }

  #emit(node: Node<Op>, output: string): void {
    const { op } = node;
    const [x, second] = node.inputs.map((id) => this.#names.get(id) ?? '');
    const shape = typeOf(this.#graph, node.output).shape;
    if (isLinear(node)) this.#linear(node, x!, output);
    else if (op.kind === 'elementwise') this.onnx.node({ relu: 'Relu', sigmoid: 'Sigmoid' }[op.fn as 'relu']!, [x!], output);
    else if (op.kind === 'binary') this.onnx.node('Add', [x!, second!], output);
    else if (op.kind === 'softmax') this.onnx.node('Softmax', [x!], output);
    else if (op.kind === 'pool') this.#pool(op, x!, output);
    else if (op.kind === 'reshape') {
      const target = BigInt64Array.from([0, -1], BigInt);
      if (shape.length !== 2) throw new Error('only flattening is written');
      this.onnx.node('Reshape', [x!, this.onnx.constant(`${output}/shape`, target, [2])], output);
    } else throw new Error(`the bench does not write ${op.kind}`);
  }

  #pool(op: OpOf<'pool'>, x: string, output: string): void {
    const attributes = { kernel_shape: op.kernel, strides: op.strides, pads: [...op.padBegin, ...op.padEnd] };
    this.onnx.node(op.fn === 'max' ? 'MaxPool' : 'AveragePool', [x], output, attributes);
  }

  #linear(node: Node<LinearOp>, x: string, output: string): void {
    const { op } = node;
    const weights = this.#graph.constants.get(node.inputs[1]!)!;
    const { data, dims } = firstAxes(weights.shape, weights.data, op.kind === 'convTranspose');
    const bias = this.#graph.constants.get(node.inputs[2]!)!.data;
    const operands = [x, ...this.#weights(node, output, { data, dims, bias })];
    const sum = op.activation === null ? output : `${output}/sum`;
    if (op.kind === 'dense') this.onnx.node('Gemm', operands, sum, { transB: 1 });
    else {
      const sliding = { strides: op.strides, pads: [...op.padBegin, ...op.padEnd], dilations: op.dilations, group: op.groups };
      if (op.kind === 'conv') this.onnx.node('Conv', operands, sum, sliding);
      else this.onnx.node('ConvTranspose', operands, sum, { ...sliding, output_padding: op.outputPadding });
    }
    if (op.activation !== null) this.onnx.node('Relu', [sum], output);
  }

  /** Names of weights and bias: float, or int8 and int32 behind a DequantizeLinear each. */
  #weights(
    node: Node<Op>,
    name: string,
    { data, dims, bias }: { readonly data: Float32Array; readonly dims: readonly number[]; readonly bias: Float32Array },
  ): string[] {
    if (this.#ranges === null) {
      return [this.onnx.constant(`${name}/w`, data, dims), this.onnx.constant(`${name}/b`, bias, [bias.length])];
    }
    const scale = Math.fround(data.reduce((max, w) => Math.max(max, Math.abs(w)), 0) / 127);
    const biasScale = Math.fround(scale * scaleOf(this.#ranges.get(node.inputs[0]!)!));
    const w = Int8Array.from(data, (value) => Math.round(value / scale));
    const b = Int32Array.from(bias, (value) => Math.round(value / biasScale));
    const dequantized = (key: string, values: Int8Array | Int32Array, shape: readonly number[], by: number): string => {
      const zero = values instanceof Int8Array ? Int8Array.of(0) : Int32Array.of(0);
      const parts = [
        this.onnx.constant(`${name}/${key}`, values, shape),
        this.onnx.constant(`${name}/${key}s`, Float32Array.of(by)),
        this.onnx.constant(`${name}/${key}z`, zero),
      ];
      return this.onnx.node('DequantizeLinear', parts, `${name}/${key}f`);
    };
    return [dequantized('w', w, dims, scale), dequantized('b', b, [bias.length], biasScale)];
  }

  #quantized(name: string, id: ValueId, output: string): string {
    if (this.#ranges === null) return name;
    const range = this.#ranges.get(id)!;
    const scale = scaleOf(range);
    const parts = [
      this.onnx.constant(`${name}/s`, Float32Array.of(scale)),
      this.onnx.constant(`${name}/z`, Uint8Array.of(Math.round(-Math.min(0, range[0]) / scale))),
    ];
    return this.onnx.node(
      'DequantizeLinear',
      [this.onnx.node('QuantizeLinear', [name, ...parts], `${name}/q`), ...parts],
      output,
    );
  }
}

const scaleOf = ([low, high]: readonly [number, number]): number => Math.fround((Math.max(0, high) - Math.min(0, low)) / 255);

/** Weights [out x ...kernel x in] -> [out x in x ...kernel]; of a transposed convolution [in x out x ...kernel]. */
function firstAxes(
  shape: Shape,
  data: Float32Array,
  inputFirst: boolean,
): { readonly data: Float32Array; readonly dims: number[] } {
  const [out, channels] = [shape[0]!, shape.at(-1)!];
  const taps = data.length / (out * channels);
  const moved = new Float32Array(data.length);
  data.forEach((value, i) => {
    const [o, tap, c] = [Math.floor(i / (taps * channels)), Math.floor(i / channels) % taps, i % channels];
    moved[(inputFirst ? c * out + o : o * channels + c) * taps + tap] = value;
  });
  const kernel = shape.slice(1, -1);
  return { data: moved, dims: inputFirst ? [channels, out, ...kernel] : [out, channels, ...kernel] };
}

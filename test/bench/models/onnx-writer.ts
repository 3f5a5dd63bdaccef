import protobuf from 'protobufjs/light.js';
import type { DenseLayer } from './layers.ts';

// Writes dense models as ONNX in the three forms that onnxruntime runs fastest: float Gemm, QDQ with u8 activations and s8
// weights, and MatMulInteger with dynamic quantization.

const int64 = (id: number, rule?: 'repeated') => ({ type: 'int64', id, ...(rule && { rule }) });
const text = (id: number, rule?: 'repeated') => ({ type: 'string', id, ...(rule && { rule }) });
const message = (type: string, id: number, rule?: 'repeated') => ({ type, id, ...(rule && { rule }) });

const root = protobuf.Root.fromJSON({
  nested: {
    Model: { fields: { irVersion: int64(1), graph: message('Graph', 7), opsetImport: message('Opset', 8, 'repeated') } },
    Opset: { fields: { domain: text(1), version: int64(2) } },
    Graph: {
      fields: {
        node: message('Node', 1, 'repeated'),
        name: text(2),
        initializer: message('Tensor', 5, 'repeated'),
        input: message('Value', 11, 'repeated'),
        output: message('Value', 12, 'repeated'),
      },
    },
    Node: {
      fields: {
        input: text(1, 'repeated'),
        output: text(2, 'repeated'),
        name: text(3),
        opType: text(4),
        attribute: message('Attribute', 5, 'repeated'),
      },
    },
    Attribute: { fields: { name: text(1), i: int64(3), ints: int64(8, 'repeated'), type: { type: 'int32', id: 20 } } },
    Tensor: {
      fields: {
        dims: int64(1, 'repeated'),
        dataType: { type: 'int32', id: 2 },
        name: text(8),
        rawData: { type: 'bytes', id: 9 },
      },
    },
    Value: { fields: { name: text(1), type: message('Type', 2) } },
    Type: { fields: { tensorType: message('TensorType', 1) } },
    TensorType: { fields: { elemType: { type: 'int32', id: 1 }, shape: message('Shape', 2) } },
    Shape: { fields: { dim: message('Dimension', 1, 'repeated') } },
    Dimension: { fields: { dimValue: int64(1), dimParam: text(2) } },
  },
});

type TypedArray = Float32Array | Int8Array | Uint8Array | Int32Array | BigInt64Array;

const dataType = (values: TypedArray): number =>
  [Float32Array, Uint8Array, Int8Array, undefined, undefined, Int32Array, BigInt64Array].findIndex(
    (kind) => kind !== undefined && values instanceof kind,
  ) + 1;

/** Collects nodes and initializers of one graph. */
export class OnnxGraph {
  readonly nodes: object[] = [];
  readonly initializers: object[] = [];

  constant(name: string, values: TypedArray, dims: readonly number[] = []): string {
    this.initializers.push({
      name,
      dims,
      dataType: dataType(values),
      rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
    });
    return name;
  }

  node(
    opType: string,
    input: readonly string[],
    output: string | readonly string[],
    attributes: Readonly<Record<string, number | readonly number[]>> = {},
  ): string {
    const outputs = typeof output === 'string' ? [output] : output;
    const attribute = Object.entries(attributes).map(([name, value]) =>
      typeof value === 'number' ? { name, i: value, type: 2 } : { name, ints: value, type: 7 },
    );
    this.nodes.push({ opType, input, output: outputs, name: outputs[0], attribute });
    return outputs[0]!;
  }

  /** `x` and `y` have a batch axis and these extents. */
  write(x: readonly number[], y: readonly number[]): Uint8Array {
    const type = root.lookupType('Model');
    const graph = {
      name: 'dense',
      node: this.nodes,
      initializer: this.initializers,
      input: [value('x', x)],
      output: [value('y', y)],
    };
    return type.encode(type.fromObject({ irVersion: 8, graph, opsetImport: [{ domain: '', version: 17 }] })).finish();
  }
}

/** An input or output of [batch x ...extents]. */
const value = (name: string, extents: readonly number[]): object => ({
  name,
  type: {
    tensorType: { elemType: 1, shape: { dim: [{ dimParam: 'batch' }, ...extents.map((dimValue) => ({ dimValue }))] } },
  },
});

/** [rows x depth] -> [depth x rows] */
function transposed<T extends Float32Array | Int8Array>(values: T, rows: number, depth: number): T {
  const result = values.slice() as T;
  for (let r = 0; r < rows; r++) for (let k = 0; k < depth; k++) result[k * rows + r] = values[r * depth + k]!;
  return result;
}

const outputName = (layers: readonly DenseLayer[], i: number): string => (i === layers.length - 1 ? 'y' : `h${i}`);

const finish = (graph: OnnxGraph, layers: readonly DenseLayer[]): Uint8Array =>
  graph.write([layers[0]!.depth], [layers.at(-1)!.rows]);

export function floatOnnx(layers: readonly DenseLayer[]): Uint8Array {
  const graph = new OnnxGraph();
  let x = 'x';
  for (const [i, { rows, depth, weights, bias, relu }] of layers.entries()) {
    const operands = [
      x,
      graph.constant(`w${i}`, transposed(weights, rows, depth), [depth, rows]),
      graph.constant(`b${i}`, bias, [rows]),
    ];
    const sum = graph.node('Gemm', operands, relu ? `s${i}` : outputName(layers, i));
    x = relu ? graph.node('Relu', [sum], outputName(layers, i)) : sum;
  }
  return finish(graph, layers);
}

function quantizeTensor(weights: Float32Array): { readonly values: Int8Array; readonly scale: number } {
  const scale = weights.reduce((max, w) => Math.max(max, Math.abs(w)), 0) / 127;
  return { values: Int8Array.from(weights, (w) => Math.round(w / scale)), scale };
}

const scaleOf = ([low, high]: readonly [number, number]): number => Math.fround((high - low) / 255);

/** `ranges`: of the input and of each layer's output. */
export function qdqOnnx(layers: readonly DenseLayer[], ranges: readonly (readonly [number, number])[]): Uint8Array {
  const graph = new OnnxGraph();
  const quantizeDequantize = (x: string, i: number, output: string): string => {
    const scale = scaleOf(ranges[i]!);
    const operands = [
      graph.constant(`scale${i}`, Float32Array.of(scale)),
      graph.constant(`zero${i}`, Uint8Array.of(Math.round(-ranges[i]![0] / scale))),
    ];
    return graph.node('DequantizeLinear', [graph.node('QuantizeLinear', [x, ...operands], `q${i}`), ...operands], output);
  };
  let x = quantizeDequantize('x', 0, 'd0');
  for (const [i, { rows, depth, weights, bias, relu }] of layers.entries()) {
    const { values, scale } = quantizeTensor(weights);
    const w = graph.node(
      'DequantizeLinear',
      [
        graph.constant(`w${i}`, transposed(values, rows, depth), [depth, rows]),
        graph.constant(`ws${i}`, Float32Array.of(scale)),
        graph.constant(`wz${i}`, Int8Array.of(0)),
      ],
      `wf${i}`,
    );
    const biasScale = Math.fround(scaleOf(ranges[i]!) * scale);
    const quantizedBias = graph.constant(
      `b${i}`,
      Int32Array.from(bias, (b) => Math.round(b / biasScale)),
      [rows],
    );
    const b = graph.node(
      'DequantizeLinear',
      [quantizedBias, graph.constant(`bs${i}`, Float32Array.of(biasScale)), graph.constant(`bz${i}`, Int32Array.of(0))],
      `bf${i}`,
    );
    const sum = graph.node('Gemm', [x, w, b], `s${i}`);
    const activated = relu ? graph.node('Relu', [sum], `r${i}`) : sum;
    x = quantizeDequantize(activated, i + 1, i === layers.length - 1 ? 'y' : `d${i + 1}`);
  }
  return finish(graph, layers);
}

export function dynamicOnnx(layers: readonly DenseLayer[]): Uint8Array {
  const graph = new OnnxGraph();
  let x = 'x';
  for (const [i, { rows, depth, weights, bias, relu }] of layers.entries()) {
    const { values, scale } = quantizeTensor(weights);
    graph.node('DynamicQuantizeLinear', [x], [`q${i}`, `qs${i}`, `qz${i}`]);
    const w = graph.constant(`w${i}`, transposed(values, rows, depth), [depth, rows]);
    const product = graph.node('MatMulInteger', [`q${i}`, w, `qz${i}`, graph.constant(`wz${i}`, Int8Array.of(0))], `p${i}`);
    const real = graph.node(
      'Mul',
      [
        graph.node('Cast', [product], `c${i}`, { to: 1 }),
        graph.node('Mul', [`qs${i}`, graph.constant(`ws${i}`, Float32Array.of(scale))], `m${i}`),
      ],
      `f${i}`,
    );
    const sum = graph.node('Add', [real, graph.constant(`b${i}`, bias, [rows])], relu ? `s${i}` : outputName(layers, i));
    x = relu ? graph.node('Relu', [sum], outputName(layers, i)) : sum;
  }
  return finish(graph, layers);
}

import { typeOf, type Node, type ValueId } from '../../../compiler/ir/graph.ts';
import { spatialOf } from '../../../compiler/ops/spatial.ts';
import type { FloatGraph, Op } from '../../../compiler/ops/float-graph.ts';
import { buildTflite, type OperatorParts, type TensorParts } from '../../compiler/read/tflite-build.ts';
import type { Ranges } from './graph-onnx.ts';

// Writes convolutions with SAME padding and their activations as TFLite in the two forms that LiteRT.js takes: float, and int8
// inside, weights per channel, with float input and output.

/** BuiltinOperator. */
const codes = { conv: 3, dequantize: 6, logistic: 14, relu: 19, convTranspose: 67, quantize: 114 } as const;

export function convTflite(graph: FloatGraph, ranges: Ranges): Uint8Array {
  const writer = new Writer(graph, ranges);
  for (const node of graph.nodes) writer.write(node);
  return writer.finish();
}

class Writer {
  readonly #graph: FloatGraph;
  readonly #ranges: Ranges;
  readonly #tensors: Record<string, TensorParts> = {};
  readonly #operators: OperatorParts[] = [];
  readonly #names = new Map<ValueId, string>();

  constructor(graph: FloatGraph, ranges: Ranges) {
    this.#graph = graph;
    this.#ranges = ranges;
    const [input] = graph.inputs;
    const { shape } = typeOf(graph, input!);
    this.#tensors['x'] = { shape };
    if (ranges !== null) this.#operators.push({ code: codes.quantize, inputs: ['x'], output: this.#activation('x/q', input!) });
    this.#names.set(input!, ranges === null ? 'x' : 'x/q');
  }

  write(node: Node<Op>): void {
    const { op } = node;
    const x = this.#names.get(node.inputs[0]!)!;
    const output = this.#activation(`v${node.output}`, node.output);
    this.#names.set(node.output, output);
    if (op.kind === 'elementwise' && op.fn === 'sigmoid') {
      this.#operators.push({ code: codes.logistic, inputs: [x], output });
    } else if (op.kind === 'conv' || op.kind === 'convTranspose') {
      const { kind, activation, strides } = op;
      if (activation !== null && activation.fn !== 'relu') throw new Error('only a relu is written');
      const sums = activation === null || kind === 'conv' ? output : this.#activation(`${output}/sums`, node.output);
      const [w, b] = this.#trained(node, x, output);
      const shape = typeOf(this.#graph, node.output).shape;
      const relu = kind === 'conv' && activation !== null ? 1 : 0;
      const fields = [
        ['int8', 0, 0],
        ['int32', 1, strides[1]!],
        ['int32', 2, strides[0]!],
        ['int8', 3, relu],
      ] as const;
      if (kind === 'conv') {
        const dilations = [
          ['int32', 4, 1],
          ['int32', 5, 1],
        ] as const;
        this.#operators.push({
          code: codes.conv,
          version: 3,
          inputs: [x, w, b],
          output: sums,
          options: { type: 1, fields: [...fields, ...dilations] },
        });
        return;
      }
      const extents = `${output}/shape`;
      this.#tensors[extents] = { shape: [shape.length], type: 2, data: Int32Array.from(shape) };
      this.#operators.push({
        code: codes.convTranspose,
        version: 3,
        inputs: [extents, w, x, b],
        output: sums,
        options: { type: 49, fields: fields.slice(0, 3) },
      });
      if (sums !== output) this.#operators.push({ code: codes.relu, version: 2, inputs: [sums], output });
    } else {
      throw new Error(`the bench does not write ${op.kind} ${spatialOf(typeOf(this.#graph, node.output).shape).join(' x ')}`);
    }
  }

  finish(): Uint8Array {
    const last = this.#names.get(this.#graph.outputs[0]!)!;
    if (this.#ranges === null) return buildTflite({ tensors: this.#tensors, operators: this.#operators, outputs: [last] });
    const { shape } = typeOf(this.#graph, this.#graph.outputs[0]!);
    const operators = [...this.#operators, { code: codes.dequantize, version: 2, inputs: [last], output: 'y' }];
    return buildTflite({ tensors: { ...this.#tensors, y: { shape } }, operators });
  }

  #activation(name: string, id: ValueId): string {
    const { shape } = typeOf(this.#graph, id);
    const range = this.#ranges?.get(id);
    if (range === undefined) this.#tensors[name] = { shape };
    else {
      const [low, high] = [Math.min(0, range[0]), Math.max(0, range[1])];
      // LOGISTIC gives steps of 1 / 256 from 0 on.
      const isShare = high <= 1 && low === 0;
      const scale = isShare ? 1 / 256 : Math.fround((high - low) / 255);
      this.#tensors[name] = { shape, type: 9, scales: [scale], zeroPoint: isShare ? -128 : Math.round(-128 - low / scale) };
    }
    return name;
  }

  /** Weights [out x height x width x in] and bias, per channel where the model is int8. */
  #trained(node: Node<Op>, x: string, output: string): readonly [w: string, b: string] {
    const [weights, bias] = [1, 2].map((index) => this.#graph.constants.get(node.inputs[index]!)!);
    const [w, b] = [`${output}/w`, `${output}/b`];
    if (this.#ranges === null) {
      this.#tensors[w] = { shape: weights!.shape, data: weights!.data };
      this.#tensors[b] = { shape: bias!.shape, data: bias!.data };
      return [w, b];
    }
    const depth = weights!.data.length / bias!.data.length;
    const scales = Array.from(bias!.data, (_, o) =>
      Math.fround(
        weights!.data.subarray(o * depth, (o + 1) * depth).reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9) / 127,
      ),
    );
    const [from] = this.#tensors[x]!.scales!;
    const whole = Int8Array.from(weights!.data, (value, i) => Math.round(value / scales[Math.floor(i / depth)]!));
    const sums = Int32Array.from(bias!.data, (value, o) => Math.round(value / (from! * scales[o]!)));
    this.#tensors[w] = { shape: weights!.shape, type: 9, data: whole, scales, zeroPoint: 0, axis: 0 };
    this.#tensors[b] = {
      shape: bias!.shape,
      type: 2,
      data: sums,
      scales: scales.map((scale) => scale * from!),
      zeroPoint: 0,
      axis: 0,
    };
    return [w, b];
  }
}

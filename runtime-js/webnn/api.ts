// What we use of WebNN (https://www.w3.org/TR/webnn/), which TypeScript's DOM does not know yet.

export type OperandType = 'float32' | 'int32' | 'int8';

export interface OperandDescriptor {
  readonly dataType: OperandType;
  readonly shape: readonly number[];
}

export interface Operand {
  readonly dataType: string;
  readonly shape: readonly number[];
}

export interface Sliding {
  /** [beginning height, ending height, beginning width, ending width] */
  readonly padding: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

export interface Convolution extends Sliding {
  readonly groups: number;
  readonly inputLayout: 'nhwc';
  readonly filterLayout: 'ohwi' | 'ihwo';
  readonly bias?: Operand;
}

type Unary = (input: Operand) => Operand;
type Binary = (a: Operand, b: Operand) => Operand;
type Reduction = (input: Operand, options: { readonly axes: readonly number[]; readonly keepDimensions: boolean }) => Operand;
type Pooling = (
  input: Operand,
  options: Sliding & { readonly windowDimensions: readonly number[]; readonly layout: 'nhwc' },
) => Operand;

export interface GraphBuilder {
  input(name: string, descriptor: OperandDescriptor): Operand;
  constant(descriptor: OperandDescriptor, buffer: ArrayBufferView): Operand;
  build(outputs: Readonly<Record<string, Operand>>): Promise<Graph>;
  readonly abs: Unary;
  readonly exp: Unary;
  readonly floor: Unary;
  readonly roundEven: Unary;
  readonly sqrt: Unary;
  readonly add: Binary;
  readonly sub: Binary;
  readonly mul: Binary;
  readonly div: Binary;
  readonly max: Binary;
  readonly min: Binary;
  readonly matmul: Binary;
  readonly averagePool2d: Pooling;
  readonly maxPool2d: Pooling;
  readonly reduceL1: Reduction;
  readonly reduceL2: Reduction;
  readonly reduceMax: Reduction;
  readonly reduceMean: Reduction;
  readonly reduceMin: Reduction;
  readonly reduceSum: Reduction;
  readonly reduceSumSquare: Reduction;
  cast(input: Operand, type: OperandType): Operand;
  clamp(input: Operand, options: { readonly minValue: number; readonly maxValue: number }): Operand;
  concat(inputs: readonly Operand[], axis: number): Operand;
  conv2d(input: Operand, filter: Operand, options: Convolution): Operand;
  convTranspose2d(input: Operand, filter: Operand, options: Convolution & { readonly outputSizes: readonly number[] }): Operand;
  dequantizeLinear(input: Operand, scale: Operand, zeroPoint: Operand): Operand;
  gather(input: Operand, indices: Operand, options: { readonly axis: number }): Operand;
  gemm(a: Operand, b: Operand, options: { readonly c?: Operand; readonly bTranspose: boolean }): Operand;
  pad(input: Operand, beginning: readonly number[], ending: readonly number[]): Operand;
  quantizeLinear(input: Operand, scale: Operand, zeroPoint: Operand): Operand;
  reshape(input: Operand, shape: readonly number[]): Operand;
  slice(input: Operand, starts: readonly number[], sizes: readonly number[]): Operand;
  softmax(input: Operand, axis: number): Operand;
  transpose(input: Operand, options: { readonly permutation: readonly number[] }): Operand;
}

export interface Graph {
  destroy?(): void;
}

export interface Tensor {
  destroy(): void;
}

export interface Context {
  readonly lost: Promise<{ readonly message: string }>;
  createTensor(descriptor: OperandDescriptor & { readonly readable?: boolean; readonly writable?: boolean }): Promise<Tensor>;
  writeTensor(tensor: Tensor, data: ArrayBufferView): void;
  readTensor(tensor: Tensor): Promise<ArrayBuffer>;
  dispatch(graph: Graph, inputs: Readonly<Record<string, Tensor>>, outputs: Readonly<Record<string, Tensor>>): void;
  destroy(): void;
}

/** `navigator.ml`. */
export interface MachineLearning {
  createContext(options: { readonly deviceType?: 'cpu' | 'gpu' | 'npu'; readonly powerPreference?: string }): Promise<Context>;
}

export type GraphBuilderClass = new (context: Context) => GraphBuilder;

declare global {
  interface Navigator {
    readonly ml?: MachineLearning;
  }
  var MLGraphBuilder: GraphBuilderClass | undefined;
}

import protobuf from 'protobufjs/light.js';

type Writer = protobuf.Writer;

export interface Initializer {
  readonly name: string;
  readonly dims: readonly number[];
  /** TensorProto.DataType: 1 float, 7 int64, 9 bool, 10 float16, 11 double. */
  readonly type: number;
  readonly raw: Uint8Array;
  /** The file that holds the values instead of `raw`, from a byte on. */
  readonly external?: { readonly location: string; readonly offset: number };
}

type Attribute =
  | number
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly text: string }
  | { readonly texts: readonly string[] }
  | { readonly body: BodyParts }
  | Initializer;

/** The graph of a loop: inputs and outputs with their TensorProto.DataType and extents. */
export interface BodyParts {
  readonly nodes: readonly OnnxNodeParts[];
  readonly initializers?: readonly Initializer[];
  readonly inputs: Readonly<Record<string, readonly [type: number, extents: readonly number[]]>>;
  readonly outputs: Readonly<Record<string, readonly [type: number, extents: readonly number[]]>>;
}

export interface OnnxNodeParts {
  readonly op: string;
  readonly inputs: readonly string[];
  /** One name, or the names of all outputs; an empty one is left out. */
  readonly output: string | readonly string[];
  readonly name?: string;
  readonly domain?: string;
  /** A whole number is an int attribute, a list ints, an initializer a tensor; the others name their type. */
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

export interface OnnxParts {
  readonly nodes: readonly OnnxNodeParts[];
  readonly initializers?: readonly Initializer[];
  /** Name -> extents; a text is a symbolic extent. */
  readonly inputs?: Readonly<Record<string, readonly (number | string)[]>>;
  readonly outputs?: readonly string[];
  /** TensorProto.DataType of inputs and outputs. */
  readonly type?: number;
  readonly opset?: number;
}

const bytesOf = (values: ArrayBufferView): Uint8Array => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
export const floats = (name: string, dims: readonly number[], values: readonly number[]): Initializer => ({
  name,
  dims,
  type: 1,
  raw: bytesOf(Float32Array.from(values)),
});
export const int64s = (name: string, values: readonly number[]): Initializer => ({
  name,
  dims: [values.length],
  type: 7,
  raw: bytesOf(BigInt64Array.from(values.map(BigInt))),
});
export const scalar64 = (name: string, value: number): Initializer => ({ ...int64s(name, [value]), dims: [] });

/** Writes an ONNX model field by field (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), independent of the reader's table. */
export function buildOnnx({
  nodes,
  initializers = [],
  inputs = { x: ['N', 16] },
  outputs = ['y'],
  opset = 13,
  type = 1,
}: OnnxParts): Uint8Array {
  const model = protobuf.Writer.create();
  model.uint32(tag(1, 0)).int64(8);
  embed(model, 7, (graph) => {
    for (const node of nodes) embed(graph, 1, (writer) => writeNode(writer, node));
    graph.uint32(tag(2, 2)).string('built by a test');
    for (const initializer of initializers) embed(graph, 5, (writer) => writeTensor(writer, initializer));
    for (const [name, extents] of Object.entries(inputs)) embed(graph, 11, (writer) => writeValue(writer, name, extents, type));
    for (const name of outputs) embed(graph, 12, (writer) => writeValue(writer, name, null, type));
  });
  embed(model, 8, (version) => version.uint32(tag(1, 2)).string('').uint32(tag(2, 0)).int64(opset));
  return model.finish();
}

const tag = (field: number, wire: number): number => (field << 3) | wire;

function embed(writer: Writer, field: number, write: (nested: Writer) => void): void {
  const nested = protobuf.Writer.create();
  write(nested);
  writer.uint32(tag(field, 2)).bytes(nested.finish());
}

function writeNode(writer: Writer, { op, inputs, output, name = '', domain = '', attributes = {} }: OnnxNodeParts): void {
  for (const input of inputs) writer.uint32(tag(1, 2)).string(input);
  for (const result of [output].flat()) writer.uint32(tag(2, 2)).string(result);
  writer.uint32(tag(3, 2)).string(name).uint32(tag(4, 2)).string(op);
  for (const [key, value] of Object.entries(attributes)) embed(writer, 5, (attribute) => writeAttribute(attribute, key, value));
  writer.uint32(tag(7, 2)).string(domain);
}

/** AttributeType: 1 float, 2 int, 3 string, 4 tensor, 5 graph, 6 floats, 7 ints, 8 strings. */
function writeAttribute(writer: Writer, name: string, value: Attribute): void {
  writer.uint32(tag(1, 2)).string(name);
  const type = (code: number): Writer => writer.uint32(tag(20, 0)).int32(code);
  if (typeof value === 'number') type(2).uint32(tag(3, 0)).int64(value);
  else if ('float' in value) type(1).uint32(tag(2, 5)).float(value.float);
  else if ('text' in value) type(3).uint32(tag(4, 2)).string(value.text);
  else if ('floats' in value) for (const entry of value.floats) type(6).uint32(tag(7, 5)).float(entry);
  else if ('texts' in value) for (const entry of value.texts) type(8).uint32(tag(9, 2)).string(entry);
  else if ('body' in value) embed(type(5), 6, (graph) => writeBody(graph, value.body));
  else if ('raw' in value) embed(type(4), 5, (tensor) => writeTensor(tensor, value));
  else for (const entry of value) type(7).uint32(tag(8, 0)).int64(entry);
}

function writeBody(graph: Writer, { nodes, initializers = [], inputs, outputs }: BodyParts): void {
  for (const node of nodes) embed(graph, 1, (writer) => writeNode(writer, node));
  graph.uint32(tag(2, 2)).string('body');
  for (const initializer of initializers) embed(graph, 5, (writer) => writeTensor(writer, initializer));
  for (const [name, [type, extents]] of Object.entries(inputs))
    embed(graph, 11, (writer) => writeValue(writer, name, extents, type));
  for (const [name, [type, extents]] of Object.entries(outputs))
    embed(graph, 12, (writer) => writeValue(writer, name, extents, type));
}

function writeTensor(writer: Writer, { name, dims, type, raw, external }: Initializer): void {
  for (const extent of dims) writer.uint32(tag(1, 0)).int64(extent);
  writer.uint32(tag(2, 0)).int32(type).uint32(tag(8, 2)).string(name);
  if (external === undefined) {
    writer.uint32(tag(9, 2)).bytes(raw);
    return;
  }
  const entries = { location: external.location, offset: String(external.offset), length: String(raw.length) };
  for (const [key, value] of Object.entries(entries)) {
    embed(writer, 13, (entry) => entry.uint32(tag(1, 2)).string(key).uint32(tag(2, 2)).string(value));
  }
  writer.uint32(tag(14, 0)).int32(1);
}

/** `extents` null: its shape is left open. */
function writeValue(writer: Writer, name: string, extents: readonly (number | string)[] | null, elementType: number): void {
  writer.uint32(tag(1, 2)).string(name);
  embed(writer, 2, (type) =>
    embed(type, 1, (tensor) => {
      tensor.uint32(tag(1, 0)).int32(elementType);
      if (extents === null) return;
      embed(tensor, 2, (shape) => {
        for (const extent of extents) {
          embed(shape, 1, (dimension) =>
            typeof extent === 'number' ? dimension.uint32(tag(1, 0)).int64(extent) : dimension.uint32(tag(2, 2)).string(extent),
          );
        }
      });
    }),
  );
}

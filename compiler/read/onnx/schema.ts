import protobuf from 'protobufjs/light.js';

type Field = readonly [type: string, id: number, rule?: 'repeated'];

/** Names and numbers of the fields that are read; the rest is skipped on the wire (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). */
const messages: Readonly<Record<string, Readonly<Record<string, Field>>>> = {
  ModelProto: {
    irVersion: ['int64', 1],
    producerName: ['string', 2],
    graph: ['GraphProto', 7],
    opsetImport: ['OperatorSetIdProto', 8, 'repeated'],
  },
  OperatorSetIdProto: { domain: ['string', 1], version: ['int64', 2] },
  GraphProto: {
    node: ['NodeProto', 1, 'repeated'],
    name: ['string', 2],
    initializer: ['TensorProto', 5, 'repeated'],
    sparseInitializer: ['SparseTensorProto', 15, 'repeated'],
    input: ['ValueInfoProto', 11, 'repeated'],
    output: ['ValueInfoProto', 12, 'repeated'],
  },
  NodeProto: {
    input: ['string', 1, 'repeated'],
    output: ['string', 2, 'repeated'],
    name: ['string', 3],
    opType: ['string', 4],
    attribute: ['AttributeProto', 5, 'repeated'],
    domain: ['string', 7],
  },
  AttributeProto: {
    name: ['string', 1],
    f: ['float', 2],
    i: ['int64', 3],
    s: ['bytes', 4],
    t: ['TensorProto', 5],
    g: ['GraphProto', 6],
    floats: ['float', 7, 'repeated'],
    ints: ['int64', 8, 'repeated'],
    strings: ['bytes', 9, 'repeated'],
  },
  SparseTensorProto: { dims: ['int64', 3, 'repeated'] },
  TensorProto: {
    dims: ['int64', 1, 'repeated'],
    dataType: ['int32', 2],
    floatData: ['float', 4, 'repeated'],
    int32Data: ['int32', 5, 'repeated'],
    int64Data: ['int64', 7, 'repeated'],
    name: ['string', 8],
    rawData: ['bytes', 9],
    doubleData: ['double', 10, 'repeated'],
    uint64Data: ['uint64', 11, 'repeated'],
    externalData: ['StringStringEntryProto', 13, 'repeated'],
    dataLocation: ['int32', 14],
  },
  StringStringEntryProto: { key: ['string', 1], value: ['string', 2] },
  ValueInfoProto: { name: ['string', 1], type: ['TypeProto', 2] },
  TypeProto: { tensorType: ['TypeProtoTensor', 1] },
  TypeProtoTensor: { elemType: ['int32', 1], shape: ['TensorShapeProto', 2] },
  TensorShapeProto: { dim: ['Dimension', 1, 'repeated'] },
  Dimension: { dimValue: ['int64', 1], dimParam: ['string', 2] },
};

const describeField = ([type, id, rule]: Field) => (rule === undefined ? { type, id } : { type, id, rule });

const root = protobuf.Root.fromJSON({
  nested: Object.fromEntries(
    Object.entries(messages).map(([name, fields]) => [
      name,
      { fields: Object.fromEntries(Object.entries(fields).map(([field, description]) => [field, describeField(description)])) },
    ]),
  ),
});

export interface ModelProto {
  readonly producerName: string;
  readonly graph: GraphProto | null;
  readonly opsetImport: readonly { readonly domain: string; readonly version: number }[];
}

export interface GraphProto {
  readonly node: readonly NodeProto[];
  readonly initializer: readonly TensorProto[];
  readonly sparseInitializer: readonly object[];
  readonly input: readonly ValueInfoProto[];
  readonly output: readonly ValueInfoProto[];
}

export interface NodeProto {
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly name: string;
  readonly opType: string;
  readonly attribute: readonly AttributeProto[];
  readonly domain: string;
}

export interface AttributeProto {
  readonly name: string;
  readonly f: number;
  readonly i: number;
  /** Text, in UTF-8. */
  readonly s: Uint8Array;
  readonly t: TensorProto | null;
  /** The body of a loop. */
  readonly g: GraphProto | null;
  readonly floats: readonly number[];
  readonly ints: readonly number[];
  readonly strings: readonly Uint8Array[];
}

export interface TensorProto {
  readonly dims: readonly number[];
  readonly dataType: number;
  readonly floatData: readonly number[];
  readonly int32Data: readonly number[];
  readonly int64Data: readonly number[];
  readonly name: string;
  readonly rawData: Uint8Array;
  readonly doubleData: readonly number[];
  readonly uint64Data: readonly number[];
  readonly externalData: readonly { readonly key: string; readonly value: string }[];
  readonly dataLocation: number;
}

export interface ValueInfoProto {
  readonly name: string;
  readonly type: {
    readonly tensorType: {
      readonly elemType: number;
      readonly shape: { readonly dim: readonly { readonly dimValue: number }[] } | null;
    } | null;
  } | null;
}

/** Decodes a model; throws what protobufjs throws if the bytes are not a message. */
export const decodeModel = (bytes: Uint8Array): ModelProto => decodeMessage<ModelProto>('ModelProto', bytes);

/** Decodes a tensor that has a file to itself, as ONNX's tests do. */
export const decodeTensorProto = (bytes: Uint8Array): TensorProto => decodeMessage<TensorProto>('TensorProto', bytes);

function decodeMessage<Message>(name: string, bytes: Uint8Array): Message {
  const type = root.lookupType(name);
  // The one cast: the interfaces above restate the table.
  return type.toObject(type.decode(bytes), { longs: Number, defaults: true, arrays: true }) as Message;
}

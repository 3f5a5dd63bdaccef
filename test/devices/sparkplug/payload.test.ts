import { assert, property as forAll, uint8Array, integer, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import { dataTypes, fromWire, toWire, type DataType, type Value } from '../../../devices/sparkplug/datatypes.ts';
import { MalformedPayload } from '../../../devices/sparkplug/malformed.ts';
import {
  decodePayload,
  encodePayload,
  payloadLimits,
  property,
  type Metric,
  type Payload,
} from '../../../devices/sparkplug/payload.ts';
import { decodeByProtoc, encodeByProtoc, missingProtoc } from './protoc.ts';

const skip = missingProtoc() !== null;

const metric = (type: DataType, value: Value): Metric => ({
  name: type,
  datatype: dataTypes[type],
  timestamp: 1_767_225_600_123,
  value: toWire(type, value),
});

/** Type, value, and how protoc prints the field that holds it. */
const values: readonly (readonly [DataType, Value, field: string, printed: string])[] = [
  ['Int8', -1, 'int_value', '4294967295'],
  ['Int16', -32768, 'int_value', '4294934528'],
  ['Int32', -2147483648, 'int_value', '2147483648'],
  ['Int64', 0, 'long_value', '0'],
  ['Int64', 255, 'long_value', '255'],
  ['Int64', -1, 'long_value', '18446744073709551615'],
  ['Int64', -(2n ** 63n), 'long_value', '9223372036854775808'],
  ['Int64', 2n ** 63n - 1n, 'long_value', '9223372036854775807'],
  ['UInt8', 255, 'int_value', '255'],
  ['UInt16', 65535, 'int_value', '65535'],
  ['UInt32', 4294967295, 'int_value', '4294967295'],
  ['UInt64', Number.MAX_SAFE_INTEGER, 'long_value', '9007199254740991'],
  ['UInt64', 2n ** 53n + 1n, 'long_value', '9007199254740993'],
  ['UInt64', 2n ** 64n - 1n, 'long_value', '18446744073709551615'],
  ['Float', 0.5, 'float_value', '0.5'],
  ['Double', 0.1, 'double_value', '0.1'],
  ['Boolean', true, 'boolean_value', 'true'],
  ['Boolean', false, 'boolean_value', 'false'],
  ['String', 'Kühler "3"\n', 'string_value', 'Kühler "3"\n'],
  ['DateTime', 1_767_225_600_123, 'long_value', '1767225600123'],
  ['Text', '', 'string_value', ''],
  ['UUID', '6f1c1a1e-0000-4000-8000-000000000000', 'string_value', '6f1c1a1e-0000-4000-8000-000000000000'],
];

test.skipIf(skip)(
  'protoc reads each type as it was meant (tck-id-payloads-metric-datatype-value-type, tck-id-payloads-metric-datatype-value)',
  () => {
    const [decoded] = decodeByProtoc([encodePayload({ metrics: values.map(([type, value]) => metric(type, value)) })]);
    const metrics = decoded!['metrics']!;
    expect(metrics).toHaveLength(values.length);
    for (const [i, [type, , field, printed]] of values.entries()) {
      expect(metrics[i]).toEqual({
        name: [type],
        timestamp: ['1767225600123'],
        datatype: [String(dataTypes[type])],
        [field]: [printed],
      });
    }
  },
);

test.each(values)('%s %s comes back as it went', (type, value) => {
  const { metrics } = decodePayload(encodePayload({ metrics: [metric(type, value)] }));
  expect(fromWire(metrics[0]!.datatype!, metrics[0]!.value!)).toBe(value);
});

test.skipIf(skip)('what protoc encodes is read: sequence number, alias, flags, properties with a null', () => {
  const payload = encodeByProtoc(`
    timestamp: 18446744073709551615 seq: 255
    metrics { alias: 9007199254740993 timestamp: 5 is_historical: true is_transient: true double_value: 2.5
      properties { keys: "engUnit" keys: "Low" values { type: 12 string_value: "°C" } values { type: 10 is_null: true } } }
    metrics { name: "x" is_null: true int_value: 3 }`);
  expect(decodePayload(payload)).toEqual({
    timestamp: 2n ** 64n - 1n,
    seq: 255,
    metrics: [
      {
        alias: 2n ** 53n + 1n,
        timestamp: 5,
        isHistorical: true,
        isTransient: true,
        value: { kind: 'double', value: 2.5 },
        properties: new Map([
          ['engUnit', property('String', '°C')],
          ['Low', { type: dataTypes.Double, value: null }],
        ]),
      },
      { name: 'x', value: null },
    ],
  });
});

test.skipIf(skip)(
  'properties: as many keys as values, each with its type (tck-id-payloads-propertyset-keys-array-size, tck-id-payloads-propertyset-values-array-size, tck-id-payloads-metric-propertyvalue-type-type, tck-id-payloads-metric-propertyvalue-type-value, tck-id-payloads-metric-propertyvalue-type-req)',
  () => {
    const properties = new Map([
      ['engUnit', property('String', 'mm/s')],
      ['Quality', property('Int32', 192)],
    ]);
    const [decoded] = decodeByProtoc([encodePayload({ metrics: [{ name: 'a', value: null, properties }] })]);
    expect(decoded!['metrics']).toEqual([
      {
        name: ['a'],
        is_null: ['true'],
        properties: [
          {
            keys: ['engUnit', 'Quality'],
            values: [
              { type: ['12'], string_value: ['mm/s'] },
              { type: ['3'], int_value: ['192'] },
            ],
          },
        ],
      },
    ]);
  },
);

test('int32 as ten bytes, and a whole number in the other field for whole numbers, are what they mean', () => {
  // field 10 (int_value), -1 as a varint of ten bytes.
  const minusOne = Uint8Array.from([0x12, 0x0b, 0x50, ...Array<number>(9).fill(0xff), 0x01]);
  expect(fromWire(dataTypes.Int32, decodePayload(minusOne).metrics[0]!.value!)).toBe(-1);
  expect(fromWire(dataTypes.Int16, { kind: 'long', value: 65535 })).toBe(-1);
  expect(fromWire(dataTypes.UInt32, { kind: 'long', value: 4294967295 })).toBe(4294967295);
  expect(fromWire(dataTypes.Int64, { kind: 'int', value: 7 })).toBe(7);
});

test.each([
  ['a metric longer than the payload', [0x12, 0x05, 0x0a], 'byte 2: needs 5 bytes, 1 are left'],
  ['a varint without an end', [0x08, 0xff], 'byte 2: a varint has no end'],
  ['a varint of eleven bytes', [0x08, ...Array<number>(11).fill(0x80)], 'byte 11: a varint of more than ten bytes'],
  ['a name that is not UTF-8', [0x12, 0x03, 0x0a, 0x01, 0xff], 'byte 5: a string is not UTF-8'],
  ['field 0', [0x00], 'byte 1: 0 is no field number'],
  ['a group', [0x0b], 'byte 1: wire type 3 is not read'],
  ['a key without a value', [0x12, 0x05, 0x4a, 0x03, 0x0a, 0x01, 0x61], '1 keys of properties, 0 values'],
  ['a length beyond 2^32', [0x12, 0xff, 0xff, 0xff, 0xff, 0x0f], 'byte 6: needs 4294967295 bytes, 0 are left'],
])('%s is malformed', (_, bytes, what) => {
  expect(() => decodePayload(Uint8Array.from(bytes))).toThrow(new MalformedPayload(what));
});

test('more metrics or properties than the limits are refused: two bytes each must not become much memory', () => {
  const metrics = Uint8Array.from(Array.from({ length: payloadLimits.metrics + 1 }, () => [0x12, 0x00]).flat());
  expect(() => decodePayload(metrics)).toThrow('more than 20000 metrics');
  const keys = Array.from({ length: payloadLimits.properties + 1 }, () => [0x0a, 0x00]).flat();
  const properties = Uint8Array.from([0x12, 0xcd, 0x01, 0x4a, 0xca, 0x01, ...keys]);
  expect(() => decodePayload(properties)).toThrow('more than 100 properties');
});

test('templates and data sets are skipped, however deep they nest', () => {
  let template = Uint8Array.from([]);
  for (let depth = 0; depth < 20; depth++) template = Uint8Array.from([0x12, template.length, ...template].slice(0, 120));
  const payload = Uint8Array.from([0x12, template.length + 3, 0x92, 0x01, template.length, ...template]);
  expect(decodePayload(payload).metrics).toEqual([{ value: { kind: 'other' } }]);
});

const whole: Payload = {
  timestamp: 1,
  seq: 3,
  metrics: [{ ...metric('Double', 1), properties: new Map([['engUnit', property('String', 'V')]]) }, metric('Int64', -5)],
};

/** 'read', 'malformed', or what else was thrown. */
function outcomeOf(bytes: Uint8Array): unknown {
  try {
    decodePayload(bytes);
    return 'read';
  } catch (error) {
    return error instanceof MalformedPayload ? 'malformed' : error;
  }
}

test('fuzz: any bytes, and payloads with some bytes changed, are read or malformed, and nothing else', () => {
  assert(
    forAll(uint8Array({ maxLength: 60 }), (any) => {
      expect(['read', 'malformed']).toContain(outcomeOf(any));
    }),
    { numRuns: 3000 },
  );
  const bytes = encodePayload(whole);
  const changes = tuple(integer({ min: 0, max: bytes.length - 1 }), integer({ min: 0, max: 255 }));
  assert(
    forAll(changes, changes, integer({ min: 0, max: bytes.length }), ([i, a], [j, b], length) => {
      const changed = bytes.slice(0, length);
      if (i < length) changed[i] = a;
      if (j < length) changed[j] = b;
      expect(['read', 'malformed']).toContain(outcomeOf(changed));
    }),
    { numRuns: 3000 },
  );
});

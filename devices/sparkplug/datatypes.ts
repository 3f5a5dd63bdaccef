import type { Unsigned64 } from './wire-reader.ts';

/** Name -> number of the data types (Sparkplug 3.0, 6.4.16); templates, data sets and arrays are known by number, not read. */
export const dataTypes = {
  Int8: 1,
  Int16: 2,
  Int32: 3,
  Int64: 4,
  UInt8: 5,
  UInt16: 6,
  UInt32: 7,
  UInt64: 8,
  Float: 9,
  Double: 10,
  Boolean: 11,
  String: 12,
  DateTime: 13,
  Text: 14,
  UUID: 15,
} as const;

export type DataType = keyof typeof dataTypes;

/** A value as it lies in the `oneof` of a metric or of a property. `other`: what is there is not read (bytes, templates, data sets, extensions). */
export type WireValue =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'long'; readonly value: Unsigned64 }
  | { readonly kind: 'float' | 'double'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'other' };

/** What a value means. */
export type Value = number | bigint | boolean | string;

type Row = {
  /** Where a value goes in the `oneof`. */
  readonly write: (value: Value) => WireValue;
  /** What a whole number on the wire means; null: other fields hold this type. */
  readonly whole: ((value: Unsigned64) => number | bigint) | null;
};

/** `>>>`, `<<` and `>>` take a number modulo 2^32. */
const asInt = (bits: number) => ({
  write: (value: Value): WireValue => ({ kind: 'int', value: Number(value) >>> 0 }),
  // Encoders differ in whether they extend the sign of the smaller types: the low bits are right in either case.
  whole: (value: Unsigned64) =>
    typeof value === 'number' ? (value << (32 - bits)) >> (32 - bits) : Number(BigInt.asIntN(bits, value)),
});

const asUnsignedInt = (bits: number) => ({
  write: (value: Value): WireValue => ({ kind: 'int', value: (Number(value) << (32 - bits)) >>> (32 - bits) }),
  whole: (value: Unsigned64) =>
    typeof value === 'number' ? (value << (32 - bits)) >>> (32 - bits) : Number(BigInt.asUintN(bits, value)),
});

const canonical = (value: bigint): number | bigint =>
  value >= -BigInt(Number.MAX_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;

const asLong = (extend: (value: bigint) => bigint) => ({
  write: (value: Value): WireValue => ({
    kind: 'long',
    value: typeof value === 'number' && value >= 0 ? value : canonical(BigInt.asUintN(64, BigInt(value))),
  }),
  whole: (value: Unsigned64) => (typeof value === 'number' ? value : canonical(extend(value))),
});

const asText: Row = { write: (value) => ({ kind: 'string', value: String(value) }), whole: null };

const unsigned = (value: bigint): bigint => value;

const rows: { readonly [K in DataType]: Row } = {
  Int8: asInt(8),
  Int16: asInt(16),
  Int32: asInt(32),
  Int64: asLong((value) => BigInt.asIntN(64, value)),
  UInt8: asUnsignedInt(8),
  UInt16: asUnsignedInt(16),
  UInt32: asUnsignedInt(32),
  UInt64: asLong(unsigned),
  Float: { write: (value) => ({ kind: 'float', value: Number(value) }), whole: null },
  Double: { write: (value) => ({ kind: 'double', value: Number(value) }), whole: null },
  Boolean: { write: (value) => ({ kind: 'boolean', value: value === true }), whole: null },
  String: asText,
  DateTime: asLong(unsigned),
  Text: asText,
  UUID: asText,
};

const byNumber: ReadonlyMap<number, Row> = new Map(
  Object.entries(rows).map(([name, row]) => [dataTypes[name as DataType], row] as const),
);

/** Where a value of the type goes. Whole numbers beyond its bits are cut off, as two's complement has them. */
export const toWire = (type: DataType, value: Value): WireValue => rows[type].write(value);

/**
 * What a value of the wire means as the type that the birth gave it; null where it is none that we read.
 * Whole numbers come as numbers up to 2^53 - 1, beyond as bigint; they are taken from either of the two fields for them.
 */
export function fromWire(dataType: number, wire: WireValue): Value | null {
  switch (wire.kind) {
    case 'int':
    case 'long':
      return byNumber.get(dataType)?.whole?.(wire.value) ?? null;
    case 'other':
      return null;
    default:
      return wire.value;
  }
}

import { generate } from 'mqtt-packet';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  encodeAcks,
  encodePublish,
  FrameReader,
  headerBytes,
  type FrameListener,
  type Version,
} from '../../../devices/mqtt/frames.ts';

const maxPayloadBytes = 1000;

/** Reads the chunks; gives what the reader found, a line each. */
function read(version: Version, chunks: readonly Uint8Array[]): string[] {
  const found: string[] = [];
  const listener: FrameListener = {
    publish: ({ topic, payload, qos, retain, dup, id }) =>
      void found.push(`${topic} ${payload.toString()} q${qos}${retain ? ' retain' : ''}${dup ? ' dup' : ''} ${id}`),
    oversized: ({ topic, qos, id, bytes }) => void found.push(`oversized ${topic} q${qos} ${id} ${bytes}`),
    puback: (id, code) => void found.push(`puback ${id} ${code}`),
    pubrel: (id) => void found.push(`pubrel ${id}`),
    other: (packet) => void found.push(`other ${packet.toString('hex')}`),
  };
  const reader = new FrameReader(version, maxPayloadBytes, listener);
  for (const chunk of chunks) reader.feed(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  return found;
}

const publish = (topic: string, payload: Uint8Array, qos: 0 | 1 | 2, version: Version, more: object = {}): Buffer =>
  generate(
    { cmd: 'publish', topic, payload: Buffer.from(payload), qos, messageId: 7, retain: false, dup: false, ...more },
    { protocolVersion: version },
  );

/** As mqtt-packet, an independent encoder, writes them. */
const stream = (version: Version): Buffer =>
  Buffer.concat([
    publish('a/ä', Buffer.from('eins'), 0, version, { retain: true }),
    publish('b', Buffer.from('zwei'), 1, version, {
      dup: true,
      ...(version === 5 ? { properties: { userProperties: { x: 'y'.repeat(200) } } } : {}),
    }),
    generate({ cmd: 'puback', messageId: 300, ...(version === 5 ? { reasonCode: 135 } : {}) }, { protocolVersion: version }),
    generate({ cmd: 'pingresp' }),
    publish('large', Buffer.alloc(maxPayloadBytes + 1), 1, version),
    publish('huge', Buffer.alloc(maxPayloadBytes + headerBytes + 1), 2, version),
    generate({ cmd: 'pubrel', messageId: 9 }, { protocolVersion: version }),
    publish('c', Buffer.alloc(0), 2, version),
  ]);

const expected = (version: Version): string[] => [
  'a/ä eins q0 retain 0',
  'b zwei q1 dup 7',
  `puback 300 ${version === 5 ? 135 : 0}`,
  'other d000',
  'oversized large q1 7 1001',
  // Skipped unread: with the byte of the properties in version 5.
  `oversized huge q2 7 ${maxPayloadBytes + headerBytes + (version === 5 ? 2 : 1)}`,
  'pubrel 9',
  'c  q2 7',
];

test.each([4, 5] as const)('packets of version %d are read, in one chunk, byte by byte, and in any pieces', (version) => {
  const bytes = stream(version);
  expect(read(version, [bytes])).toEqual(expected(version));
  expect(
    read(
      version,
      Array.from(bytes, (byte) => Uint8Array.of(byte)),
    ),
  ).toEqual(expected(version));
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: bytes.length - 1 }), { maxLength: 20 }), (cuts) => {
      const at = [0, ...new Set(cuts.toSorted((a, b) => a - b)), bytes.length];
      expect(
        read(
          version,
          at.slice(1).map((end, i) => bytes.subarray(at[i], end)),
        ),
      ).toEqual(expected(version));
    }),
    { numRuns: 50 },
  );
});

test('a reader that is held keeps what comes, and reads it in order when it is released', () => {
  const found: string[] = [];
  const reader: FrameReader = new FrameReader(4, maxPayloadBytes, {
    publish({ topic }) {
      found.push(topic);
      reader.hold();
    },
    oversized() {},
    puback() {},
    pubrel() {},
    other() {},
  });
  reader.feed(Buffer.concat(['a', 'b', 'c'].map((topic) => publish(topic, Buffer.from('x'), 0, 4))));
  reader.feed(publish('d', Buffer.from('x'), 0, 4));
  expect(found).toEqual(['a']);
  for (let i = 0; i < 3; i++) reader.release();
  expect(found).toEqual(['a', 'b', 'c', 'd']);
});

test('an oversized message is refused when its head is there, and its payload skipped', () => {
  // 268,435,455 bytes, the most that MQTT has.
  const head = Buffer.from([0x32, 0xff, 0xff, 0xff, 0x7f, 0, 1, 116, 0, 5]);
  expect(read(4, [head])).toEqual(['oversized t q1 5 268435450']);
  const chunk = Buffer.alloc(65_536);
  const chunks = Array.from({ length: 4096 }, (_, i) => (i < 4095 ? chunk : chunk.subarray(0, 65_530)));
  expect(read(4, [head, ...chunks, publish('next', Buffer.from('x'), 0, 4)])).toEqual([
    'oversized t q1 5 268435450',
    'next x q0 0',
  ]);
});

test.each([
  ['a length of five bytes', [0x30, 0xff, 0xff, 0xff, 0xff, 1]],
  ['a topic longer than its packet', [0x30, 3, 0, 9, 65]],
  ['a PUBLISH without a topic', [0x30, 2, 0, 0]],
  ['QoS 3', [0x36, 5, 0, 1, 65, 0, 1]],
  ['the id 0', [0x32, 5, 0, 1, 65, 0, 0]],
  ['a PUBACK without an id', [0x40, 1, 0]],
  ['a large packet that is no PUBLISH', [0x90, 0xff, 0xff, 0x7f]],
])('%s is refused', (_, bytes) => {
  expect(() => read(4, [Uint8Array.from(bytes)])).toThrow(/PUBLISH|length|type/);
});

function errorOf(act: () => void): string {
  try {
    act();
    return 'none';
  } catch (error) {
    return String(error);
  }
}

test('random bytes are read or refused by an error with words, never by a fault of ours', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom<Version>(4, 5), (bytes, version) => {
      expect(errorOf(() => read(version, [bytes]))).toMatch(/^(none|Error: (a PUBLISH|a packet of type|the length).*)$/);
    }),
    { numRuns: 2000 },
  );
});

test('what is written is what mqtt-packet writes', () => {
  fc.assert(
    fc.property(
      fc.string({ minLength: 1, unit: 'binary' }),
      fc.uint8Array({ maxLength: 20_000 }),
      fc.constantFrom<0 | 1>(0, 1),
      fc.boolean(),
      fc.constantFrom<Version>(4, 5),
      (topic, payload, qos, retain, version) => {
        const ours = encodePublish({ topic, payload, qos, retain, id: qos === 0 ? 0 : 7 }, version);
        expect(ours.equals(publish(topic, payload, qos, version, { retain }))).toBe(true);
      },
    ),
    { numRuns: 60 },
  );
  const acks = encodeAcks([
    { id: 1, qos: 1 },
    { id: 65_535, qos: 2 },
  ]);
  expect(acks).toEqual(
    Buffer.concat([generate({ cmd: 'puback', messageId: 1 }), generate({ cmd: 'pubrec', messageId: 65_535 })]),
  );
});

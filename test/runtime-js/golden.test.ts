import { expect, test } from 'vitest';
import { decodeGolden, encodeGolden } from '../../runtime-js/artifact/golden.ts';
import { chooseGolden } from '../../compiler/pack/golden.ts';

/** Windows of real size and values that tell where they came from. */
const windowsOf = (size: number, count: number) => ({
  size,
  data: Float32Array.from({ length: size * count }, (_, i) => Math.floor(i / size) * 10_000 + (i % size)),
});

test('small windows are stored whole, by the rank of their scores', () => {
  const { size, period, inputs } = chooseGolden(
    windowsOf(100, 30),
    Float32Array.from({ length: 30 }, (_, i) => 30 - i),
    false,
  );
  const scores = Float32Array.from({ length: inputs.length / size }, (_, i) => i);
  expect([size, period, inputs[0], inputs[99], inputs.at(-1)]).toEqual([100, 100, 290_000, 290_099, 99]);
  expect(decodeGolden(encodeGolden({ size, period, inputs, scores }), 'a.wasm')).toEqual({ size, period, inputs, scores });
});

test('of large windows a stretch from the middle is stored, and repeated', () => {
  const { size, period, count, inputs } = chooseGolden(windowsOf(9000, 3), Float32Array.of(1, 3, 2), false);
  expect([period, count, inputs[0], inputs[1023], inputs[1024], inputs[9000]]).toEqual([1024, 2, 3988, 5011, 3988, 13_988]);
  const section = encodeGolden({ size, period, inputs, scores: Float32Array.of(1, 3) });
  expect(section.length).toBe(12 + 2 * 4 * 1025);
  expect(decodeGolden(section, 'a.wasm').inputs).toEqual(inputs);
});

test('of a sequence the first windows are stored', () => {
  const { inputs } = chooseGolden(
    windowsOf(4, 30),
    Float32Array.from({ length: 30 }, (_, i) => 30 - i),
    true,
  );
  expect([...inputs.subarray(0, 8)]).toEqual([0, 1, 2, 3, 10_000, 10_001, 10_002, 10_003]);
});

test('a section that does not hold what its header says is refused', () => {
  const section = encodeGolden({ size: 4, period: 4, inputs: new Float32Array(8), scores: new Float32Array(2) });
  for (const length of [0, 11, 12, section.length - 1]) {
    expect(() => decodeGolden(section.subarray(0, length), 'a.wasm')).toThrow(
      /^a\.wasm: its golden section has \d+ bytes where /,
    );
  }
});

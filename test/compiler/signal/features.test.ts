import { beforeAll, describe, expect, test } from 'vitest';
import { featuresOf } from '../../../examples/gearbox/features.ts';
import { readNamed } from '../../../compiler/files.ts';
import { readWindows } from '../../../compiler/calibrate/samples.ts';
import { makeExtractor, type Extractor } from '../../../compiler/signal/extractor.ts';
import type { FeatureSpec } from '../../../compiler/signal/features.ts';
import type { SignalShape } from '../../../compiler/signal/define.ts';
import { log10 } from '../../../compiler/signal/log.ts';
import { loadKernels, type KernelModule } from '../../kernels/target.ts';

/** A healthy gearbox at load 20 %: f32[30000 x 4], in g. */
const recorded = readWindows(readNamed('examples/gearbox/recordings/h30hz20.npy.gz'), { size: 4, hop: 1 }).data.map(
  (value) => value * Math.fround(0.002),
);
const names = ['a1', 'a2', 'a3', 'a4'];
const shape = (more: Partial<SignalShape> = {}): SignalShape => ({
  samples: 300,
  channels: names,
  hop: 300,
  rateHz: 1000,
  ...more,
});

const statistics: readonly FeatureSpec[] = [
  { kind: 'mean' },
  { kind: 'std' },
  { kind: 'std', ddof: 1 },
  { kind: 'rms' },
  { kind: 'sum-abs' },
  { kind: 'mean-abs' },
  { kind: 'min' },
  { kind: 'max' },
  { kind: 'peak-to-peak' },
  { kind: 'skewness' },
  { kind: 'skewness', bias: false },
  { kind: 'kurtosis' },
  { kind: 'kurtosis', bias: false },
  { kind: 'crest-factor' },
  { kind: 'zero-crossings' },
];
const spectra: readonly FeatureSpec[] = [
  { kind: 'spectrum', taper: 'hann' },
  { kind: 'spectrum', log: true, channels: ['a3', 'a1'] },
  {
    kind: 'band-energy',
    bands: [
      [10, 50],
      [100, 200.5],
    ],
    taper: 'hann',
  },
  { kind: 'spectral-centroid', taper: 'hann' },
];
const mels: readonly FeatureSpec[] = [{ kind: 'log-mel', size: 128, hop: 32, mels: 20 }];

/** Relative to the larger of the two and 1. */
const distance = (a: number, b: number): number => Math.abs(a - b) / Math.max(1, Math.abs(b));

describe('against scipy 1.17 and numpy 2, in f64, on the first 300 samples', () => {
  const features = makeExtractor(shape({ channels: names }), statistics, 'features').reference(recorded.subarray(0, 1200));
  // scipy.stats.skew(v), skew(v, bias=False), kurtosis(v), kurtosis(v, bias=False), numpy for the rest; channels a1 and a2
  const expected: readonly (readonly [number, number])[] = [
    [-0.047033332753926516, 0.059166671751687924],
    [8.56982711137672, 4.827606419538907],
    [8.584145963653294, 4.83567260130342],
    [8.569956175691761, 4.827968976393639],
    [1858.0100842807442, 1036.0420464817435],
    [1858.0100842807442 / 300, 1036.0420464817435 / 300],
    [-36.5160026550293, -20.6460018157959],
    [25.104001998901367, 15.842000961303711],
    [61.620004653930664, 36.48800277709961],
    [-0.25368403264963, -0.3922407068887373],
    [-0.2549606104038475, -0.39421452351204944],
    [1.620243485826835, 2.362167526665245],
    [1.6678450441882964, 2.4222845370070436],
    [4.260932250576153, 4.276332742970088],
    [148, 160],
  ];
  test.each(statistics.map((spec, i) => [JSON.stringify(spec), i] as const))('%s', (_, i) => {
    expected[i]!.forEach((value, channel) => expect(distance(features[4 * i + channel]!, value)).toBeLessThan(2e-6));
  });

  test('the spectrum of a1, with a Hann window and zeros up to 512', () => {
    const { reference, names: of } = makeExtractor(shape(), spectra, 'features');
    const found = reference(recorded.subarray(0, 1200));
    const at = (name: string): number => found[of.indexOf(name)]!;
    // X = numpy.abs(numpy.fft.rfft(v * scipy.signal.get_window('hann', 300), 512)); f = numpy.fft.rfftfreq(512, 1 / 1000)
    expect(distance(found[0]!, 2.368396164395362)).toBeLessThan(1e-5);
    expect(distance(found[37]!, 32.97211514931175)).toBeLessThan(1e-5);
    expect(distance(found[256]!, 3.098404951841827)).toBeLessThan(1e-5);
    expect(distance(at('band 10-50 Hz(a1)'), 33195.823491572446)).toBeLessThan(1e-5);
    expect(distance(at('band 100-200.5 Hz(a1)'), 483337.8243492741)).toBeLessThan(1e-5);
    expect(distance(at('spectral-centroid(a1)'), 255.84407316717744)).toBeLessThan(1e-5);
  });
});

test("the publisher's gearbox features, from all windows of a recording", () => {
  const specs = [{ kind: 'sum-abs' }, { kind: 'std', ddof: 1 }, { kind: 'max' }, { kind: 'kurtosis', bias: false }] as const;
  const { reference, names: of } = makeExtractor(shape(), specs, 'features');
  expect(of.slice(0, 5)).toEqual(['sum-abs(a1)', 'sum-abs(a2)', 'sum-abs(a3)', 'sum-abs(a4)', 'std(a1)']);
  for (let start = 0; start + 1200 <= recorded.length; start += 1200) {
    const window = recorded.subarray(start, start + 1200);
    const expected = featuresOf(window);
    reference(window).forEach((value, i) => expect(distance(value, expected[i]!)).toBeLessThan(1e-5));
  }
});

test('log10 within one unit of the last place, over all exponents', () => {
  for (let exponent = -126; exponent <= 127; exponent++) {
    for (let i = 0; i < 200; i++) {
      const x = Math.fround((1 + i / 200) * 2 ** exponent);
      const exact = Math.log10(x);
      expect(Math.abs(log10(x) - exact)).toBeLessThan(2 ** -23 * Math.max(0.3, Math.abs(exact)));
    }
  }
  expect([log10(0), log10(-1)]).toEqual([log10(1.17549435e-38), log10(1.17549435e-38)]);
  expect([log10(NaN), log10(Infinity)]).toEqual([NaN, Infinity]);
});

/** Runs a window through the kernels; memory is laid out window, features, state, scratch, constants. */
function onTarget({ memory, call }: KernelModule, extractor: Extractor, base = 1 << 16) {
  const { emit, constants, names: of, stateBytes, scratchBytes } = extractor;
  const addresses: number[] = [];
  let end = base;
  const take = (bytes: number): number => {
    const at = end;
    end += 16 * Math.ceil(bytes / 16) + 16;
    return at;
  };
  const [output, state, scratch] = [take(4 * of.length), take(stateBytes), take(scratchBytes)];
  for (const bytes of constants) {
    addresses.push(take(bytes.length));
    new Uint8Array(memory.buffer).set(bytes, addresses.at(-1));
  }
  return (window: Float32Array, moved: boolean): Float32Array => {
    new Uint8Array(memory.buffer).fill(0xa5, scratch, scratch + scratchBytes);
    new Float32Array(memory.buffer).set(window, 16);
    for (const { module, name, args } of emit({ window: '64', output, constants: addresses, scratch, state }, moved)) {
      const numbers = args.map((text) => String(text.split(' + ').reduce((sum, part) => sum + Number(part), 0)));
      call({ module, name, args: numbers });
    }
    return new Float32Array(memory.buffer, output, of.length).slice();
  };
}

describe.each(['simd', 'scalar'] as const)('%s', (target) => {
  let kernels: KernelModule;
  beforeAll(async () => {
    kernels = await loadKernels(target);
  });

  describe.each([
    [300, 300],
    [300, 100],
    [300, 60],
    [300, 77],
    [300, 600],
    [333, 111],
    [256, 32],
    [160, 32],
    [17, 5],
  ])('windows of %d samples every %d', (samples, hop) => {
    test.each([
      ['statistics', statistics],
      ['spectra', spectra],
      ['log-mel', mels],
      ['all', [...mels, ...spectra, ...statistics]],
    ])('%s: the bits of the reference, from nothing and from the window before', (_, specs) => {
      if (samples < 128 && specs.some(({ kind }) => kind === 'log-mel')) return;
      const extractor = makeExtractor(shape({ samples, hop, rateHz: 4000 }), specs.map(wide), 'features');
      const [first, next] = [onTarget(kernels, extractor), onTarget(kernels, extractor, 1 << 18)];
      for (let i = 0; i < 12; i++) {
        const window = recorded.subarray(4 * i * hop, 4 * (i * hop + samples));
        const expected = extractor.reference(window);
        expect(first(window, false)).toEqual(expected);
        expect(next(window, i > 0)).toEqual(expected);
      }
    });
  });

  test.each([NaN, Infinity, -Infinity])('%d in a channel is seen in its features, and in no other', (value) => {
    const extractor = makeExtractor(shape(), [{ kind: 'rms' }, { kind: 'spectrum' }], 'features');
    const window = recorded.slice(0, 1200).with(4 * 7 + 2, value);
    const found = onTarget(kernels, extractor)(window, false);
    found.forEach((feature, i) => expect(Number.isFinite(feature)).toBe(extractor.channelOf[i] !== 2));
  });

  test('values that do not vary', () => {
    const extractor = makeExtractor(shape(), statistics, 'features');
    for (const value of [0, 0.1, -3]) {
      const window = new Float32Array(1200).fill(value);
      const found = onTarget(kernels, extractor)(window, false);
      expect(found).toEqual(extractor.reference(window));
      expect(found.every(Number.isFinite)).toBe(true);
    }
  });
});

/** Bands that windows of 17 samples have bins in. */
const wide = (spec: FeatureSpec): FeatureSpec =>
  spec.kind === 'band-energy'
    ? {
        ...spec,
        bands: [
          [0, 500],
          [500, 2000],
        ],
      }
    : spec;

test.each([
  [
    { kind: 'rms', channels: ['a9'] },
    {},
    'features[0].channels: names "a9"; the channels are a1, a2, a3, a4\n  Name one of them.',
  ],
  [{ kind: 'spectrum', size: 300 }, {}, 'features[0]: a transform of 300; expected a power of 2 from 8 to 65536\n  Take 256;'],
  [{ kind: 'spectrum', size: 256 }, {}, 'features[0]: a transform of 256 is shorter than the window of 300 samples'],
  [
    { kind: 'band-energy', bands: [[1, 1.5]] },
    {},
    'features[0]: the band from 1 to 1.5 Hz holds no bin: they are 1.953 Hz apart, up to 500 Hz',
  ],
  [
    { kind: 'spectral-centroid' },
    { rateHz: null },
    'features[0]: spectral-centroid is in Hz, and the rate is not known\n  Say how many',
  ],
  [{ kind: 'log-mel', size: 512, hop: 10, mels: 4 }, {}, 'features[0]: a frame of 512 samples does not fit into a window of 300'],
  [{ kind: 'kurtosis', bias: false }, { samples: 3 }, 'features[0]: unbiased kurtosis of 3 samples is not defined'],
] as const)('%j is explained', (spec, more, message) => {
  expect(() => makeExtractor(shape(more), [spec], 'features')).toThrow(message);
});

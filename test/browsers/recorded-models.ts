import { digits, pixels } from '../../examples/digits/digits.ts';
import { readWindows } from '../../compiler/calibrate/samples.ts';
import { compile } from '../../compiler/compile.ts';
import { openSource, readNamed } from '../../compiler/files.ts';
import { gearbox } from '../runtime-js/artifact.ts';
import type { Recorded } from './pages/exercise.ts';

/** An artifact and data that was recorded with real sensors. */
export interface RecordedModel extends Recorded {
  readonly artifact: Uint8Array;
}

/** One of each kind: dense with and without SIMD, convolutional, and features of raw samples in front. */
export const recordedModels = {
  gearbox: async () => ({ artifact: await gearbox(), ...broken() }),
  'gearbox-scalar': async () => ({ artifact: await gearbox({ target: 'scalar' }), ...broken() }),
  digits: convolutional,
  'gearbox-raw': withFeatures,
} satisfies Record<string, () => Promise<RecordedModel>>;

/** The gearbox with a broken tooth. Each sample is a window. */
function broken(): Recorded {
  const { data } = readWindows(readNamed('examples/gearbox/broken-test.csv'), { size: 16, hop: null });
  return { windows: data, samples: data };
}

const flat = (images: readonly Float32Array[]): Float32Array => Float32Array.from(images.flatMap((image) => [...image]));

async function convolutional(): Promise<RecordedModel> {
  const images = digits();
  const data = { name: 'digits', data: flat(images.slice(900, 1000)), count: 100, size: pixels, columns: null };
  // As wide as it is told: the search for precision takes seconds, and is not what is tested here.
  const { artifact } = await compile({
    model: openSource('examples/digits/model/model.json'),
    data,
    weights: 'int8',
    activations: 'int8',
  });
  const windows = flat(images.slice(1000, 1030));
  return { artifact, windows, samples: windows };
}

/** Windows of 300 samples of 4 accelerometers, of which 16 features are made, every 100 samples. */
async function withFeatures(): Promise<RecordedModel> {
  const file = readNamed('examples/gearbox/recordings/h30hz20.npy.gz');
  const raw = readWindows(file, { size: 1200, hop: 100 });
  const data = { ...raw, columns: ['a1', 'a2', 'a3', 'a4'], data: raw.data.map((value) => value * Math.fround(0.002)) };
  const { artifact } = await compile({
    model: openSource('examples/gearbox/model/model.json'),
    data,
    features: [{ kind: 'sum-abs' }, { kind: 'std', ddof: 1 }, { kind: 'max' }, { kind: 'kurtosis', bias: false }],
    weights: 'int8',
  });
  const windows = data.data.slice(0, 20 * 1200);
  return { artifact, windows, samples: windows };
}

import { readWindows } from '../../compiler/calibrate/samples.ts';
import { compile } from '../../compiler/compile.ts';
import { openSource, readNamed } from '../../compiler/files.ts';
import { loadBytes } from '../../runtime-js/model.ts';
import { median } from './statistics.ts';

// What a sample costs in a stream: the gearbox of the demo from raw samples of 4 channels, windows of 300, 16 features, every `hop`.
//
//   node test/bench/stream.ts

const rounds = 41;
const columns = ['a1', 'a2', 'a3', 'a4'];
const { data } = readWindows(readNamed('examples/gearbox/recordings/h30hz20.npy.gz'), { size: 4, hop: 1 });
const recorded = data.map((value) => value * Math.fround(0.002));

async function gearboxEvery(hop: number) {
  const bytes = new Uint8Array(recorded.buffer);
  // Rows of 4 values; enough windows for the ranges, whatever the hop.
  const windows = readWindows({ name: 'recording.f32', bytes }, { size: 1200, hop: 4 * Math.max(20, hop) });
  const { artifact } = await compile({
    model: openSource('examples/gearbox/model/model.json'),
    data: { ...windows, columns, channels: 4, hop },
    features: [{ kind: 'sum-abs' }, { kind: 'std', ddof: 1 }, { kind: 'max' }, { kind: 'kurtosis', bias: false }],
    allowPoorFit: true,
  });
  return loadBytes(artifact, `hop ${hop}`);
}

process.stdout.write('| hop | ns per sample | of one core at 1 kHz |\n| ---: | ---: | ---: |\n');
for (const hop of [300, 100, 10, 1]) {
  const model = await gearboxEvery(hop);
  const samples = Array.from({ length: 3000 }, (_, i) => recorded.slice(4 * i, 4 * i + 4));
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now();
    for (const sample of samples) model.push(sample);
    return ((performance.now() - start) * 1e6) / samples.length;
  });
  const nanoseconds = median(times);
  process.stdout.write(`| ${hop} | ${nanoseconds.toFixed(0)} | ${(nanoseconds / 1e4).toFixed(4)} % |\n`);
}

import { join } from 'node:path';
import { compileDemo, loads, testWindows } from './demo-model.ts';
import { writeHtml } from './export.ts';

/** The monitor page of the gearbox, replaying what the model never saw: healthy first, then with a broken tooth. */
export async function run({ out }: { readonly out: string }): Promise<void> {
  const { compiled } = await compileDemo(out);
  const { size } = compiled.manifest.input;
  const [healthy, broken] = [testWindows('healthy', size), testWindows('broken', size)];
  const values = new Float32Array(healthy.data.length + broken.data.length);
  values.set(healthy.data);
  values.set(broken.data, healthy.data.length);
  await writeHtml(join(out, 'gearbox-monitor.html'), {
    artifact: compiled.artifact,
    title: 'Gearbox at 30 Hz',
    engines: 'wasm',
    example: {
      name: 'healthy, then with a broken tooth',
      rows: healthy.count + broken.count,
      values,
      times: null,
      marks: [...marksOf('healthy', 0, healthy.count), ...marksOf('broken tooth', healthy.count, broken.count)],
    },
  });
}

/** The windows of each load come one after the other, as many of each. */
const marksOf = (label: string, first: number, count: number) =>
  loads.map((load, i) => ({ row: first + (i * count) / loads.length, label: `${label}, load ${load} %` }));

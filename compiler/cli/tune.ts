import { load, type Model } from '../../runtime-js/node.ts';
import { readSamples, readWindows } from '../calibrate/samples.ts';
import { normalWindows, operatingPoints, type OperatingPoint, type ScoredRecording } from '../evaluate/operating-points.ts';
import { readNamed } from '../files.ts';
import { channelSelection } from './load-windows.ts';
import { colours, formatNumber, print, row } from './output.ts';

interface Words {
  readonly label?: string;
  readonly rate?: number;
  readonly json?: true;
}

export async function run(artifact: string, files: readonly string[], { label, rate, json }: Words): Promise<void> {
  const model = await load(artifact);
  const recordings = files.map((file) => scored(model, file, label ?? null));
  const { input, score } = model.info.manifest;
  const rateHz = rate ?? input.rateHz;
  const secondsPerWindow = rateHz === null ? null : input.hop / rateHz;
  const normal = normalWindows(recordings);
  const perDay = (falseAlarms: number): number | null =>
    secondsPerWindow === null ? null : (falseAlarms * 86_400) / (normal * secondsPerWindow);
  const points = operatingPoints(recordings).map((point) => ({
    ...point,
    falseAlarmsPerDay: perDay(point.falseAlarms),
    delaySeconds: point.delay === null || secondsPerWindow === null ? null : point.delay * secondsPerWindow,
  }));
  if (json) print(JSON.stringify({ normalWindows: normal, secondsPerWindow, current: score.threshold, points }, null, 2));
  else print(table(artifact, points, normal, secondsPerWindow, label !== undefined));
}

/** Scores of one recording; a window is abnormal where its newest sample is. */
function scored(model: Model, file: string, label: string | null): ScoredRecording {
  const { input } = model.info.manifest;
  const selection = channelSelection(input);
  const beside = [...selection.beside, ...(label === null ? [] : [label])];
  const { data, beside: columns } = readSamples(readNamed(file), { ...selection, beside });
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const windows = readWindows({ name: `${file}.f32`, bytes }, { size: model.size, hop: input.hop * input.channelCount });
  model.reset();
  const scores = model.runBatch(windows.data.slice(0, windows.count * windows.size));
  const labels = label === null ? null : columns.get(label)!;
  return { scores, labels: labels && Float64Array.from(scores, (_, i) => labels[i * input.hop + input.samples - 1]!) };
}

type Point = OperatingPoint & { readonly falseAlarmsPerDay: number | null; readonly delaySeconds: number | null };

/** Enough to choose from. */
const mostRows = 16;

function table(
  artifact: string,
  points: readonly Point[],
  normal: number,
  secondsPerWindow: number | null,
  hasLabels: boolean,
): string {
  const every = Math.ceil(points.length / mostRows);
  const shown = points.filter((_, i) => i % every === 0 || i === points.length - 1);
  const unit = secondsPerWindow === null ? 'per 1000 windows' : 'per day';
  const rateOf = ({ falseAlarms, falseAlarmsPerDay }: Point): string =>
    formatNumber(falseAlarmsPerDay ?? (1000 * falseAlarms) / normal);
  const delayOf = ({ delay, delaySeconds }: Point): string =>
    delaySeconds === null ? (delay === null ? '-' : `${formatNumber(delay)} windows`) : `${formatNumber(delaySeconds)} s`;
  const header = ['threshold', 'in a row', 'false alarms', unit, ...(hasLabels ? ['found', 'delay'] : [])];
  const rows = shown.map((point) => [
    formatNumber(point.threshold),
    `${point.raise}`,
    `${point.falseAlarms}`,
    rateOf(point),
    ...(hasLabels ? [`${point.found} of ${point.events}`, delayOf(point)] : []),
  ]);
  const widths = header.map((name, i) => Math.max(name.length, ...rows.map((cells) => cells[i]!.length)) + 2);
  const line = (cells: readonly string[]): string => cells.map((cell, i) => cell.padStart(widths[i]!)).join('');
  const example = shown[Math.floor(shown.length / 2)]!;
  return [
    `${colours.bold(artifact)}: what other thresholds would have done in ${normal} normal windows`,
    line(header),
    ...rows.map(line),
    '',
    row('to take one', `sandglass compile ... --threshold ${formatNumber(example.threshold)} --alarm-after ${example.raise}`),
  ].join('\n');
}

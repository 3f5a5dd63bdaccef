import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Exposition } from '../../../devices/agent/exposition.ts';
import { gearbox, recording } from '../gearbox.ts';
import { offline, runAgent, type RunningAgent } from './running-agent.ts';
import { parseTextFormat, type Family } from './text-format.ts';

let running: RunningAgent;
let exposition: Exposition;
let families: ReadonlyMap<string, Family>;

/** The artifact under a name that would break a text without escapes. */
const name = 'gear\\box "1"\nx';

beforeAll(async () => {
  running = await runAgent([{ ...(await gearbox()), name }]);
  exposition = new Exposition(running.observed);
  const [healthy, broken] = [recording('healthy'), recording('broken')];
  // Rows 181 to 199 of the broken tooth are above the threshold, and 5 in a row are an alarm.
  for (let row = 181; row < 191; row++) await running.give('wheel-1', broken[row]!);
  for (let sensor = 0; sensor < 300; sensor++) await running.give(`s${sensor}`, healthy[sensor]!);
  await running.give('s1', new Float32Array(16).fill(NaN));
  running.observed.metrics.refuse('malformed');
  running.observed.metrics.refuse('malformed');
  running.sink.state = offline;
  running.sink.reconnects = 4;
  running.deliverAllBut(11);
  families = parseTextFormat(await exposition.text());
});
afterAll(() => running.dispose());

const values = (metric: string) => families.get(metric)!.samples.map(({ labels, value }) => [labels, value]);

test('what an agent has done is counted', async () => {
  const { sha256 } = await gearbox();
  expect(values('sandglass_samples_total')).toEqual([[{}, 311]]);
  expect(values('sandglass_scores_total')).toEqual([[{ artifact: name }, 311]]);
  expect(values('sandglass_scores_invalid_total')).toEqual([[{ artifact: name }, 1]]);
  expect(values('sandglass_alarms_total')).toEqual([[{ artifact: name }, 1]]);
  expect(values('sandglass_sensors')).toEqual([[{ artifact: name }, 301]]);
  expect(values('sandglass_sensors_in_alarm')).toEqual([[{ artifact: name }, 1]]);
  expect(values('sandglass_refused_total')).toEqual([[{ reason: 'malformed' }, 2]]);
  expect(values('sandglass_faults_total')).toContainEqual([{ artifact: name, fault: 'missing' }, 1]);
  expect(values('sandglass_artifact_info')).toEqual([[{ artifact: name, sha256 }, 1]]);
});

test('the network and the disk are seen', () => {
  expect(values('sandglass_sink_connected')).toEqual([[{ sink: 'json' }, 0]]);
  expect(values('sandglass_sink_reconnects_total')).toEqual([[{ sink: 'json' }, 4]]);
  expect(values('sandglass_sink_backlog_records')).toEqual([[{ sink: 'json' }, 11]]);
  expect(values('sandglass_source_connected')).toEqual([[{ source: 'plant' }, 1]]);
  expect(values('sandglass_spool_dropped_total')).toEqual([[{}, 0]]);
  expect(values('sandglass_disk_problem')).toEqual([
    [{ part: 'spool' }, 0],
    [{ part: 'journal' }, 0],
  ]);
});

test('the latencies are a histogram in seconds over all scores', () => {
  const { type, samples } = families.get('sandglass_score_latency_seconds')!;
  expect(type).toBe('histogram');
  expect(samples[0]).toMatchObject({ name: 'sandglass_score_latency_seconds_bucket', labels: { le: '0.001' } });
  expect(samples.find((sample) => sample.name.endsWith('_count'))!.value).toBe(311);
  expect(samples.find((sample) => sample.name.endsWith('_sum'))!.value).toBeCloseTo(
    running.observed.metrics.latencySumMs / 1000,
    9,
  );
});

test('memory and event loop of the process are there, under the usual names', () => {
  expect(families.get('process_resident_memory_bytes')!.samples[0]!.value).toBeGreaterThan(1e7);
  expect(families.has('nodejs_eventloop_lag_p99_seconds')).toBe(true);
});

test('300 sensors make no series of their own, and no name of a sensor is in the text', async () => {
  const own = [...families].filter(([metric]) => metric.startsWith('sandglass_'));
  const series = own.reduce((sum, [, { samples }]) => sum + samples.length, 0);
  expect(series).toBeLessThan(60);
  expect(await exposition.text()).not.toContain('wheel-1');
});

test('names are those of the conventions: counters end in _total, and nothing else does', () => {
  const own = [...families].filter(([metric]) => metric.startsWith('sandglass_'));
  expect(own.filter(([metric, { type }]) => metric.endsWith('_total') !== (type === 'counter'))).toEqual([]);
  expect(own.filter(([metric]) => /_(ms|milliseconds|kb)\b/.test(metric))).toEqual([]);
});

test('a second look counts nothing twice', async () => {
  const again = parseTextFormat(await exposition.text());
  expect(again.get('sandglass_scores_total')!.samples[0]!.value).toBe(311);
});

test('docs/operations.md lists these metrics, and no others', () => {
  const listed = [...readFileSync('docs/operations.md', 'utf8').matchAll(/^\| `(sandglass_\w+)/gm)].map((match) => match[1]!);
  const made = [...families.keys()].filter((metric) => metric.startsWith('sandglass_'));
  expect(listed.toSorted()).toEqual(made.toSorted());
});

const good = '# HELP a_total b\n# TYPE a_total counter\na_total{x="y"} 1\n';

test.each([
  good.trimEnd(),
  good.replace('{x="y"}', '{x="y}'),
  good.replace(' 1', ' one'),
  good + 'a_total{x="y"} 2\n',
  good + 'b_total 2\n',
  good.replace('counter', 'count'),
  '# HELP h b\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n',
])('the parser of this test refuses %j', (bad) => {
  expect(parseTextFormat(good).get('a_total')!.samples).toHaveLength(1);
  expect(() => parseTextFormat(bad)).toThrow(/^(the last line|bad|not|twice|h\[)/);
});

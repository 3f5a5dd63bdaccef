/** One line of values. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Family {
  readonly type: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const suffixes: Readonly<Record<string, readonly string[]>> = {
  counter: [''],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
  summary: ['', '_sum', '_count'],
};

/**
 * Reads the text format 0.0.4 of Prometheus, strictly: HELP and TYPE once each and before the values, values of a family together, no value
 * twice, histograms that add up, a line break at the end.
 */
export function parseTextFormat(text: string): ReadonlyMap<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line does not end');
  const families = new Map<string, { type: string; help: string; samples: Sample[] }>();
  const seen = new Set<string>();
  let current = '';
  for (const line of text.split('\n').filter((part) => part !== '')) {
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (comment !== null) {
      const [, kind, name, rest] = comment;
      if (!metricName.test(name!)) throw new Error(`bad name: ${line}`);
      if (kind === 'HELP') {
        if (families.has(name!)) throw new Error(`twice: ${line}`);
        families.set(name!, { type: '', help: rest!, samples: [] });
      } else {
        if (families.get(name!)?.type !== '' || !Object.hasOwn(suffixes, rest!)) throw new Error(`bad type: ${line}`);
        families.get(name!)!.type = rest!;
      }
      current = name!;
      continue;
    }
    const sample = parseSample(line);
    const family = families.get(current);
    if (family === undefined || !suffixes[family.type]!.some((suffix) => sample.name === current + suffix)) {
      throw new Error(`not of ${current}: ${line}`);
    }
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).toSorted()]);
    if (seen.has(key)) throw new Error(`twice: ${line}`);
    seen.add(key);
    family.samples.push(sample);
  }
  for (const [name, family] of families) if (family.type === 'histogram') checkHistogram(name, family.samples);
  return families;
}

function parseSample(line: string): Sample {
  const parts = /^([^\s{]+)(?:\{(.*)\})? (\S+)$/.exec(line);
  if (parts === null || !metricName.test(parts[1]!)) throw new Error(`not a value: ${line}`);
  const [, name, inside = '', number] = parts;
  const labels: Record<string, string> = {};
  let rest = inside;
  while (rest !== '') {
    const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"(,|$)/.exec(rest);
    if (label === null || Object.hasOwn(labels, label[1]!)) throw new Error(`bad label: ${line}`);
    labels[label[1]!] = label[2]!.replaceAll(/\\(.)/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped));
    rest = rest.slice(label[0].length);
  }
  const value = number === '+Inf' ? Infinity : number === '-Inf' ? -Infinity : number === 'NaN' ? NaN : Number(number);
  if (Number.isNaN(value) && number !== 'NaN') throw new Error(`not a number: ${line}`);
  return { name: name!, labels, value };
}

function checkHistogram(name: string, samples: readonly Sample[]): void {
  const others = ({ labels }: Sample): string =>
    JSON.stringify(
      Object.entries(labels)
        .filter(([label]) => label !== 'le')
        .toSorted(),
    );
  for (const labels of new Set(samples.map(others))) {
    const own = samples.filter((sample) => others(sample) === labels);
    const buckets = own.filter((sample) => sample.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels: { le } }) => (le === '+Inf' ? Infinity : Number(le)));
    const isSorted = bounds.every(
      (bound, i) => i === 0 || (bound > bounds[i - 1]! && buckets[i]!.value >= buckets[i - 1]!.value),
    );
    const count = own.find((sample) => sample.name === `${name}_count`);
    if (!isSorted || bounds.at(-1) !== Infinity || count?.value !== buckets.at(-1)!.value) {
      throw new Error(`${name}${labels} does not add up`);
    }
  }
}

import { namespace } from '../sparkplug/topic.ts';
import type { OutgoingMessage } from '../sparkplug/transport.ts';
import type { Receiver } from './define.ts';
import { bindRule, type ArtifactInput, type Mapping } from './mapping.ts';
import { SparkplugReader, type Metrics } from './payload/sparkplug.ts';
import { nameProblem } from './reader.ts';
import { ruleDefaults, type MappingRule } from './rule.ts';
import { fill, readPattern, readTemplate, type Template } from './topic.ts';
import { TopicTree } from './topic-tree.ts';
import { isSameUnit } from './units.ts';

/** Which devices of which edge nodes are sensors of an artifact. */
export interface SparkplugRule extends Pick<MappingRule, 'artifact' | 'channels' | 'units'> {
  /** Group, edge node and device, with wildcards and named levels: `plant/+/{sensor}`; without the device, metrics of the edge node itself. */
  readonly pattern: string;
  /** `{node}/{sensor}` of named levels; null: the level {sensor}, or all three. */
  readonly sensor: string | null;
}

export const sparkplugRuleDefaults = { channels: null, units: {}, sensor: null } as const satisfies Partial<SparkplugRule>;

interface Bound {
  readonly mapping: Mapping;
  readonly sensor: Template | null;
}

/**
 * Samples of what edge nodes publish by Sparkplug B. A message holds what has changed: channels that it does not name have the value
 * that they had, but for what was stored and sent later, in which they are missing.
 */
export class SparkplugDecoder {
  readonly filters: readonly string[];
  /** Publishes a command; set by the source, which has the connection. */
  ask: (message: OutgoingMessage) => void = () => {};
  readonly #reader = new SparkplugReader((message) => this.ask(message));
  readonly #tree = new TopicTree<Bound>();

  /** Throws an InputError where a rule does not fit its artifact. `where`: the place of the list in the config. */
  constructor(rules: readonly SparkplugRule[], artifacts: ReadonlyMap<string, ArtifactInput>, where: string) {
    this.filters = rules.map((rule, i) => {
      const place = `${where}[${i}]`;
      const pattern = readPattern(rule.pattern, `${place}.sparkplug`);
      const mapping = bindRule({ ...ruleDefaults, ...rule, sensor: null }, artifacts, { where: place, byLevel: false });
      const template = rule.sensor ?? (pattern.names.has('sensor') ? '{sensor}' : null);
      const sensor = template === null ? null : readTemplate(template, pattern, `${place}.sensor`);
      this.#tree.add(pattern.levels, { mapping, sensor });
      const [group, node] = pattern.filter.split('/');
      return `${namespace}/${group}/+/${node ?? '+'}/#`;
    });
  }

  get counts(): SparkplugReader['counts'] {
    return this.#reader.counts;
  }

  /** Reads one message. Never throws: what cannot be read is refused. */
  receive(topic: string, payload: Uint8Array, _arrived: number, receiver: Receiver): void {
    const read = this.#reader.read(topic, payload);
    if (typeof read === 'string') return receiver.refuse(read, topic.slice(0, 120));
    for (const metrics of read) {
      const { group, node, device } = metrics;
      const levels = device === null ? [group, node] : [group, node, device];
      for (const bound of this.#tree.find(levels)) give(bound, metrics, levels, receiver);
    }
    return undefined;
  }
}

function give({ mapping, sensor }: Bound, metrics: Metrics, levels: readonly string[], receiver: Receiver): void {
  const { wanted, places, input, rule } = mapping;
  const source = metrics.isHistorical ? metrics.values : metrics.current;
  // What says nothing of this artifact, a change of another metric, is no sample.
  if (!wanted.fields.some(({ name }) => metrics.values.has(name))) return;
  const name = sensor === null ? levels.join('/') : fill(sensor, levels);
  const problem = nameProblem(name);
  if (problem !== null) return receiver.refuse('malformed', problem);
  const values = new Float32Array(input.channelCount).fill(NaN);
  for (const [i, field] of wanted.fields.entries()) {
    const place = places[i]!;
    const expected = input.channels?.[place]?.unit ?? null;
    const said = metrics.units.get(field.name);
    if (expected !== null && said !== undefined && !isSameUnit(said, expected)) {
      return receiver.refuse(
        'unit',
        `${name}: metric "${field.name}" is in ${said}, artifact "${rule.artifact}" takes ${expected}`,
      );
    }
    values[place] = source.get(field.name) ?? NaN;
  }
  receiver.take({ artifact: rule.artifact, sensor: name, time: metrics.timeSeconds, values });
}

import { Assembler, assemblerDefaults, type AssemblerOptions } from './assemble.ts';
import type { Receiver, Refusal } from './define.ts';
import { bindRule, type ArtifactInput, type Mapping } from './mapping.ts';
import { checkComplete } from './complete.ts';
import { JsonOnce } from './payload/json.ts';
import { nameProblem, RuleReader, type Origin } from './reader.ts';
import type { TopicRule } from './rule.ts';
import { fill, readPattern, readTemplate, type Template } from './topic.ts';
import { leastFilters, TopicTree } from './topic-tree.ts';
import { InputError } from '../../compiler/error.ts';

export interface DecoderOptions extends AssemblerOptions {
  /** Bytes of one message; a longer one is refused unread. */
  readonly maxPayloadBytes: number;
  /** Topics whose way is remembered: as many as sensors publish to, so that each is looked for once. */
  readonly maxTopics: number;
}

export const decoderDefaults: DecoderOptions = { ...assemblerDefaults, maxPayloadBytes: 1 << 20, maxTopics: 50_000 };

/** A longer topic is looked for each time. */
const maxRememberedLength = 512;
/** Seconds between looks for samples that have waited too long. */
const sweepSeconds = 1;

/** A rule with what it needs of topics. */
interface Bound {
  readonly mapping: Mapping;
  readonly reader: RuleReader;
  /** null: the payload names the sensor. */
  readonly sensor: Template | null;
  /** Level that names the channel; null: none. */
  readonly channelLevel: number | null;
}

/** What becomes of the messages of one topic by one rule. */
type Route =
  | { readonly kind: 'read'; readonly reader: RuleReader; readonly origin: Origin }
  | { readonly kind: 'refused'; readonly reason: Refusal; readonly detail: string };

/** Makes samples of messages: finds the rules of a topic, reads the payload by each, and puts together what comes in parts. */
export class MessageDecoder {
  /** What has to be subscribed to. */
  readonly filters: readonly string[];
  readonly #options: DecoderOptions;
  readonly #tree = new TopicTree<Bound>();
  readonly #routes = new Map<string, readonly Route[]>();
  readonly #assemblers = new Map<string, Assembler>();
  readonly #json = new JsonOnce();
  #swept = -Infinity;

  /**
   * `artifacts`: by their names in the config. `where`: the place of the list of rules in the config, 'sandglass.json, stream.inputs'.
   * Throws an InputError where a rule does not fit its artifact, or no rule gives a channel.
   */
  constructor(
    rules: readonly TopicRule[],
    artifacts: ReadonlyMap<string, ArtifactInput>,
    where: string,
    options: Partial<DecoderOptions> = {},
  ) {
    this.#options = { ...decoderDefaults, ...options };
    const filters: string[] = [];
    const mappings = rules.map((rule, i) => {
      const pattern = readPattern(rule.pattern, `${where}[${i}].pattern`);
      const channelLevel = pattern.names.get('channel') ?? null;
      const mapping = bindRule(rule, artifacts, { where: `${where}[${i}]`, byLevel: channelLevel !== null });
      const reader = new RuleReader(mapping, this.#json, this.#assemblerOf(mapping));
      const sensor = rule.sensorField === null ? sensorTemplate(rule, pattern, `${where}[${i}].sensor`) : null;
      this.#tree.add(pattern.levels, { mapping, reader, sensor, channelLevel });
      filters.push(pattern.filter);
      return mapping;
    });
    checkComplete(mappings);
    this.filters = leastFilters(filters);
  }

  /** Reads one message. `arrived`: seconds since 1970. Never throws: what cannot be read is refused. */
  receive(topic: string, payload: Uint8Array, arrived: number, receiver: Receiver): void {
    if (payload.byteLength > this.#options.maxPayloadBytes) {
      receiver.refuse('too-large', `${shownTopic(topic)} has ${payload.byteLength} bytes`);
      return;
    }
    const routes = this.#routes.get(topic) ?? this.#find(topic);
    if (routes.length === 0) receiver.refuse('unknown-topic', shownTopic(topic));
    for (const route of routes) {
      if (route.kind === 'read') route.reader.read(payload, route.origin, arrived, receiver);
      else receiver.refuse(route.reason, route.detail);
    }
    this.#json.forget();
    if (Math.abs(arrived - this.#swept) >= sweepSeconds) this.expire(arrived, receiver);
  }

  /** Lets go on what has waited too long: to be called each second or so, since a plant that falls silent sends nothing that does it. */
  expire(now: number, receiver: Receiver): void {
    this.#swept = now;
    for (const assembler of this.#assemblers.values()) assembler.expire(now, receiver);
  }

  /** Lets all go on that waits for more: before the end. */
  flush(receiver: Receiver): void {
    for (const assembler of this.#assemblers.values()) assembler.flush(receiver);
  }

  /** Samples that came twice while the first one waited for its turn. */
  get duplicates(): number {
    return [...this.#assemblers.values()].reduce((sum, { duplicates }) => sum + duplicates, 0);
  }

  /** One for all rules of an artifact: parts of a sample may come by several of them. null: nothing waits. */
  #assemblerOf({ artifact, rule, levels }: Mapping): Assembler | null {
    if (!rule.combine && levels === null && this.#options.reorderMs === 0) return null;
    const known = this.#assemblers.get(artifact) ?? new Assembler(artifact, this.#options);
    this.#assemblers.set(artifact, known);
    return known;
  }

  #find(topic: string): readonly Route[] {
    const levels = topic.split('/');
    const routes = this.#tree.find(levels).map((bound) => routeOf(bound, topic, levels));
    if (topic.length <= maxRememberedLength) {
      if (this.#routes.size >= this.#options.maxTopics) this.#routes.delete(this.#routes.keys().next().value!);
      this.#routes.set(topic, routes);
    }
    return routes;
  }
}

/** A topic for the log: its start, on one line whatever a publisher put into it. */
// oxlint-disable-next-line no-control-regex -- these are what is taken out
const shownTopic = (topic: string): string => topic.slice(0, 120).replaceAll(/[\u0000-\u001F\u007F-\u009F]/g, '?');

function sensorTemplate(rule: TopicRule, pattern: ReturnType<typeof readPattern>, where: string): Template {
  if (rule.sensor !== null) return readTemplate(rule.sensor, pattern, where);
  if (pattern.names.has('sensor')) return readTemplate('{sensor}', pattern, where);
  if (!/(^|\/)(\+|#)/.test(pattern.filter)) return { texts: [pattern.text], levels: [] };
  throw new InputError({
    where,
    what: `nothing says what the sensors of pattern "${pattern.text}" are called`,
    hint: `Name a level {sensor}, or say "sensor": ${[...pattern.names.keys()].map((name) => `"{${name}}"`)[0] ?? '"pump"'}, or "sensorField".`,
  });
}

function routeOf({ mapping, reader, sensor, channelLevel }: Bound, topic: string, levels: readonly string[]): Route {
  const name = sensor === null ? null : fill(sensor, levels);
  const problem = name === null ? null : nameProblem(name);
  const text = shownTopic(topic);
  if (problem !== null) return { kind: 'refused', reason: 'unknown-topic', detail: `${text} ${problem}` };
  if (channelLevel === null) return { kind: 'read', reader, origin: { sensor: name, channel: null, text } };
  const channel = mapping.levels!.get(levels[channelLevel]!);
  if (channel !== undefined) return { kind: 'read', reader, origin: { sensor: name, channel, text } };
  return {
    kind: 'refused',
    reason: 'unknown-channel',
    detail: `${text}: "${mapping.artifact}" has no channel "${levels[channelLevel]!.slice(0, 60)}"`,
  };
}

import type { Assembler } from './assemble.ts';
import { SampleClock } from './clock.ts';
import type { Receiver, Refusal, SampleSeries } from './define.ts';
import type { Mapping } from './mapping.ts';
import type { Decode, PayloadOptions, Taker } from './payload/define.ts';
import { formats } from './payload/index.ts';
import type { JsonOnce } from './payload/json.ts';

/** Where a message comes from, as far as the payload does not say it. */
export interface Origin {
  /** The sensor; null: the payload names it. */
  readonly sensor: string | null;
  /** The channel, where a message has one alone. */
  readonly channel: number | null;
  /** For the log: the topic, or file and row. */
  readonly text: string;
}

/** Seconds by which the stamp of a message may be wrong: what its unit cannot say; an arrival, what networks and brokers take. */
const tolerances: Readonly<Record<PayloadOptions['header'], number>> = { none: 1, f64: 0, ms: 2e-3, us: 2e-6, ns: 0 };

/** Sensors whose clocks are remembered. */
const maxClocks = 20_000;

/** Reads the payloads of one rule and hands their samples to the receiver. */
export class RuleReader {
  readonly #mapping: Mapping;
  readonly #decode: Decode;
  readonly #assembler: Assembler | null;
  /** Whether a payload has some of the channels only, or in another order. */
  readonly #isSpread: boolean;
  readonly #isPartial: boolean;
  readonly #clocks = new Map<string, SampleClock>();
  readonly #taker: Taker;
  // Of the message that is read.
  #receiver: Receiver | null = null;
  #origin: Origin = { sensor: null, channel: null, text: '' };
  #arrived = 0;
  readonly #refused: Refusal[] = [];

  /** `assembler`: null where each message is a whole sample that goes on at once. */
  constructor(mapping: Mapping, json: JsonOnce, assembler: Assembler | null) {
    this.#mapping = mapping;
    const { places, input, rule, wanted, options } = mapping;
    this.#decode = formats[rule.format].bind(wanted, options, json);
    this.#assembler = assembler;
    this.#isSpread = places.length !== input.channelCount || places.some((place, i) => place !== i) || mapping.levels !== null;
    this.#isPartial = rule.combine || mapping.levels !== null;
    this.#taker = {
      sample: (values, time, sensor) => this.#sample(values, time, sensor),
      series: (values, first) => this.#series(values, first),
      refuse: (reason, detail) => this.#refuse(reason, detail),
    };
  }

  /** `arrived`: seconds since 1970. Never throws; of each reason a message is refused for once, however many of its parts are. */
  read(payload: Uint8Array, origin: Origin, arrived: number, receiver: Receiver): void {
    this.#decode(payload, this.begin(origin, arrived, receiver));
  }

  /** What takes the samples of the next message; for those whose payloads are read already. */
  begin(origin: Origin, arrived: number, receiver: Receiver): Taker {
    this.#receiver = receiver;
    this.#origin = origin;
    this.#arrived = arrived;
    this.#refused.length = 0;
    return this.#taker;
  }

  #sample(values: Float32Array, time: number | null, named: string | null): void {
    const sensor = this.#sensor(named);
    if (sensor === null) return;
    if (time === null && this.#mapping.rule.arrival) this.#give(sensor, this.#arrivalOf(sensor), values);
    else this.#give(sensor, time, values);
  }

  #arrivalOf(sensor: string): number {
    const { rateHz } = this.#mapping;
    return rateHz === null || this.#isPartial ? this.#arrived : this.#clock(sensor, rateHz).next(this.#arrived, 1).first;
  }

  /** values: f32[samples x fields] */
  #series(values: Float32Array, first: number | null): void {
    const sensor = this.#sensor(null);
    if (sensor === null) return;
    const { rule, rateHz, places } = this.#mapping;
    const count = values.length / places.length;
    if (first === null && !rule.arrival) return this.#giveSeries(sensor, { first: null, step: 0 }, values);
    if (rateHz === null) {
      // A header without a rate, and frames by arrival, are refused at the start.
      return this.#refuse('malformed', () => `has ${count} samples without a time, and the artifact no rate`);
    }
    const stamp = first ?? this.#arrived - (count - 1) / rateHz;
    const times = this.#isPartial ? { first: stamp, step: 1 / rateHz } : this.#clock(sensor, rateHz).next(stamp, count);
    return this.#giveSeries(sensor, times, values);
  }

  /** All at once where nothing is put together or in another order: a vibration frame may have thousands of samples. */
  #giveSeries(sensor: string, { first, step }: Pick<SampleSeries, 'first' | 'step'>, values: Float32Array): void {
    const receiver = this.#receiver!;
    if (this.#assembler === null && !this.#isSpread && receiver.takeSeries !== undefined) {
      return receiver.takeSeries({ artifact: this.#mapping.artifact, sensor, first, step, values });
    }
    const fields = this.#mapping.places.length;
    for (let at = 0, i = 0; at < values.length; at += fields, i++) {
      this.#give(sensor, first === null ? null : first + i * step, values.slice(at, at + fields));
    }
    return undefined;
  }

  #clock(sensor: string, rateHz: number): SampleClock {
    const known = this.#clocks.get(sensor);
    if (known !== undefined) return known;
    const { header, arrival } = this.#mapping.rule;
    const clock = new SampleClock(rateHz, tolerances[header], arrival);
    if (this.#clocks.size >= maxClocks) this.#clocks.delete(this.#clocks.keys().next().value!);
    this.#clocks.set(sensor, clock);
    return clock;
  }

  #give(sensor: string, time: number | null, read: Float32Array): void {
    const { artifact } = this.#mapping;
    const values = this.#isSpread ? this.#spread(read) : read;
    if (this.#assembler === null) {
      this.#receiver!.take({ artifact, sensor, time, values });
      return;
    }
    const part = { sensor, time, values, isPartial: this.#isPartial, arrived: this.#arrived };
    if (!this.#assembler.take(part, this.#receiver!)) this.#refuse('too-many-sensors', () => `sensor ${sensor}`);
  }

  #spread(read: Float32Array): Float32Array {
    const { places, input } = this.#mapping;
    const values = new Float32Array(input.channelCount).fill(NaN);
    const { channel } = this.#origin;
    if (channel !== null) values[channel] = read[0]!;
    else for (let i = 0; i < read.length; i++) values[places[i]!] = read[i]!;
    return values;
  }

  /** The name that the topic gives (checked there), or the payload; null: it was refused. */
  #sensor(named: string | null): string | null {
    const { sensor } = this.#origin;
    if (sensor !== null) return sensor;
    const problem = named === null ? 'has no name of a sensor' : nameProblem(named);
    if (problem === null) return named;
    this.#refuse('malformed', () => problem);
    return null;
  }

  #refuse(reason: Refusal, detail: () => string): void {
    if (this.#refused.includes(reason)) return;
    this.#refused.push(reason);
    this.#receiver!.refuse(reason, `${this.#origin.text} ${detail()}`.slice(0, 200));
  }
}

const maxNameLength = 256;

/** Names go into topics, logs and metrics of others: none that is empty, endless, or holds what is no letter. null: it may be used. */
export function nameProblem(name: string): string | null {
  if (name === '') return 'names a sensor ""';
  if (name.length > maxNameLength) return `names a sensor with ${name.length} letters; at most ${maxNameLength}`;
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  return /[\u0000-\u001F\u007F-\u009F]|\p{Surrogate}/u.test(name)
    ? `names a sensor with a control character: ${JSON.stringify(name.slice(0, 40))}`
    : null;
}

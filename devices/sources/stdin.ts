import type { Readable } from 'node:stream';
import { InputError } from '../../compiler/error.ts';
import { Assembler, assemblerDefaults } from './assemble.ts';
import { csvRuleDefaults } from './csv-columns.ts';
import { CsvRows } from './csv-rows.ts';
import type { Receiver, Source, SourceContext } from './define.ts';
import { LineCutter, linesOf, type Block } from './lines.ts';
import { bindRule, type ArtifactInput } from './mapping.ts';
import type { FormatName } from './payload/index.ts';
import { JsonOnce } from './payload/json.ts';
import { nameProblem, RuleReader } from './reader.ts';
import type { MappingRule } from './rule.ts';

/** Formats of which each line stands for itself. */
const lineFormats: readonly FormatName[] = ['json-object', 'json-array', 'influx', 'csv-line'];

export interface StdinOptions extends Omit<MappingRule, 'format'> {
  /** `csv`: rows below a header; else each line is a payload of the format. */
  readonly format: FormatName | 'csv';
}

/** What reads lines: rows of CSV, or payloads. */
interface Lines {
  take(line: Buffer, receiver: Receiver): void;
  /** What waits for more goes on. */
  end(receiver: Receiver): void;
}

/** Lines of a stream, which is standard input. It cannot be read twice: what was taken and not safe at a crash is lost. */
export class StdinSource implements Source {
  readonly name = 'stdin';
  readonly ended: Promise<void>;
  readonly #stream: Readable;
  readonly #context: SourceContext;
  readonly #lines: Lines;
  #row = 0;
  #isStopped = false;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};

  /** `where`: its place in the config. Throws an InputError if the rule does not fit the artifact. */
  constructor(
    options: StdinOptions,
    artifacts: ReadonlyMap<string, ArtifactInput>,
    context: SourceContext,
    where: string,
    stream: Readable = process.stdin,
  ) {
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.ended.catch(() => {});
    this.#stream = stream;
    this.#context = context;
    this.#lines =
      options.format === 'csv' ? csvLines(options, artifacts, where) : this.#payloads(options, options.format, artifacts, where);
  }

  async start(receiver: Receiver): Promise<void> {
    this.#run(receiver).then(this.#resolve, this.#reject);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#stream.destroy();
    await this.ended.catch(() => {});
  }

  async #run(receiver: Receiver): Promise<void> {
    const cutter = new LineCutter(this.#context.maxPayloadBytes);
    try {
      for await (const chunk of this.#stream) {
        this.#take(cutter.push(chunk), receiver);
        await receiver.safe();
        if (this.#isStopped) return;
      }
    } catch (error) {
      // A stream that was destroyed by `stop` says so.
      if (!this.#isStopped) throw error;
    }
    this.#take(cutter.end(), receiver);
    this.#lines.end(receiver);
    await receiver.safe();
  }

  #take({ bytes, tooLong }: Block, receiver: Receiver): void {
    for (let i = 0; i < tooLong; i++) receiver.refuse('too-large', `stdin, line ${++this.#row}`);
    for (const line of linesOf(bytes)) {
      this.#row++;
      this.#lines.take(line, receiver);
    }
  }

  #payloads(options: StdinOptions, format: FormatName, artifacts: ReadonlyMap<string, ArtifactInput>, where: string): Lines {
    if (!lineFormats.includes(format)) {
      throw new InputError({
        where: `${where}.format`,
        what: `is ${format}, which has no lines`,
        hint: `Take ${['csv', ...lineFormats].join(', ')}; ${format} comes over MQTT.`,
      });
    }
    const mapping = bindRule({ ...options, format }, artifacts, { where, byLevel: false });
    const assembler = options.combine ? new Assembler(options.artifact, assemblerDefaults) : null;
    const json = new JsonOnce();
    const reader = new RuleReader(mapping, json, assembler);
    const sensor = sensorOf(options, where);
    return {
      take: (line, receiver) => {
        if (line.every((byte) => byte <= 0x20)) return;
        reader.read(line, { sensor, channel: null, text: `stdin, line ${this.#row}` }, Date.now() / 1000, receiver);
        json.forget();
      },
      end: (receiver) => assembler?.flush(receiver),
    };
  }
}

function csvLines(options: StdinOptions, artifacts: ReadonlyMap<string, ArtifactInput>, where: string): Lines {
  const { channels } = options;
  if (isList(channels)) {
    throw new InputError({
      where: `${where}.channels`,
      what: 'is a list',
      hint: 'Columns have names: { "temp": "Temperature" }.',
    });
  }
  const { artifact, timeUnit, units, time, sensor, sensorField } = options;
  const rule = { ...csvRuleDefaults, artifact, timeUnit, units, time, sensor, channels, sensorColumn: sensorField };
  const rows = new CsvRows(rule, artifacts, sensor ?? 'stdin', 'stdin', where);
  return { take: (line, receiver) => rows.take(line.toString('utf8'), receiver), end() {} };
}

const isList = (channels: MappingRule['channels']): channels is readonly string[] => Array.isArray(channels);

/** null: each line names it. */
function sensorOf({ sensor, sensorField }: StdinOptions, where: string): string | null {
  if (sensorField !== null) return null;
  const name = sensor ?? 'stdin';
  const problem = nameProblem(name) ?? (/[{}]/.test(name) ? `names a level "${name}", and lines have no topic` : null);
  if (problem !== null)
    throw new InputError({ where: `${where}.sensor`, what: problem, hint: 'Give it a name, or say sensorField.' });
  return name;
}

import { InputError } from '../../compiler/error.ts';
import { bindColumns, isHeader, type CsvRule } from './csv-columns.ts';
import { delimiterOf, fieldsOf } from './csv-fields.ts';
import type { Receiver } from './define.ts';
import type { ArtifactInput } from './mapping.ts';
import { JsonOnce } from './payload/json.ts';
import { numberOfText } from './payload/number.ts';
import { placesOf, takeRows, type Places } from './payload/places.ts';
import { nameProblem, RuleReader } from './reader.ts';

/** A header and what it says of the rows below it. */
interface Columns {
  readonly header: string;
  readonly delimiter: string;
  readonly places: Places;
  readonly reader: RuleReader;
}

/** Rows of CSV, line by line, as samples. Knows the number of the row, as an editor shows it. */
export class CsvRows {
  /** Rows so far, header included. */
  row = 0;
  readonly #rule: CsvRule;
  readonly #artifacts: ReadonlyMap<string, ArtifactInput>;
  readonly #file: string;
  readonly #where: string;
  readonly #sensor: string | null;
  #columns: Columns | null = null;
  /** Whether the next line may be a header. */
  #isFirst = true;
  #isOlder = false;

  /** `sensor`: the one of all rows, where no column names it. `file`, `where`: of the data and of the rule, for errors. */
  constructor(rule: CsvRule, artifacts: ReadonlyMap<string, ArtifactInput>, sensor: string, file: string, where: string) {
    this.#rule = rule;
    this.#artifacts = artifacts;
    this.#file = file;
    this.#where = where;
    this.#sensor = rule.sensorColumn === null ? sensor : null;
    const problem = nameProblem(sensor);
    if (rule.sensorColumn === null && problem !== null) {
      throw new InputError({ where: `${where}.sensor`, what: problem, hint: 'Give it a name.' });
    }
  }

  /** The header that counts where it is of a file before this one; null: it is the first line of this one, or there is none yet. */
  get olderHeader(): string | null {
    return this.#isOlder ? (this.#columns?.header ?? null) : null;
  }

  /** The file has begun anew: its first line may be a header; else the one before it counts. */
  restart(): void {
    this.row = 0;
    this.#isFirst = true;
    this.#isOlder = true;
  }

  /** Goes on behind a row of a file whose first line is known. Throws an InputError. */
  resume(firstLine: string, olderHeader: string | null, row: number): void {
    this.row = row;
    this.#isFirst = row === 0;
    this.#isOlder = olderHeader !== null;
    if (!this.#isFirst || olderHeader !== null) this.#columns = this.#bind(olderHeader ?? firstLine.trim());
  }

  /** The next line of the file. Throws an InputError if it is a header that does not fit, or the first one and no header. */
  take(line: string, receiver: Receiver): void {
    this.row++;
    const text = this.#isFirst && line.startsWith('\uFEFF') ? line.slice(1) : line;
    if (text.trim() === '') return;
    if (this.#isFirst) {
      this.#isFirst = false;
      if (this.#takeHeader(text)) return;
    }
    if (this.#columns === null) {
      receiver.refuse('unknown-channel', `${this.#place()} is below a header that does not fit`);
      return;
    }
    const { delimiter, places, reader } = this.#columns;
    const taker = reader.begin({ sensor: this.#sensor, channel: null, text: this.#place() }, 0, receiver);
    const fields = fieldsOf(text, delimiter);
    if (fields === null) taker.refuse('malformed', () => 'has a quote that does not close');
    else takeRows([fields], places, numberOf, taker);
  }

  /** Whether the line is one. */
  #takeHeader(line: string): boolean {
    if (isHeader(fieldsOf(line, delimiterOf(line)) ?? [])) {
      this.#columns = null;
      this.#isOlder = false;
      this.#columns = this.#bind(line);
      return true;
    }
    if (this.#columns !== null) return false;
    throw new InputError({
      where: this.#place(),
      what: 'holds numbers; expected a header with the names of the columns',
      hint: 'Put a first row with the names above it.',
    });
  }

  #bind(header: string): Columns {
    const delimiter = delimiterOf(header);
    const names = fieldsOf(header, delimiter) ?? [];
    const mapping = bindColumns(names, this.#rule, this.#artifacts, this.#file, this.#where);
    return {
      header,
      delimiter,
      places: placesOf(mapping.wanted, mapping.options),
      reader: new RuleReader(mapping, new JsonOnce(), null),
    };
  }

  #place(): string {
    return `${this.#file}, row ${this.row}`;
  }
}

const numberOf = (value: unknown): ReturnType<typeof numberOfText> =>
  typeof value === 'string' ? numberOfText(value) : undefined;

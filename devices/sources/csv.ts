import { readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { InputError } from '../../compiler/error.ts';
import { nearest } from '../../compiler/nearest.ts';
import { csvRuleDefaults, type CsvRule } from './csv-columns.ts';
import { CsvRows } from './csv-rows.ts';
import type { Receiver, Source, SourceContext } from './define.ts';
import { FileTail, type FilePosition, type TailOptions } from './file-tail.ts';
import { LineCutter, linesOf, type Block } from './lines.ts';
import type { ArtifactInput } from './mapping.ts';
import { parseMark, type CsvMark } from './csv-mark.ts';

export interface CsvOptions extends CsvRule, TailOptions {
  readonly path: string;
}

export const csvDefaults = {
  ...csvRuleDefaults,
  follow: false,
  pollMs: 1000,
} as const satisfies Partial<CsvOptions>;

/**
 * A CSV file with a header. Reading goes on after a restart where all that came before is safe. Where the file is followed, one that
 * is not there yet is waited for, and one that is rotated is read to its end before the new one.
 */
export class CsvSource implements Source {
  readonly name: string;
  readonly ended: Promise<void>;
  readonly #options: CsvOptions;
  readonly #context: SourceContext;
  readonly #tail: FileTail;
  readonly #rows: CsvRows;
  readonly #newRows: () => CsvRows;
  readonly #cutter: LineCutter;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};

  /** `where`: its place in the config. */
  constructor(options: CsvOptions, artifacts: ReadonlyMap<string, ArtifactInput>, context: SourceContext, where: string) {
    const { path } = options;
    this.name = `csv:${path}`;
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Who does not wait for it is told by the log.
    this.ended.catch(() => {});
    this.#options = options;
    this.#context = context;
    this.#tail = new FileTail(path, options, context.log);
    const sensor = options.sensor ?? basename(path).replace(/\.csv$/i, '');
    this.#newRows = () => new CsvRows(options, artifacts, sensor, path, where);
    this.#rows = this.#newRows();
    this.#cutter = new LineCutter(context.maxPayloadBytes);
  }

  /** Throws an InputError with file and row where the header, or the first row, is not what the artifact takes. */
  async start(receiver: Receiver, mark: string | null): Promise<void> {
    try {
      await this.#begin(mark);
    } catch (error) {
      await this.#tail.close();
      throw error;
    }
    this.#run(receiver).then(this.#resolve, (error: unknown) => {
      this.#context.log.error('file cannot be read any more', { file: this.#options.path, reason: String(error) });
      this.#reject(error);
    });
  }

  async #begin(mark: string | null): Promise<void> {
    const known = parseMark(mark);
    if (mark !== null && known === null)
      this.#context.log.warn('position in the file is not readable', { file: this.#options.path });
    const isSame = await this.#open(known?.position ?? null);
    const head = await this.#tail.head(this.#context.maxPayloadBytes);
    if (isSame) this.#rows.resume(firstLine(head), known!.header, known!.row);
    else this.#check(head);
    if (known !== null && !isSame) {
      this.#context.log.warn('file has another content than before the restart: reading it from its start', {
        file: this.#options.path,
      });
    }
  }

  async stop(): Promise<void> {
    this.#tail.stop();
    await this.ended.catch(() => {});
  }

  async #run(receiver: Receiver): Promise<void> {
    for await (const event of this.#tail.events()) {
      if (event.kind === 'bytes') this.#take(this.#cutter.push(event.bytes), receiver);
      else {
        if (event.kind === 'end' || event.why === 'truncated') this.#takeLast(event.kind === 'end', receiver);
        if (event.kind === 'begin') this.#rows.restart();
      }
      if (event.kind === 'begin') continue;
      receiver.mark(this.name, JSON.stringify(await this.#mark()));
      // What is not safe yet is read no further.
      await receiver.safe();
    }
  }

  /** A line without its line feed at the end of a file is whole; at a truncation its end is lost. */
  #takeLast(isWhole: boolean, receiver: Receiver): void {
    const block = this.#cutter.end();
    if (isWhole) this.#take(block, receiver);
    else if (block.bytes.length > 0) receiver.refuse('malformed', `${this.#options.path}: a row was cut off by a truncation`);
  }

  #take({ bytes, tooLong }: Block, receiver: Receiver): void {
    for (let i = 0; i < tooLong; i++) {
      this.#rows.row++;
      receiver.refuse('too-large', `${this.#options.path}, row ${this.#rows.row}`);
    }
    for (const line of linesOf(bytes)) {
      try {
        this.#rows.take(line.toString('utf8'), receiver);
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        // The file was right at the start, and was made anew: what it holds now is refused, until it is made anew again.
        receiver.refuse('unknown-channel', `${error.where} ${error.what}`.slice(0, 200));
      }
    }
  }

  async #mark(): Promise<CsvMark> {
    const position = await this.#tail.position(this.#cutter.waiting);
    return { position, row: this.#rows.row, header: this.#rows.olderHeader };
  }

  async #open(position: FilePosition | null): Promise<boolean> {
    const { path, follow } = this.#options;
    try {
      if (follow) await readdir(dirname(path));
      return await this.#tail.open(position);
    } catch (cause) {
      const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
      if (code !== 'ENOENT') {
        throw new InputError({ where: path, what: `cannot be read (${code})`, hint: 'Check its permissions.' }, { cause });
      }
      const neighbours = await readdir(dirname(path)).catch(() => []);
      const similar = nearest(basename(path), neighbours);
      const hint = similar === null ? 'Check the path.' : `Did you mean ${similar}?`;
      throw new InputError(
        { where: path, what: follow ? 'its folder does not exist' : 'there is no such file', hint },
        { cause },
      );
    }
  }

  /** The header and the first row below it, on a reader that is thrown away. */
  #check(head: Buffer): void {
    const { path, follow } = this.#options;
    if (head.length >= 2 && (head.readUInt16BE(0) === 0xfffe || head.readUInt16BE(0) === 0xfeff)) {
      throw new InputError({ where: path, what: 'is UTF-16 text; expected UTF-8', hint: 'Save it again as "CSV UTF-8".' });
    }
    const whole = follow ? head.subarray(0, head.lastIndexOf('\n') + 1) : head;
    if (whole.length === 0 && !follow)
      throw new InputError({ where: path, what: 'is empty', hint: 'Give a file with a header and rows.' });
    const rows = this.#newRows();
    for (const line of linesOf(whole).slice(0, 2)) {
      rows.take(line.toString('utf8'), {
        take() {},
        mark() {},
        refuse: (_, detail) => {
          throw new InputError({
            where: path,
            what: detail.replace(`${path}, `, ''),
            hint: 'Mend the row, or say which columns are read.',
          });
        },
        safe: () => Promise.resolve(),
      });
    }
  }
}

const firstLine = (bytes: Buffer): string => (linesOf(bytes)[0] ?? Buffer.alloc(0)).toString('utf8').replace(/^\uFEFF/, '');

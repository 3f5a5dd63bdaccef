import { element, field, setText } from '../dom.ts';
import { counted } from '../format.ts';
import { liveStream, type Source, type Surroundings } from './define.ts';
import { readLine } from './serial-text.ts';

/** As much of the Web Serial API (https://wicg.github.io/serial/) as is used here: TypeScript's library has none of it yet. */
interface SerialPort {
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>> | null;
  open(options: { readonly baudRate: number }): Promise<void>;
  close(): Promise<void>;
}

interface Serial {
  requestPort(): Promise<SerialPort>;
}

const isSerial = (value: unknown): value is Serial =>
  typeof value === 'object' && value !== null && 'requestPort' in value && typeof value.requestPort === 'function';

const baudRates = [9600, 57_600, 115_200, 230_400, 921_600] as const;

/** A board on a serial port that prints one line of numbers per sample. */
export const serial = (surroundings: Surroundings): Source => new SerialSource(surroundings);

class SerialSource implements Source {
  readonly label = 'Serial port';
  readonly unavailable: string | null;
  readonly controls: HTMLElement;
  readonly #surroundings: Surroundings;
  readonly #api: Serial | null;
  readonly #baud = element(
    'select',
    {},
    ...baudRates.map((rate) => element('option', { value: rate, selected: rate === 115_200 }, String(rate))),
  );
  readonly #button = element('button', { type: 'button', class: 'main', onclick: () => void this.#toggle() }, 'Connect');
  #reader: ReadableStreamDefaultReader<string> | null = null;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    const api: unknown = 'serial' in navigator ? navigator.serial : null;
    this.#api = isSerial(api) ? api : null;
    this.unavailable = this.#api === null ? 'This browser has no Web Serial; Chrome and Edge on a computer have.' : null;
    this.controls = element('div', { class: 'form' }, field('Baud rate', this.#baud), this.#button);
  }

  pick(): void {
    this.#say(`One line per sample: ${counted(this.#channels, 'number')} with commas or blanks between.`);
  }

  stop(): void {
    void this.#reader?.cancel();
    this.#reader = null;
  }

  get #channels(): number {
    return this.#surroundings.manifest.input.channelCount;
  }

  #say(sentence: string, kind?: 'good' | 'bad'): void {
    this.#surroundings.say(this, sentence, kind);
  }

  async #toggle(): Promise<void> {
    if (this.#reader !== null) {
      this.stop();
      return this.#say('Disconnected.');
    }
    try {
      const port = await this.#api!.requestPort();
      await port.open({ baudRate: Number(this.#baud.value) });
      await this.#read(port);
    } catch (error) {
      this.#say(error instanceof Error ? error.message : String(error), 'bad');
    } finally {
      this.#reader = null;
      setText(this.#button, 'Connect');
    }
  }

  async #read(port: SerialPort): Promise<void> {
    if (port.readable !== null && (await this.#surroundings.begin(this, liveStream('serial port')))) {
      setText(this.#button, 'Disconnect');
      this.#say('Connected, waiting for the first line.', 'good');
      const reader = port.readable.pipeThrough(new TextDecoderStream()).getReader();
      this.#reader = reader;
      await this.#readLines(reader);
      if (this.#reader === reader) this.#say('The port was closed.', 'bad');
    }
    await port.close();
  }

  /** Until the port or the user ends it. */
  async #readLines(reader: ReadableStreamDefaultReader<string>): Promise<void> {
    let [rest, lines, wrong] = ['', 0, 0];
    for (;;) {
      const { done, value } = await reader.read();
      if (done || this.#reader !== reader) return;
      const parts = (rest + value).split('\n');
      rest = parts.pop()!;
      for (const line of parts.filter((part) => part.trim() !== '')) {
        const sample = readLine(line, this.#channels);
        lines++;
        if (sample !== null) this.#surroundings.monitor.add(sample, null);
        // The first line may have begun before we listened.
        else if (lines > 1) wrong++;
        if (lines === 2) this.#say('Lines come in.', 'good');
        if (wrong > 0)
          this.#say(
            `${wrong} of ${lines} lines are not ${counted(this.#channels, 'number')}, the last one "${line.trim().slice(0, 40)}".`,
            'bad',
          );
      }
    }
  }
}

import { element, field } from '../dom.ts';
import { liveStream, type Source, type Surroundings } from './define.ts';

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

/** Values per line, as microcontrollers print them: commas, semicolons, tabs or blanks between. null: the line is no sample. */
export function readLine(line: string, channels: number): Float32Array | null {
  const fields = line.trim().split(/[,;\s]+/);
  if (fields.length !== channels) return null;
  const values = Float32Array.from(fields, (field) => (/^nan$/i.test(field) || field === '' ? NaN : Number(field)));
  // A word is no number, but a sensor may say NaN.
  return fields.some((field, i) => Number.isNaN(values[i]) && !/^nan$/i.test(field)) ? null : values;
}

/** A board on a serial port that prints one line of numbers per sample. */
export function serial(surroundings: Surroundings): Source {
  const { manifest, monitor, begin, say } = surroundings;
  const api: unknown = 'serial' in navigator ? navigator.serial : null;
  const baud = element('select', {}, ...baudRates.map((rate) => element('option', { value: rate, selected: rate === 115_200 }, String(rate))));
  const button = element('button', { type: 'button', class: 'main', onclick: () => void toggle() }, 'Connect');
  let reader: ReadableStreamDefaultReader<string> | null = null;

  const toggle = async (): Promise<void> => {
    if (reader === null) await start();
    else {
      source.stop();
      say(source, 'Disconnected.');
    }
  };
  const start = async (): Promise<void> => {
    if (!isSerial(api)) return;
    try {
      const port = await api.requestPort();
      await port.open({ baudRate: Number(baud.value) });
      if (port.readable === null || !(await begin(source, liveStream('serial port')))) return void port.close();
      button.textContent = 'Disconnect';
      say(source, 'Connected, waiting for the first line.', 'good');
      await readAll(port.readable);
      await port.close();
      if (reader !== null) say(source, 'The port was closed.', 'bad');
    } catch (error) {
      say(source, error instanceof Error ? error.message : String(error), 'bad');
    } finally {
      reader = null;
      button.textContent = 'Connect';
    }
  };
  /** Lines until the port or the user ends it. The first one may be cut off, so it may be wrong. */
  const readAll = async (bytes: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> => {
    const own = bytes.pipeThrough(new TextDecoderStream()).getReader();
    reader = own;
    let [rest, lines, wrong] = ['', 0, 0];
    for (;;) {
      const { done, value } = await own.read();
      if (done || reader !== own) return own.cancel();
      const parts = (rest + value).split('\n');
      rest = parts.pop()!;
      for (const line of parts.filter((part) => part.trim() !== '')) {
        const sample = readLine(line, manifest.input.channelCount);
        if (sample !== null) monitor.add(sample, null);
        else if (lines > 0 && ++wrong > 0) {
          say(source, `${wrong} of ${lines + 1} lines are not ${manifest.input.channelCount} numbers: ${line.trim().slice(0, 40)}`, 'bad');
        }
        if (lines++ === 0 && sample !== null) say(source, 'Lines come in.', 'good');
      }
    }
  };
  const source: Source = {
    label: 'Serial port',
    unavailable: isSerial(api) ? null : 'This browser has no Web Serial; Chrome and Edge on a computer have.',
    controls: element('div', { class: 'form' }, field('Baud rate', baud), button),
    pick: () => say(source, `One line per sample: ${manifest.input.channelCount} numbers with commas or blanks between.`),
    stop() {
      void reader?.cancel();
      reader = null;
    },
  };
  return source;
}

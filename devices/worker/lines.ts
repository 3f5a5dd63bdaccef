import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Receiver, Source } from '../sources/define.ts';

/** Samples that are taken before they have to be stored. */
const mostOpen = 8192;

/** Lines of JSON: {"sensor": "pump 7", "time": 1753000000.5, "values": [1.5, null]}; time (seconds since 1970, or ISO 8601) may be missing. */
export class LinesSource implements Source {
  readonly name = 'lines';
  readonly ended: Promise<void>;
  readonly #input: Readable;
  readonly #artifact: string;
  #end: () => void = () => {};
  #isStopped = false;

  constructor(input: Readable, artifact: string) {
    this.#input = input;
    this.#artifact = artifact;
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  start(receiver: Receiver): Promise<void> {
    void this.#read(receiver).finally(() => this.#end());
    return Promise.resolve();
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    this.#input.destroy();
    return this.ended;
  }

  async #read(receiver: Receiver): Promise<void> {
    let open = 0;
    try {
      for await (const line of createInterface({ input: this.#input })) {
        if (line.trim() === '') continue;
        const sample = parseLine(line);
        if (sample === null) receiver.refuse('malformed', line.slice(0, 200));
        else receiver.take({ artifact: this.#artifact, ...sample });
        if (++open < mostOpen) continue;
        await receiver.safe();
        open = 0;
      }
    } catch (error) {
      // `stop` ends the input in the middle.
      if (!this.#isStopped) throw error;
    }
    await receiver.safe();
  }
}

function parseLine(line: string): { sensor: string; time: number | null; values: Float32Array } | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || !('sensor' in value) || !('values' in value)) return null;
  const { sensor, values } = value;
  if (typeof sensor !== 'string' || sensor === '' || !Array.isArray(values) || values.length === 0) return null;
  if (!values.every((one) => one === null || typeof one === 'number')) return null;
  const time = 'time' in value ? timeOf(value.time) : null;
  if (time !== null && Number.isNaN(time)) return null;
  return { sensor, time, values: Float32Array.from(values, (one: number | null) => one ?? NaN) };
}

/** NaN: it is no time. */
function timeOf(time: unknown): number | null {
  if (time === null || time === undefined) return null;
  if (typeof time === 'number') return time;
  return typeof time === 'string' ? Date.parse(time) / 1000 : NaN;
}

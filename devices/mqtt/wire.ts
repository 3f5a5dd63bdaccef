import { Duplex } from 'node:stream';
import type { FrameReader } from './frames.ts';

/** First byte of a CONNACK, MQTT 5 section 3.2.1. */
export const connack = 0x20;

/**
 * What mqtt.js takes for its socket. Of what comes in it sees the packets that the frame reader leaves to it; what goes out, from it and
 * from `send`, is written in one piece per turn of the event loop.
 */
export class Wire extends Duplex {
  readonly #socket: Duplex;
  readonly #frames: FrameReader;
  #isCorked = false;

  constructor(socket: Duplex, frames: FrameReader) {
    super({ writableHighWaterMark: 1 << 20 });
    this.#socket = socket;
    this.#frames = frames;
    // An HTTP server's answer would be taken for the beginning of a packet, of which the rest never comes.
    socket.once(
      'data',
      ([first]: Buffer) => first !== connack && this.destroy(new Error('what answers there is no MQTT broker')),
    );
    socket.on('data', (chunk: Buffer) => this.#feed(() => frames.feed(chunk)));
    socket.on('error', (error) => this.destroy(error));
    // The packets before the end of the stream reach mqtt.js first: it reads them in this turn of the event loop.
    socket.on('close', () => setImmediate(() => this.destroy()));
  }

  get isHeld(): boolean {
    return this.#frames.isHeld;
  }

  /** Writes a whole packet (or several). */
  send(bytes: Buffer): void {
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.cork();
      process.nextTick(() => {
        this.#isCorked = false;
        this.uncork();
      });
    }
    this.write(bytes);
  }

  /** Reads no more until `release`: the broker has to wait. */
  hold(): void {
    this.#frames.hold();
    this.#socket.pause();
  }

  release(): void {
    this.#feed(() => this.#frames.release());
    if (!this.#frames.isHeld) this.#socket.resume();
  }

  #feed(read: () => void): void {
    if (this.destroyed) return;
    try {
      read();
    } catch (error) {
      this.destroy(new Error(`the broker sent what is not MQTT: ${error instanceof Error ? error.message : 'unknown'}`));
    }
  }

  // What mqtt.js does not read at once is a handful of small packets: `push` keeps it.
  override _read(): void {}

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: (error?: Error | null) => void): void {
    this.#socket.write(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: () => void): void {
    this.#socket.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }
}

import type { Entry } from '../spool/define.ts';
import { frameBytes, frameEnd, type Block } from './block.ts';

/** What a block costs in memory beside its bytes, about: an object, a view, an element. */
const blockOverheadBytes = 200;

/** Blocks in memory in the order of their positions, which may have gaps. */
export class BlockQueue {
  #blocks: Block[] = [];
  /** Index of the first one that is still there. */
  #head = 0;
  records = 0;
  /** Of the blocks as they lie in a segment. */
  bytes = 0;

  /** Bytes of memory, about. */
  get memoryBytes(): number {
    return this.bytes + blockOverheadBytes * (this.#blocks.length - this.#head);
  }

  get oldest(): Block | undefined {
    return this.#blocks[this.#head];
  }

  push(block: Block): void {
    this.#blocks.push(block);
    this.records += block.count;
    this.bytes += block.bytes.length;
  }

  shift(): Block | undefined {
    const block = this.#blocks[this.#head];
    if (block === undefined) return undefined;
    this.#head++;
    this.records -= block.count;
    this.bytes -= block.bytes.length;
    // Array.shift would move all the others each time.
    if (this.#head > 1024 && 2 * this.#head > this.#blocks.length) {
      this.#blocks = this.#blocks.slice(this.#head);
      this.#head = 0;
    } else if (this.#head === this.#blocks.length) {
      this.#blocks = [];
      this.#head = 0;
    }
    return block;
  }

  /** The oldest blocks that follow each other without a gap, at most `mostBytes` of them but at least one. */
  oldestRun(mostBytes: number): Block[] {
    const run: Block[] = [];
    let bytes = 0;
    for (let i = this.#head; i < this.#blocks.length; i++) {
      const block = this.#blocks[i]!;
      const before = run.at(-1);
      bytes += block.bytes.length;
      if (before !== undefined && (bytes > mostBytes || before.first + before.count !== block.first)) break;
      run.push(block);
    }
    return run;
  }

  /** Adds records from `from` on until `entries` has `most`; gives the position behind the last one, `from` if there was none. */
  read(from: number, most: number, entries: Entry[]): number {
    let reached = from;
    for (let i = this.#indexOf(from); i < this.#blocks.length && entries.length < most; i++) {
      const { first, count, bytes } = this.#blocks[i]!;
      let at = 0;
      for (let position = first; position < first + count && entries.length < most; position++) {
        const end = frameEnd(bytes, at);
        if (position >= from) {
          entries.push({ position, data: bytes.subarray(at + frameBytes, end) });
          reached = position + 1;
        }
        at = end;
      }
    }
    return reached;
  }

  /** Index of the first block that ends behind `position`. */
  #indexOf(position: number): number {
    let low = this.#head;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const { first, count } = this.#blocks[middle]!;
      if (first + count > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

import type { Arena, ArenaBuffer } from './plan.ts';

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const [rows, mostColumns] = [12, 60];

/**
 * The arena as a picture: addresses run down, steps run to the right, a letter stands where a buffer is alive. A line per
 * buffer says which one it is; # is what a step scribbles on.
 */
export function drawArena({ bytes, lowerBound, buffers }: Arena): string[] {
  const steps = Math.max(0, ...buffers.map(({ last }) => last)) + 1;
  const columns = Math.min(steps, mostColumns);
  const results = buffers.filter(({ name }) => name !== null);
  const letterOf = (buffer: ArenaBuffer): string =>
    buffer.name === null ? '#' : letters[results.indexOf(buffer) % letters.length]!;
  const cell = (row: number, column: number): string => {
    const address = ((row + 0.5) * bytes) / rows;
    const step = Math.floor((column * steps) / columns);
    const alive = buffers.find(
      ({ offset, bytes: size, first, last }) => first <= step && step <= last && offset <= address && address < offset + size,
    );
    return alive === undefined ? '.' : letterOf(alive);
  };
  const width = String(bytes).length;
  const picture = Array.from({ length: rows }, (_, row) => {
    const address = String(Math.round((row * bytes) / rows)).padStart(width);
    return `${address} ${Array.from({ length: columns }, (_cell, column) => cell(row, column)).join('')}`;
  });
  const over = lowerBound === 0 ? 0 : (100 * (bytes - lowerBound)) / lowerBound;
  return [
    `${bytes} bytes, the least possible is ${lowerBound} (${over.toFixed(1)} % above)`,
    ...picture,
    ...results.map(
      (buffer) => `${letterOf(buffer)} ${buffer.name}: ${buffer.bytes} bytes, steps ${buffer.first} to ${buffer.last}`,
    ),
  ];
}

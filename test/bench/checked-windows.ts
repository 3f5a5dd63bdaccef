/** The first window of each batch whose results are compared with the reference, of `count` windows. Runs in Node and on pages. */
export const checkedWindows = (count: number, batch: number): number[] =>
  Array.from({ length: Math.floor((count - batch) / Math.max(batch, 8)) + 1 }, (_, i) => i * Math.max(batch, 8));

/** The record that stands at a position: 100 to 499 bytes that only this position has. */
export const dataAt = (position: number): Buffer => Buffer.alloc(100 + ((position * 7919) % 400), `${position},`);

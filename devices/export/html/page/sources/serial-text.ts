/** Values per line, as microcontrollers print them: commas, semicolons, tabs or blanks between. null: the line is no sample. */
export function readLine(line: string, channels: number): Float32Array | null {
  const words = line.trim().split(/[,;\s]+/);
  if (words.length !== channels) return null;
  const values = Float32Array.from(words, Number);
  // Another word is no number, but a sensor may say NaN.
  return words.some((word, i) => word === '' || (Number.isNaN(values[i]) && !/^nan$/i.test(word))) ? null : values;
}

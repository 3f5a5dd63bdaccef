/** What could end a line, move a cursor, or turn the direction of a text: publishers choose some of the texts that we show. */
const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** A text of others for a terminal or a log: such characters as `\u{1b}`. */
export const plain = (text: string): string =>
  text.replaceAll(unsafe, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);

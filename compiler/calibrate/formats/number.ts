/** 10^0 to 10^22: the powers of ten that are whole f64 numbers. */
const powersOfTen = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const mostExactDigits = 15;
const [tab, space, carriageReturn, plus, minus, dot, zero, nine] = [0x09, 0x20, 0x0d, 0x2b, 0x2d, 0x2e, 0x30, 0x39];
const lowerCaseE = 0x65;

/**
 * The decimal number written in ASCII at bytes[from, to), blanks around it allowed, rounded as `Number` does; NaN if there
 * is none (also for "nan" and "inf"). Up to 15 digits and exponents to 22 need no text: the product or quotient of two
 * exact f64 numbers is rounded once (Clinger, "How to read floating point numbers accurately", PLDI 1990, section 3).
 */
export function parseNumber(bytes: Uint8Array, from: number, to: number): number {
  while (from < to && isBlank(bytes[from]!)) from++;
  while (from < to && isBlank(bytes[to - 1]!)) to--;
  let at = from;
  if (bytes[at] === minus || bytes[at] === plus) at++;
  const start = at;
  let [mantissa, digits, fraction] = [0, 0, 0];
  for (let seenDot = false; at < to; at++) {
    const byte = bytes[at]!;
    if (byte >= zero && byte <= nine) {
      mantissa = 10 * mantissa + (byte - zero);
      digits++;
      if (seenDot) fraction++;
    } else if (byte === dot && !seenDot) seenDot = true;
    else break;
  }
  if (digits === 0) return Number.NaN;
  if (at < to || digits > mostExactDigits || fraction >= powersOfTen.length) return parseText(bytes, from, to, at, start);
  const value = mantissa / powersOfTen[fraction]!;
  return bytes[from] === minus ? -value : value;
}

/** An exponent or many digits: by text, which is slow and right. `at`: where the mantissa ends. */
function parseText(bytes: Uint8Array, from: number, to: number, at: number, start: number): number {
  if (at < to && (bytes[at]! | 0x20) !== lowerCaseE) return Number.NaN;
  let text = '';
  for (let i = start; i < to; i++) text += String.fromCharCode(bytes[i]!);
  if (!/^[\d.]+([eE][+-]?\d+)?$/.test(text)) return Number.NaN;
  return bytes[from] === minus ? -Number(text) : Number(text);
}

const isBlank = (byte: number): boolean => byte === space || byte === tab || byte === carriageReturn;

import { exact } from './layers.ts';

/** `0.12 %`, `<0.01 %`, `0 %` */
export function percent(share: number): string {
  if (share === 0) return '0 %';
  const value = 100 * share;
  if (Math.abs(value) < 0.01) return '<0.01 %';
  return `${Number(Math.abs(value) >= 10 ? value.toFixed(1) : value.toPrecision(2))} %`;
}

/** Four significant digits, without an exponent where that is readable. */
export const number = (value: number): string => String(Number(value.toPrecision(4)));

/** Two significant digits: of ranges, where there are many. */
export const short = (value: number): string => String(Number(value.toPrecision(3)));

export function bytes(count: number): string {
  if (count < 10_000) return `${count} B`;
  return count < 10_000_000 ? `${(count / 1000).toFixed(1)} KB` : `${(count / 1e6).toFixed(1)} MB`;
}

export const count = (value: number): string => value.toLocaleString('en');

/** `1 window`, `2 windows` */
export const counted = (n: number, what: string): string => `${count(n)} ${what}${n === 1 ? '' : 's'}`;

export const decibels = (value: number | null): string =>
  value === null ? '-' : value >= exact ? 'exact' : `${value.toFixed(1)} dB`;

/** a / b; of two zeros 1. */
export const ratio = (a: number, b: number): number => (b === 0 ? (a === 0 ? 1 : Infinity) : a / b);

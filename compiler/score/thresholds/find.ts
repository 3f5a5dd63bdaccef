import { InputError } from '../../error.ts';
import { nearest } from '../../nearest.ts';
import { byConformal } from './conformal.ts';
import type { FoundThreshold, NormalScores, ThresholdMethod } from './define.ts';
import { byPeaks } from './pot.ts';
import { byQuantile } from './quantile.ts';
import { bySigma } from './sigma.ts';

/** One row per method. */
export const methods = {
  quantile: byQuantile,
  sigma: bySigma,
  pot: byPeaks,
  conformal: byConformal,
} as const satisfies Record<string, ThresholdMethod>;

export type ThresholdName = keyof typeof methods | 'fixed';

/** A method with its parameter, or a threshold that is given. */
export interface ThresholdChoice {
  readonly method: ThresholdName;
  readonly parameter: number;
}

/** Reads 'conformal:0.01', 'pot' (with its usual parameter) or a number. Throws an InputError. */
export function parseThreshold(text: string): ThresholdChoice {
  if (text.trim() !== '' && Number.isFinite(Number(text))) return { method: 'fixed', parameter: Number(text) };
  const [name = '', given, ...rest] = text.split(':');
  if (!isMethod(name) || rest.length > 0) {
    const similar = nearest(name, Object.keys(methods));
    const list = Object.entries(methods).map(([known, { parameter }]) => `${known}:${parameter.usual}`);
    throw bad(
      text,
      `expected a number, or one of ${list.join(', ')}`,
      similar === null ? 'Choose one of them.' : `Did you mean ${similar}?`,
    );
  }
  const { above, upTo, usual, meaning } = methods[name].parameter;
  const parameter = given === undefined ? usual : Number(given);
  if (given?.trim() === '' || !(parameter > above && parameter <= upTo)) {
    throw bad(
      text,
      `the number behind ${name} is the ${meaning}, above ${above} and up to ${upTo}`,
      `Usual is ${name}:${usual}.`,
    );
  }
  return { method: name, parameter };
}

/** The threshold of an artifact, from its own scores of normal data. */
export function findThreshold({ method, parameter }: ThresholdChoice, scores: NormalScores): FoundThreshold {
  if (method !== 'fixed') return methods[method].find(scores, parameter);
  return { value: parameter, falseAlarmRate: null, windows: scores.all.length, warning: null };
}

const isMethod = (name: string): name is keyof typeof methods => Object.hasOwn(methods, name);

const bad = (text: string, what: string, hint: string): InputError =>
  new InputError({ where: 'threshold', what: `is "${text}"; ${what}`, hint });

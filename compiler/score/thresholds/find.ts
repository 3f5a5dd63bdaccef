import { InputError } from '../../error.ts';
import { nearest } from '../../nearest.ts';
import { byBestF1 } from './best-f1.ts';
import { byConformal } from './conformal.ts';
import type { FoundThreshold, KnownScores, ThresholdMethod } from './define.ts';
import { byPeaks } from './pot.ts';
import { byQuantile } from './quantile.ts';
import { bySigma } from './sigma.ts';

/** One row per method. */
export const methods = {
  quantile: byQuantile,
  sigma: bySigma,
  pot: byPeaks,
  conformal: byConformal,
  'best-f1': byBestF1,
} as const satisfies Record<string, ThresholdMethod>;

/** A method with its parameter (null: it has none), or a threshold that is given. */
export type ThresholdChoice =
  | { readonly method: keyof typeof methods; readonly parameter: number | null }
  | { readonly method: 'fixed'; readonly parameter: number };

/** Reads 'conformal:0.01', 'pot' (with its usual parameter) or a number. Throws an InputError. */
export function parseThreshold(text: string): ThresholdChoice {
  if (text.trim() !== '' && Number.isFinite(Number(text))) return { method: 'fixed', parameter: Number(text) };
  const [name = '', given, ...rest] = text.split(':');
  if (!isMethod(name) || rest.length > 0) {
    const similar = nearest(name, Object.keys(methods));
    const list = Object.entries<ThresholdMethod>(methods).map(([known, { parameter }]) => usualWords(known, parameter));
    throw bad(
      text,
      `expected a number, or one of ${list.join(', ')}`,
      similar === null ? 'Choose one of them.' : `Did you mean ${similar}?`,
    );
  }
  const { parameter: range }: ThresholdMethod = methods[name];
  if (range === null) {
    if (given === undefined) return { method: name, parameter: null };
    throw bad(text, `${name} has no number: it is found from labelled recordings`, `Write ${name} alone.`);
  }
  const { above, upTo, usual, meaning } = range;
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

const usualWords = (name: string, parameter: ThresholdMethod['parameter']): string =>
  parameter === null ? name : `${name}:${parameter.usual}`;

/** Whether a threshold is found from labelled recordings. */
export const needsLabels = ({ method }: ThresholdChoice): boolean => method !== 'fixed' && methods[method].parameter === null;

/** The threshold of an artifact, from its own scores. */
export function findThreshold(choice: ThresholdChoice, scores: KnownScores): FoundThreshold {
  if (choice.method !== 'fixed') return methods[choice.method].find(scores, choice.parameter ?? Number.NaN);
  return { value: choice.parameter, falseAlarmRate: null, windows: scores.all.length, warning: null };
}

const isMethod = (name: string): name is keyof typeof methods => Object.hasOwn(methods, name);

const bad = (text: string, what: string, hint: string): InputError =>
  new InputError({ where: 'threshold', what: `is "${text}"; ${what}`, hint });

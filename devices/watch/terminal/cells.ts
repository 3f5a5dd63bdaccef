/** Characters that take two columns of a terminal, as nearly as is worth it. */
const wide = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u;

const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** A text in so many columns: padded, or cut with an ellipsis. */
export function cell(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const { shown, columns } = fit(text, width);
  const padding = ' '.repeat(Math.max(0, width - columns));
  return align === 'left' ? shown + padding : padding + shown;
}

function fit(text: string, width: number): { readonly shown: string; readonly columns: number } {
  // What nearly all names are.
  if (/^[\x20-\x7e]*$/.test(text) && text.length <= width) return { shown: text, columns: text.length };
  const parts = [...segmenter.segment(text)].map(({ segment }) => ({ segment, columns: wide.test(segment) ? 2 : 1 }));
  const total = parts.reduce((sum, { columns }) => sum + columns, 0);
  if (total <= width) return { shown: text, columns: total };
  if (width <= 0) return { shown: '', columns: 0 };
  let [shown, columns] = ['', 0];
  for (const part of parts) {
    if (columns + part.columns > width - 1) break;
    shown += part.segment;
    columns += part.columns;
  }
  return { shown: `${shown}\u2026`, columns: columns + 1 };
}

const eighths = ['', '\u258f', '\u258e', '\u258d', '\u258c', '\u258b', '\u258a', '\u2589'] as const;

/** A bar of so many columns: the threshold is in its middle, and twice the threshold at its end. */
export function bar(ratio: number | null, width: number): string {
  const length = Math.round(8 * width * Math.min(1, Math.max(0, (ratio ?? 0) / 2)));
  const text = '\u2588'.repeat(Math.floor(length / 8)) + eighths[length % 8]!;
  const middle = Math.floor(width / 2);
  const rest = Array.from({ length: width - text.length }, (_, i) => (text.length + i === middle ? '\u2502' : ' '));
  return text + rest.join('');
}

const steps = '\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588';

/** The newest of some scores in thresholds, one per column: the highest step is twice the threshold or nearly so. A dot: no score. */
export function sparkline(history: readonly number[], width: number): string {
  const text = history
    .slice(-width)
    .map((ratio) => (Number.isNaN(ratio) ? '\u00b7' : steps[Math.min(7, Math.floor(4 * Math.max(0, ratio)))]!))
    .join('');
  return text.padStart(width);
}

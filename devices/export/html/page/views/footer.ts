import type { Manifest } from '../../../../../runtime-js/artifact/manifest.ts';
import { element, setText } from '../dom.ts';
import { count, counted, number } from '../format.ts';

/** What the page is about, in small letters. */
export function footer(
  { name, tool, score, input, model }: Manifest,
  artifactBytes: number,
): { readonly element: HTMLElement; readonly offline: (isKept: boolean) => void } {
  const kept = element('span', {});
  const window =
    input.samples === 1
      ? counted(input.channelCount, 'value')
      : `${counted(input.samples, 'sample')} of ${counted(input.channelCount, 'channel')}`;
  return {
    element: element(
      'footer',
      {},
      element(
        'p',
        {},
        `${name}: ${model.file}, ${count(Math.round(artifactBytes / 1000))} KB, by ${tool}. A window is ${window}; its score is ${score.function}, the threshold ${number(score.threshold)} (${score.method}). `,
        kept,
      ),
    ),
    offline: (isKept) => setText(kept, isKept ? 'Works without a network.' : 'Needs its server: this browser does not keep it.'),
  };
}

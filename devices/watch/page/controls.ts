import { element, field, radios, setText } from '../../export/html/page/dom.ts';
import { count } from '../../export/html/page/format.ts';
import type { Show, Update } from '../view.ts';

/** After the last key, so that not every letter asks anew. */
const typingMs = 200;

interface Controls {
  readonly element: HTMLElement;
  readonly show: (counts: Update['counts']) => void;
}

/** Which sensors are shown, and whether the list moves. */
export function controls(on: {
  readonly show: (show: Show) => void;
  readonly filter: (filter: string) => void;
  readonly pause: (isPaused: boolean) => void;
}): Controls {
  const options = [
    { value: 'all', label: 'All' },
    { value: 'alarm', label: 'In alarm' },
    { value: 'look', label: 'Need a look' },
    { value: 'normal', label: 'Normal' },
  ] as const;
  const groups = radios<Show>('Which sensors', options, 'all', on.show);
  const figures = options.map(() => element('strong', { class: 'figures' }));
  [...groups.element.querySelectorAll('span')].forEach((label, index) => label.append(figures[index]!));
  return {
    element: element(
      'section',
      { class: 'card words', 'aria-label': 'Which sensors to show' },
      groups.element,
      element(
        'div',
        { class: 'finding' },
        field('Find sensor, gateway or artifact', findField(on.filter)),
        pauseButton(on.pause),
      ),
    ),
    show: (counts) => figuresOf(counts).forEach((figure, index) => setText(figures[index]!, count(figure))),
  };
}

export const total = (counts: Update['counts']): number => Object.values(counts).reduce((sum, figure) => sum + figure, 0);

/** In the order of the groups. */
const figuresOf = (counts: Update['counts']): readonly number[] => [
  total(counts),
  counts.alarm,
  counts.above + counts.blind + counts.silent,
  counts.normal,
];

function findField(onFilter: (filter: string) => void): HTMLInputElement {
  const find = element('input', {
    type: 'search',
    autocomplete: 'off',
    spellcheck: 'false',
    maxlength: 100,
  });
  let typing: ReturnType<typeof setTimeout> | undefined;
  find.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(() => onFilter(find.value), typingMs);
  });
  return find;
}

function pauseButton(onPause: (isPaused: boolean) => void): HTMLButtonElement {
  let isPaused = false;
  const button = element('button', {
    type: 'button',
    onclick: () => {
      isPaused = !isPaused;
      button.classList.toggle('main', isPaused);
      setText(button, isPaused ? 'Go on' : 'Pause');
      onPause(isPaused);
    },
  });
  button.append('Pause');
  return button;
}

import type { State } from './alarms.ts';
import { element } from './dom.ts';

const colours: Readonly<Record<State['at'], string>> = {
  waiting: '#7a8590',
  normal: '#1d7f55',
  alarm: '#c4281c',
  blind: '#8a5a00',
};

/** The state in the tab of the browser: a dot in its colour, and a word before the title where there is an alarm. */
export class Badge {
  readonly #title: string;
  readonly #icon = element('link', { rel: 'icon' });
  #shown: State['at'] | null = null;

  constructor(title: string) {
    this.#title = title;
    document.head.append(this.#icon);
  }

  show({ at }: State): void {
    if (at === this.#shown) return;
    this.#shown = at;
    document.title = at === 'alarm' ? `ALARM: ${this.#title}` : this.#title;
    const shape = at === 'alarm' ? "<path d='M8 1 15.5 15H.5z'/>" : "<circle cx='8' cy='8' r='7'/>";
    const svg = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='${colours[at]}'>${shape}</svg>`;
    this.#icon.href = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  }
}

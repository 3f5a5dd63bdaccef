import type { Alarm } from '../alarms.ts';
import { card, element } from '../dom.ts';
import { number, percent, position, span } from '../format.ts';
import type { Monitor } from '../monitor.ts';

const most = 8;

/** The alarms of this stream, the newest first. */
export class AlarmList {
  readonly element: HTMLElement;
  readonly #body = element('tbody');
  readonly #table: HTMLElement;
  readonly #none = element('p', { class: 'quiet' }, 'None so far.');
  #shown: readonly Alarm[] | null = null;

  constructor() {
    this.#table = element(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of alarms', hidden: true },
      element(
        'table',
        {},
        element(
          'thead',
          {},
          element('tr', {}, ...['From', 'For', 'Highest score', 'Behind it'].map((head) => element('th', { scope: 'col' }, head))),
        ),
        this.#body,
      ),
    );
    this.element = card('alarms', 'Alarms', this.#none, this.#table);
  }

  show({ alarms, stream }: Monitor): void {
    if (alarms === this.#shown) return;
    this.#shown = alarms;
    this.#none.hidden = alarms.length > 0;
    this.#table.hidden = alarms.length === 0;
    const rows = alarms.slice(-most).toReversed();
    this.#body.replaceChildren(
      ...rows.map(({ from, to, over, peak, causes }) =>
        element(
          'tr',
          { class: over ? '' : 'on' },
          element('th', { scope: 'row' }, position(stream.axis, from)),
          element('td', {}, over ? span(stream.axis, stream.axis === 'row' ? to - from + 1 : to - from) : 'goes on'),
          element('td', { class: 'figures' }, number(peak)),
          element('td', {}, causes.map(({ channel, share }) => `${channel} ${percent(share)}`).join(', ')),
        ),
      ),
    );
  }
}

import type { Alarm } from '../alarms.ts';
import { card, element } from '../dom.ts';
import type { Axis } from '../format.ts';
import { counted, number, percent, position, span } from '../format.ts';
import type { Monitor } from '../monitor.ts';

const most = 30;

/** The alarms of this stream, the newest first. */
export class AlarmList {
  readonly element: HTMLElement;
  readonly #list = element('ol', { class: 'list' });
  readonly #scroll: HTMLElement;
  readonly #note = element('p', { class: 'quiet' }, 'None so far.');
  #shown: readonly Alarm[] | null = null;

  constructor() {
    this.#scroll = element(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'List of alarms', hidden: true },
      this.#list,
    );
    this.element = card('alarms', 'Alarms', this.#scroll, this.#note);
  }

  show({ alarms, stream }: Monitor): boolean {
    if (alarms === this.#shown) return false;
    this.#shown = alarms;
    this.#scroll.hidden = alarms.length === 0;
    this.#note.hidden = alarms.length > 0 && alarms.length <= most;
    this.#note.textContent = alarms.length === 0 ? 'None so far.' : `And ${counted(alarms.length - most, 'earlier one')}.`;
    this.#list.replaceChildren(
      ...alarms
        .slice(-most)
        .toReversed()
        .map((alarm) => itemOf(alarm, stream.axis)),
    );
    return true;
  }
}

function itemOf({ from, to, over, peak, causes }: Alarm, axis: Axis): HTMLElement {
  const length = over ? `for ${span(axis, axis === 'row' ? to - from + 1 : to - from)}` : 'goes on';
  const behind = causes.map(({ channel, share }) => `${channel} ${percent(share)}`).join(', ');
  return element(
    'li',
    { class: over ? '' : 'on' },
    element(
      'p',
      { class: 'when' },
      element('strong', {}, position(axis, from)),
      ` ${length}`,
      element('span', { class: 'figures peak' }, number(peak)),
    ),
    element('p', { class: 'quiet' }, behind),
  );
}

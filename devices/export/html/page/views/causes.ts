import type { Manifest } from '../../../../../runtime-js/artifact/manifest.ts';
import { unitOf } from '../channels.ts';
import { card, element, setText } from '../dom.ts';
import { percent } from '../format.ts';
import type { State } from '../alarms.ts';
import type { Detail, Monitor } from '../monitor.ts';

/** More are not read by anybody who stands before a machine. */
const most = 5;

interface Row {
  readonly element: HTMLElement;
  readonly name: HTMLElement;
  readonly unit: HTMLElement;
  readonly feature: HTMLElement;
  readonly share: HTMLElement;
  readonly bar: HTMLElement;
}

/** The sensors behind the newest score, the greatest share first. */
export class CausesView {
  readonly element: HTMLElement;
  readonly #manifest: Manifest;
  readonly #heading: Node;
  readonly #note = element('p', { class: 'quiet' });
  readonly #rows: readonly Row[];
  #shown: { readonly detail: Detail | null; readonly at: State['at'] } | null = null;

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
    this.#rows = Array.from({ length: Math.min(most, manifest.input.channelCount) }, makeRow);
    this.element = card(
      'causes',
      'What the score is made of',
      element('ol', { class: 'bars' }, ...this.#rows.map((row) => row.element)),
      this.#note,
    );
    this.#heading = this.element.firstElementChild!;
  }

  show({ detail, state }: Monitor): boolean {
    if (this.#shown?.detail === detail && this.#shown.at === state.at) return false;
    this.#shown = { detail, at: state.at };
    const isAlarm = state.at === 'alarm';
    this.element.dataset['state'] = state.at;
    setText(this.#heading, isAlarm ? 'Sensors behind the alarm' : 'What the score is made of');
    this.#rows.forEach((row, i) => {
      const found = detail?.contributions[i];
      row.element.hidden = found === undefined;
      if (found === undefined) return;
      const unit = unitOf(this.#manifest, found.channel);
      setText(row.name, found.channel);
      setText(row.unit, unit === null ? '' : ` ${unit}`);
      setText(row.feature, found.feature === null ? '' : found.feature);
      setText(row.share, percent(found.share));
      row.bar.style.setProperty('--share', found.share.toFixed(3));
    });
    const rest = this.#manifest.input.channelCount - most;
    const others = rest > 0 ? `The ${most} greatest of ${this.#manifest.input.channelCount} channels. ` : '';
    setText(
      this.#note,
      detail === null ? 'Nothing was scored yet.' : `${others}${isAlarm ? '' : 'The score is small: so is each part of it.'}`,
    );
    return true;
  }
}

function makeRow(): Row {
  const [name, unit, feature, share] = [
    element('span', { class: 'name' }),
    element('span', { class: 'quiet' }),
    element('span', { class: 'feature quiet' }),
    element('span', { class: 'figures share' }),
  ];
  const bar = element('div', { class: 'bar', 'aria-hidden': 'true' });
  const made = element(
    'li',
    { hidden: true },
    element('div', { class: 'bar-text' }, element('span', {}, name, unit), share),
    bar,
    feature,
  );
  return { element: made, name, unit, feature, share, bar };
}

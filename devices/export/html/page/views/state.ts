import type { Manifest } from '../../../../../runtime-js/artifact/manifest.ts';
import type { State } from '../alarms.ts';
import { element, setText } from '../dom.ts';
import { count, counted, number, position, ratio } from '../format.ts';
import type { Monitor } from '../monitor.ts';

/** The word, in large letters, and its sign: a shape as well as a colour. */
const words: Readonly<Record<State['at'], { readonly word: string; readonly sign: string }>> = {
  waiting: { word: 'Waiting', sign: '<circle cx="12" cy="12" r="8.5" fill="none" stroke-width="3" stroke-dasharray="2.5 4.2"/>' },
  normal: {
    word: 'Normal',
    sign: '<circle cx="12" cy="12" r="8.5" fill="none" stroke-width="3"/><path d="M8 12.2l2.9 2.9 5.2-5.8" fill="none" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/>',
  },
  alarm: {
    word: 'Alarm',
    sign: '<path d="M12 2.6 22.6 21H1.4z" stroke="none"/><path class="hole" d="M12 9.2v5.4M12 17.6v.2" stroke-width="2.4" stroke-linecap="round"/>',
  },
  blind: {
    word: 'No score',
    sign: '<circle cx="12" cy="12" r="8.5" fill="none" stroke-width="3"/><path d="M6.2 17.8 17.8 6.2" stroke-width="3"/>',
  },
};

const faultWords = { missing: 'missing', stuck: 'stuck', gap: 'in gaps', late: 'late', rate: 'at a wrong rate' } as const;

/** What one must see from across the room: the state, since when, and the score beside its threshold. */
export class StateView {
  readonly element: HTMLElement;
  readonly #manifest: Manifest;
  readonly #sign = element('span', { class: 'sign', 'aria-hidden': 'true' });
  readonly #word = element('span', { class: 'word' });
  readonly #since = element('p', { class: 'since' });
  readonly #score = element('strong', { class: 'figures' }, '-');
  readonly #ratio = element('span', { class: 'quiet' });
  readonly #bar = element('div', { class: 'level' });
  readonly #alarmsName = element('dt', {}, 'alarms');
  readonly #facts: Readonly<Record<'rate' | 'windows' | 'alarms', HTMLElement>> = {
    rate: element('dd', { class: 'figures' }, '-'),
    windows: element('dd', { class: 'figures' }, '0'),
    alarms: element('dd', { class: 'figures' }, '0'),
  };
  readonly #notice = element('p', { class: 'notice', hidden: true });
  /** Read out when the state changes, not at each score. */
  readonly #said = element('p', { class: 'unseen', role: 'status', 'aria-live': 'polite' });
  #shown: State['at'] | null = null;
  /** Where the newest alarm that was read out began. */
  #saidAlarm: number | null = null;

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
    const facts = {
      rate: element('dt', {}, 'samples per second'),
      windows: element('dt', {}, 'windows scored'),
      alarms: this.#alarmsName,
    };
    this.element = element(
      'section',
      { class: 'card state', id: 'state', 'aria-label': 'State' },
      element('div', { class: 'headline' }, this.#sign, element('div', {}, this.#word, this.#since)),
      element(
        'div',
        { class: 'gauge' },
        element('p', { class: 'gauge-text' }, 'Score ', this.#score, ' ', this.#ratio),
        element('div', { class: 'scale', 'aria-hidden': 'true' }, this.#bar, element('div', { class: 'limit' })),
        element(
          'p',
          { class: 'gauge-ends quiet', 'aria-hidden': 'true' },
          element('span', {}, '0'),
          element('span', {}, `threshold ${number(manifest.score.threshold)}`),
          element('span', {}, `${number(2 * manifest.score.threshold)}+`),
        ),
      ),
      element(
        'dl',
        { class: 'facts' },
        ...(['rate', 'windows', 'alarms'] as const).map((name) => element('div', {}, facts[name], this.#facts[name])),
      ),
      this.#notice,
      this.#said,
    );
  }

  show(monitor: Monitor, samplesPerSecond: number): true {
    const { state, history, alarms } = monitor;
    const before = this.#shown;
    if (before !== state.at) this.#change(state);
    this.#say(monitor, before);
    setText(this.#since, this.#sinceOf(monitor));
    const last = history.length === 0 ? null : history.at(history.length - 1);
    const { threshold } = this.#manifest.score;
    setText(this.#score, last?.score == null ? '-' : number(last.score));
    setText(this.#ratio, last?.score == null ? '' : ratio(last.score, threshold));
    this.#bar.style.setProperty('--level', String(Math.min(1, Math.max(0, (last?.score ?? 0) / (2 * threshold)))));
    setText(
      this.#facts.rate,
      number(samplesPerSecond >= 100 ? Math.round(samplesPerSecond) : Number(samplesPerSecond.toFixed(1))),
    );
    setText(this.#facts.windows, count(history.total));
    setText(this.#facts.alarms, count(alarms.length));
    setText(this.#alarmsName, alarms.length === 1 ? 'alarm' : 'alarms');
    const notice = this.#noticeOf(monitor);
    this.#notice.hidden = notice === '';
    setText(this.#notice, notice);
    return true;
  }

  #change(state: State): void {
    const { word, sign } = words[state.at];
    this.element.dataset['state'] = state.at;
    this.#sign.innerHTML = `<svg viewBox="0 0 24 24">${sign}</svg>`;
    setText(this.#word, word);
    this.#shown = state.at;
  }

  /** Also an alarm that came and went between two pictures; but not the first state, and not that there is nothing yet: nobody asked. */
  #say({ state, alarms, stream }: Monitor, before: State['at'] | null): void {
    const last = alarms.at(-1);
    const isNew = last !== undefined && last.from !== this.#saidAlarm;
    this.#saidAlarm = last?.from ?? null;
    if (before === null || state.at === 'waiting') return;
    if (isNew) setText(this.#said, `Alarm since ${position(stream.axis, last.from)}${last.over ? ', over again' : ''}.`);
    else if (before !== state.at)
      setText(this.#said, state.at === 'normal' ? 'The state is normal.' : `${words[state.at].word}.`);
  }

  #sinceOf({ state, stream, samples }: Monitor): string {
    if (state.at !== 'waiting') return `since ${position(stream.axis, state.since)}`;
    const { samples: needed } = this.#manifest.input;
    return samples === 0 ? 'for samples' : `for the first window: ${count(samples)} of ${counted(needed, 'sample')}`;
  }

  #noticeOf({ faults, drift, stream, state }: Monitor): string {
    const met = Object.entries(faultWords).flatMap(([fault, word]) => {
      const times = faults[fault as keyof typeof faultWords];
      return times === 0 ? [] : [`${count(times)} ${word}`];
    });
    return [
      met.length === 0 ? '' : `Samples: ${met.join(', ')}.`,
      drift === null || state.at === 'alarm'
        ? ''
        : `Scores have been ${drift.direction === 'up' ? 'higher' : 'lower'} than in the normal data since ${position(stream.axis, drift.position)}: has the machine, or its work, changed?`,
    ]
      .filter((sentence) => sentence !== '')
      .join(' ');
  }
}

import { element, setText } from '../../export/html/page/dom.ts';
import { count, number } from '../../export/html/page/format.ts';
import type { Condition } from '../severity.ts';
import type { RowView } from '../view.ts';
import type { Share } from '../notice.ts';
import { age, times } from '../words.ts';

const words: Readonly<Record<Condition, string>> = {
  alarm: 'Alarm',
  above: 'Above',
  blind: 'No score',
  silent: 'Silent',
  normal: 'Normal',
  waiting: 'Waiting',
  offline: 'Offline',
};

const svgName = 'http://www.w3.org/2000/svg';

/** Scores of the line; twice the threshold is at its top. */
const [across, down, top] = [48, 24, 200];

/** A sensor in the list. */
export class RowElement {
  readonly item: HTMLLIElement;
  readonly #state = element('span', { class: 'condition' });
  readonly #name = element('strong', { class: 'name' });
  readonly #where = element('span', { class: 'quiet where' });
  readonly #line = document.createElementNS(svgName, 'path');
  readonly #level = element('span', { class: 'level' });
  readonly #times = element('strong', { class: 'figures times' });
  readonly #score = element('span', { class: 'quiet figures' });
  readonly #when = element('span', { class: 'quiet figures when' });
  readonly #why = element('span', { class: 'why' });
  #row: RowView;

  constructor(row: RowView) {
    this.#row = row;
    const picture = document.createElementNS(svgName, 'svg');
    picture.setAttribute('viewBox', `0 0 ${across - 1} ${down}`);
    picture.setAttribute('preserveAspectRatio', 'none');
    picture.setAttribute('aria-hidden', 'true');
    picture.setAttribute('class', 'spark');
    const limit = document.createElementNS(svgName, 'path');
    limit.setAttribute('class', 'limit-line');
    limit.setAttribute('d', `M0 ${down / 2}H${across - 1}`);
    this.#line.setAttribute('class', 'score-line');
    picture.append(limit, this.#line);
    const scale = element('div', { class: 'scale', 'aria-hidden': 'true' }, this.#level, element('span', { class: 'limit' }));
    this.item = element(
      'li',
      {},
      this.#state,
      element('div', { class: 'who' }, this.#name, this.#where),
      element('div', { class: 'gauge' }, element('div', { class: 'gauge-line' }, this.#times, this.#score), scale),
      picture,
      element('div', { class: 'news' }, this.#when, this.#why),
    );
    this.show(row);
  }

  show(row: RowView): void {
    this.#row = row;
    this.item.dataset['condition'] = row.condition;
    this.item.classList.toggle('silent', row.silent);
    setText(this.#state, words[row.condition]);
    setText(this.#name, row.name);
    setText(this.#where, [row.node, row.artifact].filter((part) => part !== null && part !== '').join(' \u00b7 '));
    const isPassed = row.score !== null && row.threshold !== null && row.ratio === null;
    setText(this.#times, row.ratio === null ? (isPassed ? '> 999 \u00d7' : '\u2013') : `${times(row.ratio)} \u00d7`);
    setText(this.#score, row.score === null ? 'no score' : `score ${number(row.score)}`);
    this.#level.style.setProperty('--level', String(Math.min(1, Math.max(0, isPassed ? 1 : (row.ratio ?? 0) / 2))));
    this.#line.setAttribute('d', pathOf(row.history));
    setText(this.#why, row.condition === 'alarm' || row.condition === 'above' ? reasons(row.why) : '');
  }

  /** Says how old it all is. `nowMs` by the clock of the watch. */
  tell(nowMs: number): void {
    const { seenAt, alarmSince, condition, silent } = this.#row;
    const heard = seenAt === null ? 'not heard yet' : nowMs - seenAt < 2000 ? 'just now' : `${age(nowMs - seenAt)} ago`;
    const since = condition === 'alarm' && alarmSince !== null ? `for ${age(nowMs - alarmSince)}` : '';
    setText(this.#when, since === '' ? heard : silent ? `${since}, heard ${heard}` : since);
  }
}

/** A line breaks between channels only. */
const reasons = (why: readonly Share[]): string =>
  why.map(({ channel, share }) => `${channel}\u00a0${Math.round(100 * share)}\u202f%`).join(', ');

/** A line through the scores, the newest at the right; broken where there is none. */
function pathOf(history: RowView['history']): string {
  let isDown = false;
  return history
    .map((hundredths, i) => {
      if (hundredths === null) {
        isDown = false;
        return '';
      }
      const y = down - 1 - (Math.min(top, Math.max(0, hundredths)) / top) * (down - 2);
      const step = `${isDown ? 'L' : 'M'}${across - history.length + i} ${Number(y.toFixed(1))}`;
      // A score between two that are not there is a point: a line of no length, with round ends.
      const isAlone = !isDown && (history[i + 1] ?? null) === null;
      isDown = true;
      return isAlone ? `${step}h0` : step;
    })
    .join('');
}

export const more = (hidden: number): string => `${count(hidden)} more sensor${hidden === 1 ? '' : 's'}`;

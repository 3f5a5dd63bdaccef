import { element, setText } from '../../export/html/page/dom.ts';
import type { Update } from '../view.ts';
import { controls } from './controls.ts';
import { List } from './list.ts';
import { headline, linkWord, tally, troubles } from './sentences.ts';
import { Stream, type Wish } from './stream.ts';

const [firstLimit, moreRows, mostRows] = [60, 120, 500];

/** Shows what the watch sends, and asks for another part of it where somebody filters. */
class Watch {
  readonly #chip = element('span', { class: 'chip', id: 'link' }, 'connecting');
  readonly #heading = element('h1', {}, 'Waiting for sensors');
  readonly #troubles = element('div', { class: 'troubles' });
  readonly #announcer = element('p', { class: 'unseen', role: 'status', id: 'said' });
  readonly #tally = element('footer', {});
  readonly #list = new List(() => this.#ask({ limit: Math.min(mostRows, this.#wish.limit + moreRows) }));
  readonly #controls = controls({
    show: (show) => this.#ask({ show, limit: firstLimit }),
    filter: (filter) => this.#ask({ filter, limit: firstLimit }),
    pause: (isPaused) => this.#list.hold(isPaused, Date.now() + this.#aheadMs),
  });
  readonly #stream = new Stream(
    (update) => this.#take(update),
    (isOpen) => {
      this.#isOpen = isOpen;
      this.#showLink();
    },
  );
  #wish: Wish = { filter: '', show: 'all', limit: firstLimit };
  #last: Update | null = null;
  /** What the clock of the watch is ahead of this one, in milliseconds. */
  #aheadMs = 0;
  #isOpen = false;

  start(place: Element): void {
    const title = element('div', {}, element('p', { class: 'brand' }, 'Sandglass watch'), this.#heading);
    place.replaceChildren(
      element('header', {}, title, this.#chip),
      element('main', {}, this.#troubles, this.#controls.element, this.#list.element, this.#announcer),
      this.#tally,
    );
    this.#stream.open(this.#wish);
    setInterval(() => this.#list.tell(Date.now() + this.#aheadMs), 1000);
  }

  #ask(change: Partial<Wish>): void {
    this.#wish = { ...this.#wish, ...change };
    this.#stream.open(this.#wish);
  }

  #take(update: Update): void {
    this.#last = update;
    this.#aheadMs = update.now - Date.now();
    const { alarm } = update.counts;
    setText(this.#heading, headline(update.counts));
    document.title = `${alarm > 0 ? `(${alarm}) ` : ''}Sandglass watch`;
    this.#controls.show(update.counts);
    this.#list.take(update);
    if (update.said.length > 0) setText(this.#announcer, update.said.join('. '));
    setText(this.#tally, tally(update));
    this.#showLink();
  }

  #showLink(): void {
    this.#chip.dataset['state'] = this.#isOpen && this.#last?.link.isOnline === true ? 'live' : 'lost';
    setText(this.#chip, linkWord(this.#isOpen, this.#last));
    const lines = troubles(this.#isOpen, this.#last);
    if (lines.join('\n') === [...this.#troubles.children].map(({ textContent }) => textContent).join('\n')) return;
    this.#troubles.replaceChildren(...lines.map((line) => element('p', { class: 'trouble' }, line)));
  }
}

new Watch().start(document.querySelector('#page')!);

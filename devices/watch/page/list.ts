import { card, element, setText } from '../../export/html/page/dom.ts';
import type { Update } from '../view.ts';
import { more, RowElement } from './row.ts';

/** The sensors, the worst first. */
export class List {
  readonly element: HTMLElement;
  readonly #rows = new Map<number, RowElement>();
  readonly #items = element('ul', { class: 'rows' });
  readonly #none = element('p', { class: 'quiet none' });
  readonly #rest = element('p', { class: 'quiet' });
  readonly #more: HTMLButtonElement;
  #order: readonly number[] = [];
  /** Updates that came while the list is held: null while it is not. */
  #held: Map<number, Update['rows'][number]> | null = null;
  #heldOrder: readonly number[] | null = null;
  #matching = 0;

  constructor(onMore: () => void) {
    this.#more = element('button', { type: 'button', onclick: onMore }, 'Show more');
    // Safari takes a list without bullets for none.
    this.#items.setAttribute('role', 'list');
    this.element = card(
      'sensors',
      'Sensors, the worst first',
      this.#items,
      this.#none,
      element('div', { class: 'rest' }, this.#rest, this.#more),
    );
    this.#tellRest();
  }

  take(update: Update): void {
    this.#matching = update.matching;
    if (this.#held === null) {
      this.#show(update.rows, update.order ?? null, update.now);
    } else {
      for (const row of update.rows) this.#held.set(row.id, row);
      this.#heldOrder = update.order ?? this.#heldOrder;
    }
    this.#tellRest();
  }

  /** Keeps the list as it is, so that it can be read. */
  hold(isHeld: boolean, nowMs: number): void {
    const [rows, order] = [this.#held, this.#heldOrder];
    [this.#held, this.#heldOrder] = [isHeld ? new Map() : null, null];
    if (!isHeld && rows !== null) this.#show([...rows.values()], order, nowMs);
    this.#tellRest();
  }

  tell(nowMs: number): void {
    if (this.#held === null) for (const row of this.#rows.values()) row.tell(nowMs);
  }

  #show(rows: Update['rows'], order: readonly number[] | null, nowMs: number): void {
    for (const row of rows) {
      const known = this.#rows.get(row.id);
      if (known === undefined) this.#rows.set(row.id, new RowElement(row));
      else known.show(row);
      this.#rows.get(row.id)?.tell(nowMs);
    }
    if (order === null) return;
    this.#order = order;
    const wanted = new Set(order);
    for (const [id, { item }] of this.#rows) {
      if (wanted.has(id)) continue;
      item.remove();
      this.#rows.delete(id);
    }
    this.#arrange();
  }

  /** Moves as few items as a simple walk can: the browser lays out each that moves. */
  #arrange(): void {
    let next = this.#items.firstElementChild;
    for (const id of this.#order) {
      const item = this.#rows.get(id)?.item;
      if (item === undefined) continue;
      if (item === next) next = item.nextElementSibling;
      else this.#items.insertBefore(item, next);
    }
  }

  #tellRest(): void {
    const hidden = this.#matching - this.#order.length;
    this.#items.hidden = this.#order.length === 0;
    this.#none.hidden = this.#order.length > 0;
    setText(this.#none, 'No sensor is like that.');
    this.#rest.hidden = hidden <= 0;
    this.#more.hidden = hidden <= 0 || this.#order.length >= 500;
    if (hidden > 0) setText(this.#rest, more(hidden));
  }
}

import { ArtifactError } from '../../../../../runtime-js/artifact/error.ts';
import type { AsyncModel, LoadOptions } from '../../../../../runtime-js/async-model.ts';
import { card, element, radios, setText } from '../dom.ts';
import { latency } from '../format.ts';
import { timed, type Timing } from '../timing.ts';

export type Backend = NonNullable<LoadOptions['backend']>;

/** What may compute, as it is offered. */
const backends: Readonly<Record<Backend, string>> = {
  auto: 'Automatic',
  wasm: 'WebAssembly',
  webgpu: 'WebGPU',
  webnn: 'WebNN',
};
const names = Object.keys(backends) as Backend[];
const measured = names.filter((name) => name !== 'auto');

interface Actions {
  readonly open: (backend: Backend) => Promise<AsyncModel>;
  /** Scores go on with this model. */
  readonly use: (model: AsyncModel) => Promise<void>;
}

/** Which engine scores, and how long each takes here. */
export class EngineView {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #why = element('p', { class: 'quiet', role: 'status' });
  readonly #cells: ReadonlyMap<Backend, { readonly single: HTMLTableCellElement; readonly batch: HTMLElement }>;
  readonly #button: HTMLButtonElement;
  readonly #radios: ReturnType<typeof radios<Backend>>;
  #chosen: Backend = 'wasm';

  constructor(model: AsyncModel, actions: Actions) {
    this.#actions = actions;
    this.#cells = new Map(measured.map((name) => [name, { single: element('td', {}, '-'), batch: element('td', {}, '-') }]));
    this.#radios = radios(
      'Engine',
      names.map((value) => ({ value, label: backends[value] })),
      this.#chosen,
      (chosen) => void this.#choose(chosen),
    );
    this.#button = element('button', { type: 'button', onclick: () => void this.#measure() }, 'Measure here');
    this.element = card(
      'engine',
      'Engine',
      this.#radios.element,
      this.#why,
      element(
        'div',
        { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of timings' },
        element(
          'table',
          {},
          element(
            'thead',
            {},
            element(
              'tr',
              {},
              ...['Time per window', 'one by one', 'in batches of 64'].map((head) => element('th', { scope: 'col' }, head)),
            ),
          ),
          element('tbody', {}, ...measured.map((name) => this.#rowOf(name))),
        ),
      ),
      this.#button,
    );
    this.#explain(model);
  }

  #rowOf(name: Backend): HTMLElement {
    const { single, batch } = this.#cells.get(name)!;
    return element('tr', {}, element('th', { scope: 'row' }, backends[name]), single, batch);
  }

  #explain({ info }: AsyncModel): void {
    const others = info.others.map(({ backend, why }) => `${backends[backend]}: ${why}.`);
    setText(this.#why, [`Scores come from ${backends[info.backend]}: ${info.why}.`, ...others].join(' '));
  }

  async #choose(backend: Backend): Promise<void> {
    setText(this.#why, `Opening ${backends[backend]} ...`);
    try {
      const model = await this.#actions.open(backend);
      await this.#actions.use(model);
      this.#chosen = backend;
      this.#explain(model);
      await model.settled;
      this.#explain(model);
    } catch (error) {
      this.#radios.set(this.#chosen);
      setText(this.#why, `${backends[backend]} is not to be had: ${messageOf(error)} ${backends[this.#chosen]} goes on.`);
    }
  }

  async #measure(): Promise<void> {
    this.#button.disabled = true;
    for (const name of measured) {
      const { single, batch } = this.#cells.get(name)!;
      for (const cell of [single, batch]) setText(cell, '...');
      const found = await this.#timingOf(name);
      const isSentence = typeof found === 'string';
      single.colSpan = isSentence ? 2 : 1;
      batch.hidden = isSentence;
      setText(single, isSentence ? found : latency(found.singleMs));
      setText(batch, isSentence ? '' : latency(found.batchMs));
    }
    this.#button.disabled = false;
  }

  /** A sentence where the engine is not to be had. */
  async #timingOf(backend: Backend): Promise<Timing | string> {
    try {
      const model = await this.#actions.open(backend);
      try {
        return await timed(model);
      } finally {
        await model.dispose();
      }
    } catch (error) {
      return messageOf(error);
    }
  }
}

/** What an ArtifactError says without its place, which is this page, and without its hint, which is for programmers. */
function messageOf(error: unknown): string {
  if (error instanceof ArtifactError) return `${error.what.replace(/^cannot run on \w+: /, '')}.`;
  return error instanceof Error ? error.message : String(error);
}

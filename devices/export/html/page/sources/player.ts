import { element, field, setText } from '../dom.ts';
import { count } from '../format.ts';
import { naturalRate, rowsOf, streamOf, type Recording } from './recording.ts';
import type { Source, Surroundings } from './define.ts';

/** Rows at a time at full speed: the page stays answerable, and messages to the worker are few. */
const rowsAtOnce = 2048;
const tickMs = 50;

/** How far it has come is no news that a slow machine should lay out its page for at each tick. */
const showEveryMs = 250;

/** What plays at all is over by then, unless that takes a hundred times its rate. */
const mostSeconds = 60;

const speeds = [0.1, 0.5, 1, 2, 5, 10, 50, 100, 1000] as const;

/** Plays a recording into the monitor, at its rate or as fast as it goes. */
export class Player {
  readonly controls: HTMLElement;
  readonly #surroundings: Surroundings;
  readonly #source: Source;
  readonly #button: HTMLButtonElement;
  readonly #speed: HTMLSelectElement;
  readonly #speedField: HTMLElement;
  readonly #progress = element('progress', { max: 1, value: 0, 'aria-label': 'Part of the recording that was played' });
  readonly #place = element('span', { class: 'quiet figures' });
  #recording: Recording | null = null;
  #row = 0;
  /** Which run is the newest: one that is not ends at its next tick. */
  #run = 0;
  #playing = false;
  #shownAtMs = -Infinity;

  constructor(source: Source, surroundings: Surroundings) {
    this.#source = source;
    this.#surroundings = surroundings;
    this.#button = element('button', { type: 'button', class: 'main', onclick: () => this.#toggle() }, 'Pause');
    this.#speed = element('select', { onchange: () => this.#restartClock() });
    this.#speedField = field('Speed', this.#speed);
    this.controls = element(
      'div',
      { class: 'player', hidden: true },
      this.#button,
      this.#speedField,
      element('div', { class: 'progress' }, this.#progress, this.#place),
    );
  }

  /** Plays from the beginning. `speed` 'all': without waiting; null: so that some windows per second are scored. */
  async play(recording: Recording, speed: 'all' | null): Promise<void> {
    this.#recording = recording;
    const { rateHz, known } = naturalRate(recording, this.#surroundings.manifest);
    const perSecond = rateHz / this.#surroundings.manifest.input.hop;
    const seconds = rowsOf(recording) / rateHz;
    const fits = (factor: number): boolean => factor >= 1 && factor * perSecond >= 4 && seconds / factor <= mostSeconds;
    const fit = recording.loose ? 1 : (speeds.find(fits) ?? 100);
    this.#speed.replaceChildren(
      ...speeds.map((factor) =>
        element(
          'option',
          { value: factor, selected: speed === null && factor === fit },
          `${factor} \u00d7${factor === 1 && known ? ' (real time)' : ''}`,
        ),
      ),
      element('option', { value: 'all', selected: speed === 'all' }, 'all at once'),
    );
    this.controls.hidden = false;
    this.#speedField.hidden = recording.loose;
    await this.#begin();
  }

  stop(): void {
    this.#run++;
    this.#playing = false;
    this.#show();
    setText(this.#button, 'Play');
  }

  async #begin(): Promise<void> {
    const { manifest, begin } = this.#surroundings;
    this.#row = 0;
    if (await begin(this.#source, streamOf(this.#recording!, manifest))) await this.#go();
  }

  #toggle(): void {
    if (this.#playing) this.stop();
    else if (this.#row >= rowsOf(this.#recording!)) void this.#begin();
    else void this.#go();
  }

  #restartClock(): void {
    if (this.#playing) void this.#go();
  }

  async #go(): Promise<void> {
    const run = ++this.#run;
    const recording = this.#recording!;
    const { monitor, manifest } = this.#surroundings;
    const [rows, started, first] = [rowsOf(recording), performance.now(), this.#row];
    const perMs = (naturalRate(recording, manifest).rateHz * Number(this.#speed.value)) / 1000;
    this.#playing = true;
    setText(this.#button, 'Pause');
    while (this.#row < rows || recording.loose) {
      const due = Number.isNaN(perMs) ? Infinity : first + Math.floor((performance.now() - started) * perMs);
      const to = Math.min(recording.loose ? Infinity : rows, this.#row + rowsAtOnce, due);
      for (; this.#row < to; this.#row++) this.#add(recording, this.#row % rows);
      if (performance.now() - this.#shownAtMs >= showEveryMs) this.#show();
      await monitor.drained();
      // A pause also where the speed has no limit: the page must draw.
      await new Promise((resolve) => setTimeout(resolve, due === Infinity ? 0 : tickMs));
      if (run !== this.#run) return;
    }
    await monitor.end();
    this.#playing = false;
    this.#show();
    setText(this.#button, 'Play again');
  }

  #add({ values, times, channels, loose }: Recording, row: number): void {
    const { monitor, manifest } = this.#surroundings;
    // Steps of a sequence go together, until it begins anew.
    if (loose && (manifest.stateful ? row : row % manifest.input.samples) === 0) monitor.cut();
    monitor.add(values.subarray(row * channels, (row + 1) * channels), times?.[row] ?? null);
  }

  #show(): void {
    if (this.#recording === null) return;
    this.#shownAtMs = performance.now();
    const rows = rowsOf(this.#recording);
    const row = this.#recording.loose && this.#row > 0 ? ((this.#row - 1) % rows) + 1 : this.#row;
    this.#progress.value = row / rows;
    setText(this.#place, `${count(row)} of ${count(rows)} rows`);
  }
}

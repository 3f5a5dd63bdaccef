import { card, element, radios, setText } from '../dom.ts';
import type { Source, Surroundings } from '../sources/define.ts';
import { sources, type SourceName } from '../sources/table.ts';

const names = Object.keys(sources) as SourceName[];

/** Where samples come from: one source at a time. */
export class SourcePanel {
  readonly element: HTMLElement;
  readonly #sources: Readonly<Record<SourceName, Source>>;
  readonly #csv: ReturnType<(typeof sources)['csv']>;
  readonly #radios: ReturnType<typeof radios<SourceName>>;
  readonly #said = element('p', { class: 'said', role: 'status' });
  readonly #controls = element('div', { class: 'controls' });
  #picked: Source | null = null;

  constructor(surroundings: Omit<Surroundings, 'say' | 'begin'>, begun: (source: Source) => void) {
    let runs = 0;
    const full: Surroundings = {
      ...surroundings,
      begin: async (source, stream) => {
        const run = ++runs;
        for (const other of Object.values(this.#sources)) if (other !== source) other.stop();
        await surroundings.monitor.begin(stream);
        if (run !== runs || this.#picked !== source) return false;
        begun(source);
        return true;
      },
      say: (source, sentence, kind) => {
        if (this.#picked !== source) return;
        setText(this.#said, sentence);
        this.#said.dataset['kind'] = kind ?? '';
      },
    };
    this.#csv = sources.csv(full);
    this.#sources = { example: sources.example(full), csv: this.#csv, mqtt: sources.mqtt(full), serial: sources.serial(full) };
    this.#radios = radios(
      'Source of samples',
      names.map((value) => ({ value, label: this.#sources[value].label })),
      'example',
      (name) => this.pick(name),
    );
    this.element = card('data', 'Data', this.#radios.element, this.#controls, this.#said);
  }

  pick(name: SourceName): void {
    const source = this.#sources[name];
    if (source !== this.#picked) this.#picked?.stop();
    this.#picked = source;
    this.#radios.set(name);
    setText(this.#said, '');
    this.#controls.replaceChildren(source.unavailable === null ? source.controls : element('p', {}, source.unavailable));
    if (source.unavailable === null) source.pick();
  }

  /** A file that was dropped. */
  async open(file: File): Promise<void> {
    this.pick('csv');
    await this.#csv.open(file);
  }
}

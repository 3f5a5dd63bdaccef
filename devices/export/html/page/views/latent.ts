import type { AsyncModel } from '../../../../../runtime-js/async-model.ts';
import { card, colour, element, field, freshCanvas, setText } from '../dom.ts';
import type { Monitor } from '../monitor.ts';
import { drawPicture } from './picture.ts';

/** Sliders for more would not be moved by anybody. */
const most = 16;
/** Codes are drawn from the standard normal distribution: beyond three there is next to nothing. */
const reach = 3;

/** Of a variational autoencoder: what it imagines of a code that the user sets, draws, or takes from the newest window. */
export class LatentView {
  readonly element: HTMLElement;
  readonly #model: AsyncModel;
  readonly #monitor: Monitor;
  readonly #code: Float32Array;
  readonly #sliders: readonly { readonly input: HTMLInputElement; readonly output: HTMLElement }[];
  readonly #canvas = element('canvas', { role: 'img', 'aria-label': 'What the model makes of the code', class: 'imagined' });
  readonly #seed = element('input', { type: 'number', value: 1, step: 1, min: 0 });
  #busy = false;
  #again = false;

  constructor(model: AsyncModel, monitor: Monitor) {
    this.#model = model;
    this.#monitor = monitor;
    this.#code = new Float32Array(model.latentSize!);
    this.#sliders = Array.from({ length: Math.min(most, this.#code.length) }, (_, i) => this.#slider(i));
    const hidden =
      this.#code.length > most ? ` The first ${most} of ${this.#code.length} values; the others are as they were drawn.` : '';
    this.element = card(
      'latent',
      'What the model can imagine',
      element(
        'div',
        { class: 'latent-columns' },
        element('figure', {}, this.#canvas, element('figcaption', {}, 'generated from the code')),
        element(
          'div',
          {},
          element(
            'div',
            { class: 'sliders' },
            ...this.#sliders.map(({ input, output }, i) =>
              element('div', { class: 'slider' }, field(`z${i + 1}`, input), output),
            ),
          ),
          element(
            'div',
            { class: 'tools' },
            element('button', { type: 'button', class: 'main', onclick: () => void this.#draw() }, 'Draw'),
            field('Seed', this.#seed),
            element('button', { type: 'button', onclick: () => void this.#takeNewest() }, 'Newest window'),
            element('button', { type: 'button', onclick: () => this.#set(new Float32Array(this.#code.length)) }, 'Zero'),
          ),
          element('p', { class: 'quiet' }, `The same seed gives the same on every machine.${hidden}`),
        ),
      ),
    );
    void this.#show();
  }

  #slider(i: number): { readonly input: HTMLInputElement; readonly output: HTMLElement } {
    const input = element('input', {
      type: 'range',
      min: -reach,
      max: reach,
      step: 0.05,
      value: 0,
      oninput: () => this.#moved(i),
    });
    return { input, output: element('output', { class: 'figures' }, '0.00') };
  }

  #moved(i: number): void {
    this.#code[i] = Number(this.#sliders[i]!.input.value);
    this.#showCode();
    void this.#show();
  }

  #showCode(): void {
    this.#sliders.forEach(({ input, output }, i) => {
      input.value = String(this.#code[i]);
      setText(output, this.#code[i]!.toFixed(2));
    });
  }

  #set(code: Float32Array): void {
    this.#code.set(code);
    this.#showCode();
    void this.#show();
  }

  /** What `generate` makes of the seed, and the code that it is about. */
  async #draw(): Promise<void> {
    const generated = await this.#model.generate(Math.trunc(Number(this.#seed.value)));
    this.#seed.value = String(Math.trunc(Number(this.#seed.value)) + 1);
    this.#paint(generated);
    if (generated.length !== this.#model.size) return;
    this.#code.set(await this.#model.encode(generated));
    this.#showCode();
  }

  async #takeNewest(): Promise<void> {
    const { detail } = this.#monitor;
    if (detail !== null) this.#set(await this.#model.encode(detail.window));
  }

  /** One code at a time: what a slider gives meanwhile is decoded when that is done. */
  async #show(): Promise<void> {
    this.#again = true;
    if (this.#busy) return;
    this.#busy = true;
    while (this.#again) {
      this.#again = false;
      this.#paint(await this.#model.decode(this.#code));
    }
    this.#busy = false;
  }

  #paint(values: Float32Array): void {
    const { image, range, channelCount } = this.#model.info.manifest.input;
    this.#canvas.classList.toggle('picture', image !== undefined);
    if (image === undefined) drawCurves(this.#canvas, values, this.#model.info.manifest.features === null ? channelCount : 1);
    else drawPicture(this.#canvas, image, values, range);
  }
}

/** The channels of a window over its samples; of a window that is one sample, its values from left to right. */
function drawCurves(canvas: HTMLCanvasElement, values: Float32Array, channels: number): void {
  const fresh = freshCanvas(canvas);
  if (fresh === null) return;
  const { context, width, height } = fresh;
  const lines = values.length > channels ? channels : 1;
  const samples = values.length / lines;
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  context.strokeStyle = colour('score');
  context.lineWidth = 1.5;
  for (let line = 0; line < lines; line++) {
    context.beginPath();
    for (let t = 0; t < samples; t++) {
      const share = (values[t * lines + line]! - least) / (greatest - least || 1);
      context.lineTo((t / Math.max(1, samples - 1)) * (width - 2) + 1, height - 4 - share * (height - 8));
    }
    context.stroke();
  }
}

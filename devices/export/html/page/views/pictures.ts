import { card, element } from '../dom.ts';
import type { Detail, Monitor } from '../monitor.ts';
import { drawErrors, drawPicture, type ImageShape } from './picture.ts';

/** Of a model of pictures: the picture, what the model makes of it, and where the two differ. */
export class PicturesView {
  readonly element: HTMLElement;
  readonly #image: ImageShape;
  readonly #range: readonly [number, number];
  readonly #canvases = {
    input: element('canvas', { role: 'img', 'aria-label': 'The newest picture' }),
    reconstruction: element('canvas', { role: 'img', 'aria-label': 'The same as the model knows it' }),
    errors: element('canvas', { role: 'img', 'aria-label': 'Where the two differ: bright is much' }),
  };
  #shown: Detail | null = null;

  constructor(image: ImageShape, range: readonly [number, number]) {
    this.#image = image;
    this.#range = range;
    const captions = { input: 'measured', reconstruction: 'expected', errors: 'error, bright is much' } as const;
    this.element = card(
      'pictures',
      'Measured and expected',
      element(
        'div',
        { class: 'pictures' },
        ...(['input', 'reconstruction', 'errors'] as const).map((name) =>
          element('figure', {}, this.#canvases[name], element('figcaption', {}, captions[name])),
        ),
      ),
    );
  }

  show({ detail }: Monitor): boolean {
    if (detail === null || detail === this.#shown) return false;
    this.#shown = detail;
    drawPicture(this.#canvases.input, this.#image, detail.window, this.#range);
    drawPicture(this.#canvases.reconstruction, this.#image, detail.reconstruction, this.#range);
    drawErrors(this.#canvases.errors, this.#image, detail.errors);
    return true;
  }
}

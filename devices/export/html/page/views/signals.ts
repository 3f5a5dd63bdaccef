import type { Manifest } from '../../../../../runtime-js/artifact/manifest.ts';
import type { State } from '../alarms.ts';
import { channelNames } from '../channels.ts';
import { card, colour, element, freshCanvas, setText } from '../dom.ts';
import { number } from '../format.ts';
import type { Detail, Monitor } from '../monitor.ts';

/** Of more channels the strongest are shown, chosen anew no more often than this. */
const [mostTiles, chooseEveryMs] = [24, 2000];

interface Curves {
  readonly input: Float32Array;
  /** null: the model gives back features, not samples. */
  readonly reconstruction: Float32Array | null;
}

interface Tile {
  readonly element: HTMLElement;
  readonly name: HTMLElement;
  readonly value: HTMLElement;
  readonly canvas: HTMLCanvasElement;
}

/** What came in and what the model makes of it, channel by channel. */
export class SignalsView {
  readonly element: HTMLElement;
  readonly #manifest: Manifest;
  readonly #names: readonly string[];
  readonly #tiles: readonly Tile[];
  /** Which channel each tile shows. */
  #channels: readonly number[];
  #choseAtMs = -Infinity;
  #shown: { readonly past: readonly Detail[]; readonly at: State['at'] } | null = null;

  constructor(manifest: Manifest) {
    this.#manifest = manifest;
    this.#names = channelNames(manifest);
    const { channelCount } = manifest.input;
    this.#channels = Array.from({ length: Math.min(channelCount, mostTiles) }, (_, i) => i);
    this.#tiles = this.#channels.map(makeTile);
    const note =
      manifest.features === null
        ? manifest.input.samples > 1
          ? 'The newest window: where the two lines part, the model does not know the pattern.'
          : 'The newest windows, one value each: where the two lines part, the model does not know the pattern.'
        : 'The newest window. This model reads features of it, so there is no second line.';
    const legend = [
      element('span', { class: 'key score' }, 'measured'),
      ...(manifest.features === null ? [element('span', { class: 'key reconstruction' }, 'expected')] : []),
    ];
    this.element = card(
      'signals',
      'Measured and expected',
      element('p', { class: 'legend' }, ...legend),
      element('ul', { class: 'tiles' }, ...this.#tiles.map((tile) => tile.element)),
      element(
        'p',
        { class: 'quiet' },
        channelCount > mostTiles ? `${note} The ${mostTiles} strongest of ${channelCount} channels.` : note,
      ),
    );
    const forget = (): void => void (this.#shown = null);
    new ResizeObserver(forget).observe(this.element);
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', forget);
  }

  show({ detail, state, past }: Monitor): boolean {
    if (detail === null || (this.#shown?.past === past && this.#shown.at === state.at)) return false;
    this.#shown = { past, at: state.at };
    this.#choose(detail);
    const shares = new Map(detail.contributions.map(({ channel, share }) => [channel, share]));
    const drawn = this.#tiles.map(({ canvas }, i) => {
      const curves = this.#curvesOf(this.#channels[i]!, past);
      draw(canvas, curves);
      return curves;
    });
    this.#tiles.forEach((tile, i) => {
      const channel = this.#channels[i]!;
      const name = this.#names[channel]!;
      const unit = this.#manifest.input.channels?.[channel]?.unit;
      setText(tile.name, name);
      setText(tile.value, `${number(drawn[i]!.input.at(-1)!)}${unit == null ? '' : ` ${unit}`}`);
      tile.element.classList.toggle('cause', state.at === 'alarm' && (shares.get(name) ?? 0) > 1.5 / this.#names.length);
    });
    return true;
  }

  #choose({ contributions }: Detail): void {
    const now = performance.now();
    if (this.#names.length <= mostTiles || now - this.#choseAtMs < chooseEveryMs) return;
    this.#choseAtMs = now;
    const indexOf = new Map(this.#names.map((name, i) => [name, i]));
    this.#channels = contributions
      .slice(0, mostTiles)
      .map(({ channel }) => indexOf.get(channel)!)
      .toSorted((a, b) => a - b);
  }

  #curvesOf(channel: number, all: readonly Detail[]): Curves {
    const { channelCount, samples } = this.#manifest.input;
    const of = (values: Float32Array): Float32Array =>
      Float32Array.from({ length: samples }, (_, t) => values[t * channelCount + channel]!);
    const { window, reconstruction } = all.at(-1)!;
    const isComparable = reconstruction.length === window.length;
    if (samples > 1) return { input: of(window), reconstruction: isComparable ? of(reconstruction) : null };
    return {
      input: Float32Array.from(all, (past) => past.window[channel]!),
      reconstruction: isComparable ? Float32Array.from(all, (past) => past.reconstruction[channel]!) : null,
    };
  }
}

function makeTile(): Tile {
  const [name, value] = [element('span', { class: 'name' }), element('span', { class: 'figures' })];
  const canvas = element('canvas', { 'aria-hidden': 'true' });
  return { element: element('li', {}, element('div', { class: 'tile-text' }, name, value), canvas), name, value, canvas };
}

/** Two lines on one scale, which fits both. */
function draw(canvas: HTMLCanvasElement, { input, reconstruction }: Curves): void {
  const fresh = freshCanvas(canvas);
  if (fresh === null) return;
  const { context, width, height } = fresh;
  let [least, greatest] = [Infinity, -Infinity];
  for (const values of [input, reconstruction ?? input]) {
    for (const value of values) [least, greatest] = [Math.min(least, value), Math.max(greatest, value)];
  }
  const range = greatest - least || 1;
  const line = (values: Float32Array, name: string, dash: number[], lineWidth: number): void => {
    context.strokeStyle = colour(name);
    context.lineWidth = lineWidth;
    context.setLineDash(dash);
    context.beginPath();
    values.forEach((value, i) => {
      const x = values.length === 1 ? width / 2 : 1 + (i / (values.length - 1)) * (width - 2);
      context.lineTo(x, height - 3 - ((value - least) / range) * (height - 6));
    });
    context.stroke();
  };
  line(input, 'score', [], 1.5);
  if (reconstruction !== null) line(reconstruction, 'reconstruction', [4, 3], 1.5);
}

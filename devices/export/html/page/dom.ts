type Attributes = Readonly<Record<string, string | number | boolean | (() => void)>>;

/** An element with attributes (true: present, false: absent), handlers (onclick: called without the event), and children. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name.slice(2), () => value());
    else if (value !== false) made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children);
  return made;
}

let labels = 0;

/** A part of the page with its heading. */
export function card(name: string, heading: string, ...children: readonly (Node | string)[]): HTMLElement {
  const id = `heading-${++labels}`;
  return element(
    'section',
    { class: `card ${name}`, id: name, 'aria-labelledby': id },
    element('h2', { id }, heading),
    ...children,
  );
}

/** A form field under its label. */
export function field(label: string, input: HTMLElement): HTMLElement {
  input.id ||= `field-${++labels}`;
  return element('div', { class: 'field' }, element('label', { for: input.id }, label), input);
}

export interface RadioOption<T extends string> {
  readonly value: T;
  readonly label: string;
}

/** A row of radio buttons that looks like one control. `choose` is called with what the user takes. */
export function radios<T extends string>(
  legend: string,
  options: readonly RadioOption<T>[],
  chosen: T,
  choose: (value: T) => void,
): { readonly element: HTMLElement; readonly set: (value: T) => void } {
  const name = `radio-${++labels}`;
  const inputs = options.map(({ value, label }) => {
    const input = element('input', { type: 'radio', name, value, onchange: () => choose(value) });
    input.checked = value === chosen;
    return { value, input, label: element('label', {}, input, element('span', {}, label)) };
  });
  return {
    element: element(
      'fieldset',
      { class: 'radios' },
      element('legend', { class: 'unseen' }, legend),
      ...inputs.map(({ label }) => label),
    ),
    set: (value) => inputs.forEach(({ input, value: own }) => (input.checked = own === value)),
  };
}

/** Changes a text only where it is another one: a screen reader and the layout notice each change. */
export function setText(node: Node, text: string): void {
  if (node.textContent !== text) node.textContent = text;
}

/** To ask for one makes the browser settle the style of the whole page. */
const colours = new Map<string, string>();
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => colours.clear());

/** A colour of the style sheet, for what is drawn on a canvas. */
export function colour(name: string): string {
  const known = colours.get(name) ?? getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  colours.set(name, known);
  return known;
}

/** Of canvases, in CSS pixels: the layout is asked once, and tells when that changes. */
const places = new WeakMap<Element, { readonly width: number; readonly height: number }>();
const placesObserver = new ResizeObserver((entries) => entries.forEach(({ target }) => places.delete(target)));

function placeOf(canvas: HTMLCanvasElement): { readonly width: number; readonly height: number } {
  const known = places.get(canvas);
  if (known !== undefined) return known;
  const place = { width: canvas.clientWidth, height: canvas.clientHeight };
  placesObserver.observe(canvas);
  places.set(canvas, place);
  return place;
}

/** A canvas that is as sharp as the screen and as wide as its place, cleared; null while it has no place. */
export function freshCanvas(
  canvas: HTMLCanvasElement,
): { readonly context: CanvasRenderingContext2D; readonly width: number; readonly height: number } | null {
  const { width, height } = placeOf(canvas);
  const context = canvas.getContext('2d');
  if (width === 0 || height === 0 || context === null) return null;
  const ratio = devicePixelRatio;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  // A canvas that is given a size, be it its own, gets new memory.
  if (canvas.width !== across || canvas.height !== down) [canvas.width, canvas.height] = [across, down];
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

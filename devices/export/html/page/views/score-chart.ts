import uPlot from 'uplot';
import type { Axis } from '../format.ts';
import { card, colour, element, radios } from '../dom.ts';
import { counted, duration, number, position } from '../format.ts';
import type { View } from '../history.ts';
import type { Monitor, Stream } from '../monitor.ts';

const spans = { '300': 300, '3000': 3000, all: Infinity } as const;
type Span = keyof typeof spans;

/** The scores over time with threshold and alarms. */
export class ScoreChart {
  readonly element: HTMLElement;
  readonly #host = element('div', { class: 'chart', role: 'img', 'aria-label': 'Scores over time' });
  readonly #threshold: number;
  readonly #spans: ReturnType<typeof radios<Span>>;
  #span: Span = '300';
  #plot: uPlot | null = null;
  #view: View = { positions: [], scores: [], alarms: [] };
  #stream: Stream | null = null;
  #monitor: Monitor | null = null;
  /** Of the chart's place, known from its observer: to ask the layout in each frame is dear. */
  #width = 0;
  #shown: { readonly total: number; readonly span: Span; readonly width: number } | null = null;

  constructor(threshold: number) {
    this.#threshold = threshold;
    this.#spans = radios(
      'Shown',
      [
        { value: '300', label: 'last 300' },
        { value: '3000', label: 'last 3,000' },
        { value: 'all', label: 'all' },
      ],
      this.#span,
      (span) => {
        this.#span = span;
        if (this.#monitor !== null) this.show(this.#monitor);
      },
    );
    this.element = card(
      'scores',
      'Score over time',
      element(
        'div',
        { class: 'tools' },
        this.#spans.element,
        element('button', { type: 'button', onclick: () => this.#save() }, 'Save as CSV'),
      ),
      this.#host,
      element(
        'p',
        { class: 'legend', 'aria-hidden': 'true' },
        element('span', { class: 'key score' }, 'score'),
        element('span', { class: 'key threshold' }, 'threshold'),
        element('span', { class: 'key band' }, 'alarm'),
      ),
    );
    // In the next frame: what an observer changes of what it observes is an error of the page.
    new ResizeObserver(([entry]) => requestAnimationFrame(() => this.#resize(Math.floor(entry!.contentRect.width)))).observe(
      this.#host,
    );
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#plot?.redraw());
  }

  show(monitor: Monitor): boolean {
    this.#monitor = monitor;
    if (this.#stream !== monitor.stream) {
      this.#stream = monitor.stream;
      this.#plot?.destroy();
      this.#plot = null;
      this.#shown = null;
    }
    const news = { total: monitor.history.total, span: this.#span, width: this.#width };
    const { total, span, width } = this.#shown ?? {};
    if (news.width === 0 || (news.total === total && news.span === span && news.width === width)) return false;
    this.#shown = news;
    this.#view = monitor.history.view(spans[this.#span], Math.max(300, 2 * this.#width));
    this.#plot ??= this.#make();
    this.#plot.setData([this.#view.positions, this.#view.scores]);
    this.#describe(monitor);
    return true;
  }

  /** Shows so many windows; what the user takes afterwards holds. */
  set span(span: Span) {
    this.#span = span;
    this.#spans.set(span);
  }

  #describe({ history, alarms, stream }: Monitor): void {
    const text = `Scores over time: ${counted(history.total, 'window')}, ${counted(alarms.length, 'alarm')}`;
    const last = alarms.at(-1);
    const label = last === undefined ? text : `${text}, the last one from ${position(stream.axis, last.from)}`;
    if (this.#host.getAttribute('aria-label') !== label) this.#host.setAttribute('aria-label', label);
  }

  #save(): void {
    if (this.#monitor === null) return;
    const href = URL.createObjectURL(new Blob([this.#monitor.history.csv()], { type: 'text/csv' }));
    element('a', { href, download: 'scores.csv' }).click();
    setTimeout(() => URL.revokeObjectURL(href), 10_000);
  }

  #resize(width: number): void {
    if (width === this.#width) return;
    this.#width = width;
    if (width > 0) this.#plot?.setSize({ width, height: heightOf(width) });
    if (this.#monitor !== null) this.show(this.#monitor);
  }

  #make(): uPlot {
    const width = this.#width;
    const axis = {
      stroke: () => colour('soft'),
      font: '12px system-ui',
      grid: { stroke: () => colour('line'), width: 1 },
      ticks: { show: false },
    };
    return new uPlot(
      {
        width,
        height: heightOf(width),
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 7 } },
        scales: {
          x: { time: this.#stream!.axis === 'clock' },
          y: {
            range: (_, __, greatest) => [
              0,
              Math.max(1.6 * this.#threshold, (this.#stream!.marks.length > 0 ? 1.2 : 1.08) * (greatest ?? 0)),
            ],
          },
        },
        axes: [
          {
            ...axis,
            size: 30,
            ...(this.#stream!.axis === 'clock'
              ? {}
              : { incrs: wholeSteps, values: (_, ticks) => ticks.map((tick) => tickOf(this.#stream!.axis, tick)) }),
          },
          { ...axis, size: 56, values: (_, ticks) => ticks.map(number) },
        ],
        series: [
          {},
          {
            label: 'score',
            stroke: () => colour('score'),
            fill: () => colour('score-fill'),
            width: 1.6,
            points: { show: false },
          },
        ],
        hooks: { drawClear: [(plot) => this.#drawAlarms(plot)], draw: [(plot) => this.#drawThreshold(plot)] },
      },
      [[], []],
      this.#host,
    );
  }

  /** Behind the scores: a band for each alarm, and where parts of a recording begin. */
  #drawAlarms(plot: uPlot): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.fillStyle = colour('alarm-fill');
    for (const [from, to] of this.#view.alarms) {
      const [left, right] = [plot.valToPos(from, 'x', true), plot.valToPos(to, 'x', true)];
      ctx.fillRect(left - 1, bbox.top, Math.max(2 * devicePixelRatio, right - left + 2), bbox.height);
    }
    ctx.font = `${12 * devicePixelRatio}px system-ui`;
    ctx.textBaseline = 'top';
    ctx.textAlign = 'left';
    const marks = this.#stream?.marks ?? [];
    marks.forEach(({ position: at, label }, i) => {
      const next = marks[i + 1];
      const end = Math.min(bbox.left + bbox.width, next === undefined ? Infinity : plot.valToPos(next.position, 'x', true));
      // What began before the part that is shown is named at its edge.
      const x = Math.max(bbox.left, Math.round(plot.valToPos(at, 'x', true)));
      const room = end - x;
      if (room <= 0) return;
      ctx.fillStyle = colour('soft');
      ctx.fillRect(x, bbox.top, devicePixelRatio, bbox.height);
      if (ctx.measureText(label).width + 10 * devicePixelRatio < room) {
        ctx.fillText(label, x + 6 * devicePixelRatio, bbox.top + 6 * devicePixelRatio);
      }
    });
    ctx.restore();
  }

  #drawThreshold(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const y = plot.valToPos(this.#threshold, 'y', true);
    ctx.save();
    ctx.strokeStyle = colour('ink');
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.restore();
  }
}

/** Between ticks: neither rows nor seconds have halves that anybody would look for. */
const wholeSteps = [1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7].flatMap((power) => [power, 2 * power, 5 * power]);

const heightOf = (width: number): number => (width < 500 ? 220 : 300);

const tickOf = (axis: Axis, value: number): string => (axis === 'elapsed' ? duration(value) : String(value));

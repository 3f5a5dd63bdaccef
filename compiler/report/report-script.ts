import { chartEnd, chartStart } from './chart-base.ts';

/** What the script of a report draws; what is null has no chart. */
export interface ChartData {
  /** Of each tensor, whether it is marked. */
  readonly decibels: readonly { readonly value: number | null; readonly marked: boolean }[] | null;
  readonly scatter: readonly { readonly float: readonly number[]; readonly integer: readonly number[] }[] | null;
  readonly histogram: { readonly edges: readonly number[]; readonly shares: readonly (readonly number[])[] } | null;
  readonly logarithmic: boolean;
  readonly threshold: number;
  readonly variances: readonly number[] | null;
}

/** Runs in the page: draws the charts of `data` that have a place in it. */
export const chartScript = `${chartStart}
const height = 280;
const colours = ['normal', 'abnormal', 'third', 'fourth'];
const nameOf = (i) => colours[Math.min(i, colours.length - 1)];
const short = (v) => (v === null ? null : String(Number(v.toPrecision(3))));
const plain = (u, ticks) => ticks.map(short);
const logTicks = (key) => (u, ticks) => {
  const { min, max } = u.scales[key], wide = max / min > 300;
  return ticks.map((v) => {
    if (v === null || v <= 0) return null;
    const digit = Math.round(v / 10 ** Math.floor(Math.log10(v) + 1e-9));
    return digit === 1 || (!wide && (digit === 2 || digit === 5)) ? short(v) : null;
  });
};
const scoreAxis = (key, label) => axis({ label, labelSize: 22, size: key === 'y' ? 58 : 50, values: data.logarithmic ? logTicks(key) : plain });
const scoreScale = data.logarithmic ? { distr: 3 } : {};
const whole = (u, ticks) => ticks.map((v) => (v % 1 === 0 ? v : null));

function bars(host, values, more) {
  const x = values.map((_, i) => i + 1);
  const path = uPlot.paths.bars({ size: [0.7, 48] });
  const bar = (name) => ({ stroke: colour(name), fill: colour(name), width: 0, paths: path, points: { show: false } });
  return new uPlot({
    width: host.clientWidth, height: 220, legend: { show: false }, cursor: { drag: { x: false } },
    scales: { x: { time: false, range: [0.4, x.length + 0.6] }, y: { range: (u, min, max) => [0, max * 1.08 || 1] } },
    axes: [axis({ label: more.x, labelSize: 22, values: whole, grid: { show: false } }), axis({ label: more.y, labelSize: 22, size: 54, values: plain })],
    series: [{}, bar('normal'), bar('abnormal')],
  }, [x, values.map((v) => (v.marked ? null : v.value)), values.map((v) => (v.marked ? v.value : null))], host);
}

const charts = {
  decibels: (host) => bars(host, data.decibels, { x: 'tensor, from the input on', y: 'dB' }),
  variances: (host) => bars(host, data.variances.map((value) => ({ value, marked: value === 0 })), { x: 'unit', y: 'variance' }),
  scatter(host) {
    const points = data.scatter.flatMap(({ float, integer }, s) => float.map((x, i) => [x, integer[i], s])).sort((a, b) => a[0] - b[0]);
    const series = data.scatter.map((_, s) => ({ width: 0, paths: () => null, points: { show: true, size: s === 0 ? 4 : 5, stroke: colour(nameOf(s)), fill: s === 0 ? colour(nameOf(s)) : colour('card'), width: 1 } }));
    return new uPlot({
      width: host.clientWidth, height: 320, legend: { show: false },
      scales: { x: { time: false, ...scoreScale }, y: scoreScale },
      axes: [scoreAxis('x', 'float model'), scoreAxis('y', 'artifact')],
      series: [{}, ...series],
      hooks: { drawAxes: [(u) => {
        const c = u.ctx, ratio = devicePixelRatio, box = u.bbox, from = Math.max(u.scales.x.min, u.scales.y.min), to = Math.min(u.scales.x.max, u.scales.y.max);
        c.save();
        c.beginPath(); c.rect(box.left, box.top, box.width, box.height); c.clip();
        c.strokeStyle = colour('soft'); c.setLineDash([6 * ratio, 4 * ratio]); c.lineWidth = 1.5 * ratio;
        c.beginPath(); c.moveTo(u.valToPos(from, 'x', true), u.valToPos(from, 'y', true)); c.lineTo(u.valToPos(to, 'x', true), u.valToPos(to, 'y', true)); c.stroke();
        c.restore();
      }] },
    }, [points.map((p) => p[0]), ...data.scatter.map((_, s) => points.map((p) => (p[2] === s ? p[1] : null)))], host);
  },
  histogram(host) {
    const { edges, shares } = data.histogram;
    const stepped = uPlot.paths.stepped({ align: 1 });
    const dashes = [[], [5, 3], [2, 2], [8, 3, 2, 3]];
    const series = shares.map((_, s) => ({ stroke: colour(nameOf(s)), fill: colour(nameOf(s)) + '33', width: 2, paths: stepped, points: { show: false }, dash: dashes[s % 4] }));
    return new uPlot({
      width: host.clientWidth, height: 320, legend: { show: false },
      scales: { x: { time: false, ...scoreScale }, y: { range: (u, min, max) => [0, max * 1.05] } },
      axes: [scoreAxis('x', 'score'), axis({ values: percent, size: 54 })],
      series: [{}, ...series],
      hooks: { draw: [(u) => {
        const c = u.ctx, ratio = devicePixelRatio, box = u.bbox, at = u.valToPos(data.threshold, 'x', true);
        c.save();
        c.strokeStyle = colour('limit'); c.setLineDash([6 * ratio, 4 * ratio]); c.lineWidth = 1.5 * ratio;
        c.beginPath(); c.moveTo(at, box.top); c.lineTo(at, box.top + box.height); c.stroke();
        c.restore();
      }] },
    }, [edges, ...shares.map((share) => [...share, 0])], host);
  },
};
for (const id of Object.keys(charts)) if (document.getElementById(id) === null) delete charts[id];
${chartEnd}`;

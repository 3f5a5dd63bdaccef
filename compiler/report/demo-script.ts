import { chartEnd, chartStart } from './chart-base.ts';

/** Runs in the page: draws the three charts from `data` with uPlot, again when the width or the colour scheme changes. */
export const chartScript = `${chartStart}
const height = 280;
function timeChart(host) {
  const x = [], normal = [], abnormal = [], borders = [];
  for (const segment of data.segments) {
    borders.push({ at: x.length, label: segment.label, abnormal: segment.abnormal });
    for (const score of segment.scores) {
      normal.push(segment.abnormal ? null : score);
      abnormal.push(segment.abnormal ? score : null);
      x.push(x.length);
    }
  }
  const width = host.clientWidth;
  const points = (fill, square) => ({ show: true, size: width < 500 ? 3 : 4, fill, stroke: fill });
  return new uPlot({
    width, height: 340, legend: { show: false },
    scales: { x: { time: false }, y: { distr: 3 } },
    axes: [axis({ label: 'window', labelSize: 22, stroke: colour('soft') }), axis({ values: decades, size: 54 })],
    series: [{}, { stroke: colour('normal'), width: 0, paths: () => null, points: points(colour('normal')) }, { stroke: colour('abnormal'), width: 0, paths: () => null, points: points(colour('abnormal')) }],
    hooks: { draw: [(u) => {
      const c = u.ctx, ratio = devicePixelRatio, box = u.bbox;
      c.save();
      c.beginPath(); c.rect(box.left, box.top, box.width, box.height); c.clip();
      c.font = 11 * ratio + 'px system-ui'; c.fillStyle = colour('soft'); c.textBaseline = 'top';
      borders.forEach((border, i) => {
        const left = u.valToPos(border.at, 'x', true);
        const next = i + 1 < borders.length ? borders[i + 1].at : x.length;
        const room = u.valToPos(next, 'x', true) - left;
        c.strokeStyle = colour('line'); c.setLineDash([]); c.lineWidth = ratio;
        c.beginPath(); c.moveTo(left, box.top); c.lineTo(left, box.top + box.height); c.stroke();
        if (c.measureText(border.label).width + 6 * ratio < room) c.fillText(border.label, left + 4 * ratio, box.top + 4 * ratio);
      });
      const y = u.valToPos(data.threshold, 'y', true);
      c.strokeStyle = colour('limit'); c.setLineDash([6 * ratio, 4 * ratio]); c.lineWidth = 1.5 * ratio;
      c.beginPath(); c.moveTo(box.left, y); c.lineTo(box.left + box.width, y); c.stroke();
      c.restore();
    }] },
  }, [x, normal, abnormal], host);
}

function rocChart(host) {
  const x = [0], y = [0];
  for (const point of data.roc) { x.push(point.falseAlarmRate); y.push(point.detectionRate); }
  return new uPlot({
    width: host.clientWidth, height, legend: { show: false },
    scales: { x: { time: false, range: [0, 1] }, y: { range: [0, 1] } },
    axes: [axis({ values: percent, label: 'false alarms', labelSize: 22 }), axis({ values: percent, size: 54, label: 'detected', labelSize: 22 })],
    series: [{}, { stroke: colour('abnormal'), width: 2, points: { show: false } }],
  }, [x, y], host);
}

function histogramChart(host) {
  const all = data.segments.flatMap((segment) => segment.scores);
  const low = Math.log10(Math.min(...all)), high = Math.log10(Math.max(...all)), bins = 28;
  const x = Array.from({ length: bins }, (_, i) => 10 ** (low + ((i + 0.5) * (high - low)) / bins));
  const share = (abnormal) => {
    const scores = data.segments.filter((s) => s.abnormal === abnormal).flatMap((s) => s.scores);
    const counts = new Array(bins).fill(0);
    for (const score of scores) counts[Math.min(bins - 1, Math.floor(((Math.log10(score) - low) / (high - low)) * bins))] += 1 / scores.length;
    return counts;
  };
  const fill = (name) => colour(name) + '44';
  const stepped = uPlot.paths.stepped({ align: 0 });
  return new uPlot({
    width: host.clientWidth, height, legend: { show: false },
    scales: { x: { time: false, distr: 3 } },
    axes: [axis({ values: decades, label: 'score', labelSize: 22 }), axis({ values: percent, size: 54 })],
    series: [{}, { stroke: colour('normal'), fill: fill('normal'), width: 2, paths: stepped, points: { show: false } }, { stroke: colour('abnormal'), fill: fill('abnormal'), width: 2, paths: stepped, points: { show: false }, dash: [5, 3] }],
  }, [x, share(false), share(true)], host);
}

const charts = { scores: timeChart, roc: rocChart, histogram: histogramChart };
${chartEnd}`;

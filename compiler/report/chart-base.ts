/** What the scripts of all pages begin with: colours and axes for uPlot. */
export const chartStart = `
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
const axis = (more) => ({ stroke: colour('soft'), grid: { stroke: colour('line'), width: 1 }, ticks: { stroke: colour('line') }, ...more });
const percent = (u, ticks) => ticks.map((v) => Math.round(v * 100) + ' %');
const decades = (u, ticks) => ticks.map((v) => (v === null ? null : Math.abs(Math.log10(v) % 1) < 1e-9 ? v : null));
`;

/** What they end with: draws `charts` (element id -> function that gives a uPlot), again when the width, the colour scheme or the medium changes. */
export const chartEnd = `
let drawn = [];
function draw() {
  for (const chart of drawn) chart.destroy();
  drawn = Object.entries(charts).map(([id, make]) => make(document.getElementById(id)));
}
let width = 0, frame = 0;
new ResizeObserver(() => {
  if (document.body.clientWidth === width) return;
  width = document.body.clientWidth;
  cancelAnimationFrame(frame);
  frame = requestAnimationFrame(draw);
}).observe(document.body);
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
addEventListener('beforeprint', () => { document.documentElement.dataset.print = ''; draw(); });
addEventListener('afterprint', () => { delete document.documentElement.dataset.print; draw(); });
`;

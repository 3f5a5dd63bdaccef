/** Colours pass WCAG AA against their background in both schemes; blue and orange stay apart for colour-blind readers. */
export const style = `
:root { --paper: #fbfaf7; --card: #fff; --ink: #1d232b; --soft: #5b6570; --line: #e2ded5; --normal: #1f6fb2; --abnormal: #b84a00; --limit: #1d232b; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14181d; --card: #1c2229; --ink: #eceff2; --soft: #a5b0ba; --line: #343c45; --normal: #6db3ec; --abnormal: #ff9a4d; --limit: #eceff2; }
}
:root[data-print] { --paper: #fff; --card: #fff; --ink: #1d232b; --soft: #5b6570; --line: #d5d5d5; --normal: #1f6fb2; --abnormal: #b84a00; --limit: #1d232b; color-scheme: light; }
:root[data-print] main { max-width: 42rem; }
@media print {
  body { font-size: 11pt; }
  section { break-inside: avoid; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 70rem; margin: 0 auto; padding: 2rem 1rem 3rem; }
.brand { margin: 0; font-weight: 600; letter-spacing: 0.08em; text-transform: uppercase; font-size: 0.8rem; color: var(--soft); }
h1 { margin: 0.2rem 0 0.5rem; font-size: clamp(1.6rem, 4vw, 2.4rem); line-height: 1.15; }
h2 { margin: 0 0 0.6rem; font-size: 1.05rem; }
.result { margin: 0 0 1.5rem; font-size: 1.1rem; max-width: 46rem; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.1rem; margin-bottom: 1rem; min-width: 0; }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 0 1rem; }
.chart { width: 100%; min-height: 260px; }
.note, footer { color: var(--soft); font-size: 0.9rem; margin: 0.6rem 0 0; }
.legend { margin: 0 0 0.4rem; display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; font-size: 0.9rem; }
.key::before { content: ""; display: inline-block; width: 0.8em; height: 0.8em; margin-right: 0.45em; border-radius: 50%; background: var(--normal); }
.key.abnormal::before { background: var(--abnormal); border-radius: 0; transform: rotate(45deg); }
.key.limit::before { background: none; border-radius: 0; border-top: 2px dashed var(--limit); height: 0; width: 1.4em; vertical-align: middle; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 0.45rem 0.5rem 0.45rem 0; border-top: 1px solid var(--line); vertical-align: top; }
tr:first-child > * { border-top: 0; }
th { font-weight: 500; color: var(--soft); width: 40%; }
td { font-variant-numeric: tabular-nums; }
.u-legend { display: none; }
`;

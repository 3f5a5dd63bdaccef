import { style as base } from './demo-style.ts';

/** The demo's style, and what tables, checks and small pictures need. */
export const style = `${base}
:root { --third: #6a4c9c; --fourth: #2c7a4b; --good: #2c7a4b; --look: #8a5a00; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --third: #bfa6f5; --fourth: #73cf9d; --good: #73cf9d; --look: #f0bd5b; --bad: #ff8a80; } }
:root[data-print] { --third: #6a4c9c; --fourth: #2c7a4b; --good: #2c7a4b; --look: #8a5a00; --bad: #b3261e; }
h3 { margin: 1.2rem 0 0.4rem; font-size: 0.95rem; }
.columns h3 { margin-top: 0; }
p { overflow-wrap: anywhere; }
.verdict { border-left: 4px solid var(--good); padding-left: 0.8rem; }
.verdict.look { border-color: var(--look); }
.verdict.bad { border-color: var(--bad); }
.checks { list-style: none; margin: 0; padding: 0; }
.checks li { display: grid; grid-template-columns: 4.6rem 1fr; padding: 0.45rem 0; border-top: 1px solid var(--line); }
.checks li:first-child { border-top: 0; }
.checks .state { font-weight: 600; color: var(--soft); }
.checks .good { color: var(--good); } .checks .look { color: var(--look); } .checks .bad { color: var(--bad); }
.checks .advice { display: block; color: var(--soft); font-size: 0.92rem; }
caption { text-align: left; color: var(--soft); font-size: 0.9rem; padding-bottom: 0.3rem; }
.facts { display: grid; grid-template-columns: minmax(8rem, 1fr) 3fr; margin: 0.8rem 0 0; }
.facts dt, .facts dd { margin: 0; padding: 0.45rem 0.5rem 0.45rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.facts dt { color: var(--soft); font-weight: 500; }
.facts > :nth-child(-n + 2) { border-top: 0; }
@media (max-width: 32rem) {
  .facts { grid-template-columns: 1fr; }
  .facts dt { padding-bottom: 0; } .facts dd { border-top: 0; padding-top: 0; }
}
.chart.bars { min-height: 220px; }
.scroll, .grid { margin-top: 0.8rem; }
.scroll .grid { margin-top: 0; }
.scroll { overflow-x: auto; }
.scroll:focus-visible, summary:focus-visible { outline: 2px solid var(--normal); outline-offset: 2px; }
.grid th, .grid td { width: auto; padding: 0.4rem 0.8rem 0.4rem 0; white-space: nowrap; font-size: 0.92rem; }
.grid thead th { vertical-align: bottom; white-space: normal; min-width: 5.6rem; max-width: 7.5rem; overflow-wrap: break-word; }
.grid thead th:first-child { min-width: 0; }
.grid tbody th { color: var(--ink); }
.grid td.n, .grid th.n { text-align: right; }
.grid .what { display: block; color: var(--soft); font-weight: 400; font-size: 0.85rem; white-space: normal; min-width: 9rem; max-width: 20rem; }
.grid .share { display: block; color: var(--soft); font-size: 0.82rem; }
.mark { display: inline-block; margin: 0.15rem 0.3rem 0 0; padding: 0 0.45rem; border: 1px solid var(--abnormal); border-radius: 1rem; color: var(--abnormal); font-size: 0.78rem; font-weight: 500; }
.bar { display: block; height: 0.5rem; margin-top: 0.35rem; background: var(--normal); border-radius: 2px; min-width: 1px; }
.key.third::before { background: var(--third); } .key.fourth::before { background: var(--fourth); }
.key.line::before { background: none; border-top: 2px dashed var(--soft); border-radius: 0; height: 0; width: 1.4em; vertical-align: middle; }
details { border-top: 1px solid var(--line); }
summary { padding: 0.5rem 0; cursor: pointer; }
summary .soft { color: var(--soft); font-size: 0.9rem; }
details svg { display: block; width: 100%; height: 6.5rem; }
details svg path { fill: var(--normal); }
details svg line { stroke: var(--limit); stroke-width: 1.5; stroke-dasharray: 5 3; vector-effect: non-scaling-stroke; }
details .ends { display: flex; justify-content: space-between; color: var(--soft); font-size: 0.85rem; font-variant-numeric: tabular-nums; }
code { font-size: 0.92em; overflow-wrap: anywhere; }
@media print {
  .scroll { overflow: visible; }
  .grid th, .grid td, .grid thead th { font-size: 7pt; padding-right: 0.3rem; white-space: normal; min-width: 0; }
  .grid .what, .grid .share, .mark { font-size: 6pt; min-width: 0; }
  .mark { border: 0; padding: 0; display: block; }
  .many { break-inside: auto; }
  .many tr { break-inside: avoid; }
}
`;

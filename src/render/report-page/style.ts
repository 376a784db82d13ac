import { createHash } from 'node:crypto';

/** One column without a minimum width, for screens in light and dark and for A4. */
export const style = `
:root { color-scheme: light dark; --ink: #1b1f24; --dim: #5b6570; --paper: #fff; --line: #d5dae0; --soft: #f3f5f7;
  --good: #1a7f4b; --warn: #9a6200; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ed; --dim: #a2acb8; --paper: #14181d; --line: #39424d; --soft: #1f252c;
    --good: #5bd394; --warn: #f0b849; --bad: #ff8a80; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 60rem; color: var(--ink); background: var(--paper);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; }
.dim { color: var(--dim); }
.state { border-left: .3rem solid var(--good); background: var(--soft); padding: .75rem 1rem; margin: 1rem 0; }
.state.warn { border-color: var(--warn); }
.state.bad { border-color: var(--bad); }
dl.counts { display: grid; grid-template-columns: repeat(auto-fit, minmax(7rem, 1fr)); gap: .5rem; margin: 1rem 0; }
dl.counts div { background: var(--soft); padding: .5rem .75rem; }
dl.counts dt { color: var(--dim); font-size: .85rem; }
dl.counts dd { margin: 0; font-size: 1.35rem; font-variant-numeric: tabular-nums; }
ul { list-style: none; margin: 0; padding: 0; }
li { border-top: 1px solid var(--line); padding: .6rem 0; }
li ul li { border: 0; padding: 0 0 0 1rem; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--dim); font-size: 11px; }
svg .rows { fill: #7d93ab; }
svg .changes { fill: #3f8f6b; }
svg .rejected { fill: #c98a1b; }
svg .refused { stroke: var(--bad); stroke-width: 2; }
svg .base { stroke: var(--line); }
@page { size: A4; margin: 15mm; }
@media print {
  :root { --ink: #000; --dim: #444; --paper: #fff; --line: #bbb; --soft: #f4f4f4; --good: #060; --warn: #850; --bad: #a00; }
  body { padding: 0; font-size: 10.5pt; max-width: none; }
  li, dl.counts div { break-inside: avoid; }
}
`;

/**
 * Nothing is loaded and nothing runs; the only style is the one above, by its digest (CSP Level 3, 2.3.1).
 */
export const contentSecurityPolicy = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; base-uri 'none'; form-action 'none'`;

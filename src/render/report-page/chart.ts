import type { Html } from './html.ts';
import { html } from './html.ts';
import type { Texts } from './texts.ts';

/** One run in the chart; counts of rows. */
export interface ChartedRun {
  /** ISO 8601. */
  at: string;
  rows: number;
  changes: number;
  rejected: number;
  /** Nothing was written: refused, or failed. */
  refused: boolean;
}

const [width, bandHeight, barsTop, most] = [640, 64, 16, 30];

/** The latest runs, the oldest on the left: rows, changes and rejected rows, each on its own scale. */
export function renderChart(runs: ChartedRun[], texts: Texts): Html | undefined {
  const shown = runs.slice(-most);
  if (shown.length < 2) return undefined;
  const step = width / most;
  const bands = (['rows', 'changes', 'rejected'] as const).map((name, band) => {
    const top = Math.max(1, ...shown.map((run) => run[name]));
    const base = band * bandHeight + bandHeight - 4;
    const bars = shown.map((run, index) => {
      const height = run[name] === 0 ? 0 : Math.max(1, (run[name] / top) * (bandHeight - barsTop - 4));
      const title = `${texts.time(run.at)}: ${texts.count(run[name])} ${texts[name]}`;
      return html`<rect
        class="${name}"
        x="${fixed(index * step + 1)}"
        y="${fixed(base - height)}"
        width="${fixed(step - 3)}"
        height="${fixed(height)}"
        ><title>${title}</title></rect
      >`;
    });
    const label = `${texts[name]} (${texts.atMost} ${texts.count(Math.max(0, ...shown.map((run) => run[name])))})`;
    return html`<text x="0" y="${band * bandHeight + 11}">${label}</text>${bars}<line
        class="base"
        x1="0"
        y1="${base}"
        x2="${width}"
        y2="${base}"
      />`;
  });
  const crosses = shown.flatMap((run, index) => {
    if (!run.refused) return [];
    const [left, right, base] = [index * step + 4, (index + 1) * step - 6, bandHeight - 8];
    const title = `${texts.time(run.at)}: ${texts.refused}`;
    return [
      html`<path
        class="refused"
        d="M${fixed(left)} ${base - 12}L${fixed(right)} ${base}M${fixed(right)} ${base - 12}L${fixed(left)} ${base}"
        ><title>${title}</title></path
      >`,
    ];
  });
  return html`<h2>${texts.lastRuns}</h2>
    <svg viewBox="0 0 ${width} ${3 * bandHeight}" role="img" aria-label="${texts.lastRuns}">
      ${bands}${crosses}
    </svg>
    ${crosses.length > 0 ? html`<p class="dim">× ${texts.refused}</p>` : null}`;
}

function fixed(length: number): string {
  return length.toFixed(1);
}

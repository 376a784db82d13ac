import type { NamedChange } from '../../model/change-log.ts';
import type { ImportReport, RowError, RowWarning } from '../../model/import-report.ts';
import type { ChartedRun } from './chart.ts';
import { renderChart } from './chart.ts';
import { cures } from './cures.ts';
import type { Html } from './html.ts';
import { Html as Markup, html } from './html.ts';
import { contentSecurityPolicy, style } from './style.ts';
import type { ReportLanguage, Texts } from './texts.ts';
import { texts } from './texts.ts';

export interface ReportedImport {
  language: ReportLanguage;
  /** When the run ended, in ISO 8601. */
  at: string;
  org: string;
  file: string;
  /** Undefined if the file could not even be read. */
  report: ImportReport | undefined;
  /** The listed changes, of `total`. */
  changes: { items: NamedChange[]; total: number };
  /** The failure that ended the run; a refusal means that nothing was written. */
  failure: { code: string; message: string; hint: string | null; isRefusal: boolean } | undefined;
  /** The oldest first. */
  runs: ChartedRun[];
  toolVersion: string;
}

/** The policy contains the digest of this exact text, spaces included. */
const styleElement = new Markup(`<style>${style}</style>`);

/** How many lines are named for one error. */
const listedLines = 8;

/**
 * One page for the person who maintains the ERP: what the file contained, what changed, what was rejected and
 * why; self-contained.
 */
export function renderReportPage(reported: ReportedImport): string {
  const words = texts[reported.language];
  const title = words.title(reported.org);
  const page = html`<!doctype html>
    <html lang="${words.language}">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="${new Markup(contentSecurityPolicy)}" />
        <title>${title}</title>
        ${styleElement}
      </head>
      <body>
        <h1>${title}</h1>
        <p class="dim">${words.time(reported.at)} · ${words.file}: ${reported.file}</p>
        ${state(reported, words)} ${reported.report === undefined ? null : arrived(reported.report, words)}
        ${why(reported, words)} ${reported.report === undefined ? null : rejected(reported.report, words)}
        ${changed(reported, words)}
        ${reported.report === undefined ? null : notes(reported.report.warnings, words)}
        ${renderChart(reported.runs, words)}
        <p class="dim">
          ${reported.report?.run_id == null ? null : html`${words.run} ${reported.report.run_id} · `}orderflow-customers
          ${reported.toolVersion}
        </p>
      </body>
    </html> `;
  return page.toString();
}

function state({ report, failure }: ReportedImport, words: Texts): Html {
  if (failure !== undefined || report === undefined) {
    const isRefusal = failure?.isRefusal === true;
    return html`<div class="state bad">
      <p><strong>${isRefusal ? words.refusedState : words.failedState}</strong></p>
      <p>${isRefusal ? words.nothingWritten : words.perhapsWritten}</p>
    </div>`;
  }
  const dry = report.dry_run ? html`<p>${words.dryRun}</p>` : null;
  return report.failed === 0
    ? html`<div class="state">
        <p><strong>${words.accepted}</strong></p>
        ${dry}
      </div>`
    : html`<div class="state warn">
        <p><strong>${words.someRejected(report.failed)}</strong></p>
        ${dry}
      </div>`;
}

function arrived(report: ImportReport, words: Texts): Html {
  const counts: [string, number][] = [
    [words.rows, report.rows],
    [words.created, report.imported],
    [words.updated, report.updated],
    [words.unchanged, report.unchanged],
    ...(report.deactivated > 0 ? [[words.deactivated, report.deactivated] as [string, number]] : []),
    ...(report.superseded > 0 ? [[words.superseded, report.superseded] as [string, number]] : []),
    [words.rejected, report.failed],
  ];
  const { imported, updated } = report.contacts;
  return html`<h2>${words.arrived}</h2>
    <dl class="counts">
      ${counts.map(
        ([name, count]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${words.count(count)}</dd>
          </div>`,
      )}
    </dl>
    ${imported + updated > 0 ? html`<p>${words.contacts({ created: imported, updated })}</p>` : null}`;
}

function why({ failure }: ReportedImport, words: Texts): Html | null {
  if (failure === undefined) return null;
  const [first = '', ...others] = failure.message.split('\n');
  return html`<h2>${failure.isRefusal ? words.refusedWhy : words.failedWhy}</h2>
    <p lang="en">${first} <span class="dim">[${failure.code}]</span></p>
    ${
      others.length === 0
        ? null
        : html`<ul lang="en">
            ${others.map((line) => html`<li>${line}</li>`)}
          </ul>`
    }
    ${failure.hint === null ? null : html`<p lang="en" class="dim">${failure.hint}</p>`}`;
}

function rejected(report: ImportReport, words: Texts): Html | null {
  if (report.errors.length === 0) return null;
  const unlisted = report.errors_total - report.errors.length;
  return html`<h2>${words.rejectedRows}</h2>
    <ul>
      ${groupsOf(report.errors).map((group) => rejectedGroup(group, words))}
    </ul>
    ${unlisted > 0 ? html`<p class="dim">${words.more(unlisted)}</p>` : null}`;
}

function rejectedGroup(errors: RowError[], words: Texts): Html | null {
  const [first] = errors;
  if (first === undefined) return null;
  const known = cures[first.code]?.[words.language];
  const field = first.column === null ? null : html`<strong>${first.column}</strong>: `;
  const value = first.value === null || first.value === '' ? words.blank : words.quoted(first.value);
  return html`<li>
    <p>
      ${field}${known === undefined ? html`<span lang="en">${first.error}</span>` : `${known.what}: ${value}`}
      (${words.rowCount(errors.length)}, ${linesOf(errors, words)}) <span class="dim">[${first.code}]</span>
    </p>
    ${known === undefined ? html`<p lang="en" class="dim">${first.hint}</p>` : html`<p>${words.correct} ${known.cure}</p>`}
    ${known === undefined || first.hint === null ? null : html`<p lang="en" class="dim">${first.hint}</p>`}
  </li>`;
}

/** Equal errors together, the most frequent first. */
function groupsOf(errors: RowError[]): RowError[][] {
  const groups = new Map<string, RowError[]>();
  for (const error of errors) {
    const key = JSON.stringify([error.column, error.code, error.value]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [error]);
    else group.push(error);
  }
  return [...groups.values()].toSorted((one, other) => other.length - one.length);
}

function linesOf(errors: RowError[], words: Texts): string {
  const named = errors
    .slice(0, listedLines)
    .map(({ file, line }) => (file == null ? String(line) : `${file}:${line}`));
  const rest = errors.length - named.length;
  return `${words.inLines(named.join(', '))}${rest > 0 ? ` ${words.more(rest)}` : ''}`;
}

function changed({ changes: { items, total }, failure }: ReportedImport, words: Texts): Html | null {
  if (failure !== undefined) return null;
  const rest = total - items.length;
  return html`<h2>${words.changedCustomers}</h2>
    ${
      items.length === 0
        ? html`<p>${words.noChanges}</p>`
        : html`<ul>
            ${items.map((change) => changedCustomer(change, words))}
          </ul>`
    }
    ${rest > 0 ? html`<p class="dim">${words.more(rest)}</p>` : null}`;
}

function changedCustomer(
  { kind, erp_customer_number: number, name, fields, contacts }: NamedChange,
  words: Texts,
): Html {
  const head = html`<p>
    <strong>${number ?? '–'}</strong> ${name} <span class="dim">${words.kinds[kind]}</span>
  </p>`;
  // A new customer is listed with its values only.
  if (kind === 'created') return html`<li>${head}</li>`;
  const own = fields.map((field) => fieldChange(field, words));
  const people = contacts.map(
    (contact) =>
      html`<li>
        ${contact.email} <span class="dim">${words.kinds[contact.kind]}</span>${
          contact.kind === 'updated'
            ? html`<ul>
                ${contact.fields.map((field) => fieldChange(field, words))}
              </ul>`
            : null
        }
      </li>`,
  );
  return html`<li>
    ${head}
    <ul>
      ${own}${people}
    </ul>
  </li>`;
}

function fieldChange({ field, before, after }: NamedChange['fields'][number], words: Texts): Html {
  return html`<li>${words.field(field)}: <s>${shown(before, words)}</s> → ${shown(after, words)}</li>`;
}

function shown(value: NamedChange['fields'][number]['after'], words: Texts): string {
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  return value === null || value === '' ? words.blank : value;
}

function notes(warnings: RowWarning[], words: Texts): Html | null {
  if (warnings.length === 0) return null;
  const counts = new Map<string, number>();
  for (const { file, column, warning } of warnings) {
    const where = [file, column].filter((part) => part != null).join(', ');
    const text = where === '' ? warning : `${where}: ${warning}`;
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return html`<h2>${words.notes}</h2>
    <ul lang="en">
      ${[...counts].map(([text, count]) => html`<li>${text}${count > 1 ? html` <span class="dim">(${words.rowCount(count)})</span>` : null}</li>`)}
    </ul>`;
}

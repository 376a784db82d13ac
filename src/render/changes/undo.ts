import { printable } from '../../model/printable.ts';
import { describeValue } from '../../model/field-change.ts';
import type { KeptField, UndoReport } from '../../model/undo-report.ts';
import { titleOf } from './history.ts';
import { formatCount, formatNumberOf } from '../text/numbers.ts';
import { paint } from '../text/paint.ts';
import type { Style } from '../text/style.ts';
import { formatLocalTime } from '../text/time.ts';

/** How many kept fields are shown to people; `--json` lists up to 1,000. */
const shownKept = 20;

type Counts = Pick<
  UndoReport,
  | 'updated'
  | 'deactivated'
  | 'contacts_added'
  | 'contacts_updated'
  | 'contacts_removed'
  | 'kept_total'
  | 'dry_run'
  | 'undone'
>;

/** The counts of an undo: sentences on a terminal, `name<tab>count` lines when piped. */
export function renderUndoReport(report: Counts, style: Style): string {
  const {
    updated,
    deactivated,
    contacts_added: added,
    contacts_updated: changed,
    contacts_removed: removed,
  } = report;
  const counts = {
    updated,
    deactivated,
    contacts_added: added,
    contacts_updated: changed,
    contacts_removed: removed,
    kept: report.kept_total,
  };
  if (!style.terminal) {
    return Object.entries(counts)
      .map(([name, count]) => `${name}\t${count}`)
      .join('\n');
  }
  const { bold, green, yellow, red, dim } = paint(style);
  const head = report.dry_run
    ? `Dry run of an undo of ${formatNumberOf(report.undone.length, 'run')}: nothing was written`
    : `${formatNumberOf(report.undone.length, 'run')} undone`;
  const lines: [string, string, number][] = [
    [yellow('~'), 'customers changed back', updated],
    [red('-'), 'created customers deactivated', deactivated],
    [yellow('~'), 'contacts changed back', changed],
    [green('+'), 'removed contacts added again', added],
    [red('-'), 'added contacts removed', removed],
    [dim('='), 'kept, because they were changed since', report.kept_total],
  ];
  return [
    bold(head),
    ...lines.map(([sign, label, count]) => `  ${sign} ${label.padEnd(38)}${formatCount(count).padStart(9)}`),
  ].join('\n');
}

/** What was kept, each with its current value and who changed it. */
export function renderKept({ kept, total }: { kept: KeptField[]; total: number }, style: Style): string {
  const { yellow } = paint(style);
  const lines = kept.slice(0, shownKept).map((field) => `${yellow('=')} ${describeKept(field)}`);
  const rest = total - lines.length;
  return [
    ...lines,
    ...(rest > 0 ? [`  … and ${formatCount(rest)} more; --json lists up to 1,000`] : []),
  ].join('\n');
}

function describeKept(kept: KeptField): string {
  const customer = `${printable(kept.erp_customer_number ?? kept.id)} ${printable(kept.name ?? 'was removed')}`;
  const contact = kept.contact === null ? '' : `, ${printable(kept.contact)}`;
  const what = kept.field === null ? '' : `: ${kept.field} is ${describeValue(kept.value)}`;
  if (kept.at === null || kept.by === null) return `${customer}${contact}${what}`;
  const by = titleOf({ run_title: kept.run_title, application: kept.application ?? '' });
  return `${customer}${contact}${what}; changed ${formatLocalTime(kept.at)} by ${printable(kept.by)} (${printable(by)})`;
}

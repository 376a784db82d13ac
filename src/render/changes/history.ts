import type { HistoryEntry } from '../../model/change-log.ts';
import { asChange } from '../../model/change-log.ts';
import { describeChange } from '../../model/field-change.ts';
import { printable } from '../../model/printable.ts';
import { paint } from '../text/paint.ts';
import type { Style } from '../text/style.ts';
import { formatLocalTime } from '../text/time.ts';

type Entry = HistoryEntry & { run_title: string | null };

/** The changes of a customer: a page on a terminal, otherwise a line for each field, separated by tabs. */
export function renderHistory(customer: { name: string }, entries: Entry[], style: Style): string {
  if (!style.terminal) return entries.map(lines).join('');
  const { bold, dim } = paint(style);
  const head = `${bold(printable(customer.name))}\n`;
  if (entries.length === 0) return `${head}\n${dim('no changes')}\n`;
  return head + entries.map((entry) => page(entry, style)).join('');
}

/** `2026-11-29 12:30 irma import customers.csv`, and a line for each field below. */
function page(entry: Entry, style: Style): string {
  const { bold, dim } = paint(style);
  const head = `${formatLocalTime(entry.at)}  ${bold(printable(entry.by))}  ${dim(printable(titleOf(entry)))}`;
  const body = entry.changes.map((field) => `    ${describeChange(asChange(field))}`);
  return ['', head, `  ${subject(entry, style)}`, ...body, ''].join('\n');
}

/** The customer or contact that changed, with a sign for the kind of change. */
function subject({ contact, kind }: Entry, style: Style): string {
  const { green, red, yellow } = paint(style);
  const sign = { created: green('+'), updated: yellow('~'), removed: red('-') }[kind];
  return `${sign} ${contact === null ? 'customer' : `contact ${printable(contact)}`}${kind === 'updated' ? '' : ` ${kind}`}`;
}

function lines(entry: Entry): string {
  const { at, by, kind, contact, changes } = entry;
  return changes
    .map(({ field, before, after }) => {
      const cells = [
        at,
        by,
        titleOf(entry),
        kind,
        contact ?? '',
        field,
        String(before ?? ''),
        String(after ?? ''),
      ];
      return `${cells.map(printable).join('\t')}\n`;
    })
    .join('');
}

/** Who changed a customer last. */
export type LastChange = Pick<Entry, 'at' | 'by' | 'run_title' | 'application'>;

/**
 * What made the change: a run by its file, a command of this tool by its name, another program by its
 * application name.
 */
export function titleOf({ run_title: run, application }: Pick<Entry, 'run_title' | 'application'>): string {
  if (run !== null) return run;
  return application.replace(/^orderflow-customers (?=.)/, '') || 'unnamed program';
}

import type { Style } from './text/style.ts';
import type { ImportRun } from '../model/import-run.ts';
import { printable } from '../model/printable.ts';
import type { ListingLayout } from './text/listing.ts';
import { formatCount } from './text/numbers.ts';
import { paint } from './text/paint.ts';
import type { Column } from './text/table.ts';
import { formatLocalTime } from './text/time.ts';

export const importRunListing: ListingLayout<ImportRun> = {
  names: [
    'id',
    'file',
    'file_size',
    'started_at',
    'finished_at',
    'duration_ms',
    'rows',
    'imported',
    'updated',
    'unchanged',
    'superseded',
    'failed',
    'contacts_imported',
    'contacts_updated',
    'contacts_unchanged',
    'warnings',
    'rejects_file',
    'settings',
    'database_user',
    'tool_version',
    'source',
    'snapshot',
    'deactivated',
    'outcome',
    'code',
    'message',
    'exit_code',
  ],
  table: (runs, style) => ({ columns: runColumns(runs, style) }),
};

function runColumns(runs: ImportRun[], style: Style): Column<ImportRun>[] {
  const count = (value: number) => (style.terminal ? formatCount(value) : String(value));
  const beginningsDiffer = new Set(runs.map(({ id }) => beginning(id))).size === runs.length;
  return [
    {
      title: 'FINISHED',
      value: (run) => (style.terminal ? formatLocalTime(run.finished_at) : run.finished_at),
    },
    { title: 'FILE', value: ({ file }) => file, shrinksTo: 10, drops: 7 },
    { title: 'ROWS', value: ({ rows }) => count(rows), align: 'right', drops: 3 },
    { title: '+', value: ({ imported }) => count(imported), align: 'right', drops: 6 },
    { title: '~', value: ({ updated }) => count(updated), align: 'right', drops: 5 },
    { title: '=', value: ({ unchanged }) => count(unchanged), align: 'right', drops: 4 },
    { title: '-', value: ({ superseded }) => count(superseded), align: 'right', drops: 2 },
    { title: '!', value: ({ failed }) => count(failed), align: 'right' },
    ...(runs.every(({ outcome }) => outcome === 'done')
      ? []
      : [{ title: 'RESULT', value: resultOf, shrinksTo: 8 }]),
    { title: 'BY', value: ({ database_user: login }) => login, shrinksTo: 6, drops: 1 },
    { title: 'ID', value: ({ id }) => (style.terminal && beginningsDiffer ? beginning(id) : id) },
  ];
}

/** Blank for a finished run. */
function resultOf({ outcome, code }: ImportRun): string {
  if (outcome === 'done') return '';
  return code === null ? outcome : `${outcome}: ${code}`;
}

/**
 * An id's first 48 bits are the millisecond of its creation: enough to distinguish runs, and `show` accepts
 * it.
 */
function beginning(id: string): string {
  return id.slice(0, 13);
}

/** One run: a page on a terminal, otherwise `field<tab>value` lines. */
export function renderImportRun(run: ImportRun, style: Style): string {
  const { settings, ...plain } = run;
  if (!style.terminal) {
    const lines = Object.entries(plain).map(
      ([field, value]) => `${field}\t${value === null ? '' : printable(String(value))}`,
    );
    return [...lines, `settings\t${printable(JSON.stringify(settings))}`].join('\n');
  }
  const { bold, dim } = paint(style);
  const fields: [string, string][] = [
    ['Finished', `${formatLocalTime(run.finished_at)}, after ${(run.duration_ms / 1000).toFixed(1)} s`],
    ['By', `${run.database_user}, orderflow-customers ${run.tool_version}`],
    ...(run.outcome === 'done'
      ? []
      : [['Result', `${resultOf(run)} (exit code ${run.exit_code})`] satisfies [string, string]]),
    ...(run.message === null ? [] : [['Message', run.message] satisfies [string, string]]),
    ...(run.source === null
      ? []
      : [['Source', `${run.source}${run.snapshot ? ', snapshot' : ''}`] satisfies [string, string]]),
    ['Rows', formatCount(run.rows)],
    ['Customers', counts(run.imported, run.updated, run.unchanged)],
    ['Contacts', counts(run.contacts_imported, run.contacts_updated, run.contacts_unchanged)],
    ['Superseded', formatCount(run.superseded)],
    ['Rejected', `${formatCount(run.failed)}${run.rejects_file === null ? '' : `, see ${run.rejects_file}`}`],
    ['Warnings', formatCount(run.warnings)],
    ['Settings', JSON.stringify(settings)],
    ['Id', run.id],
  ];
  return [
    bold(printable(run.file)),
    '',
    ...fields.map(([title, value]) => `${dim(title.padEnd(10))}  ${printable(value)}`),
  ].join('\n');
}

function counts(imported: number, updated: number, unchanged: number): string {
  return `+ ${formatCount(imported)} imported  ~ ${formatCount(updated)} updated  = ${formatCount(unchanged)} unchanged`;
}

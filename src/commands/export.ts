import path from 'node:path';
import type { Command } from 'commander';
import { Option } from 'commander';
import type { ToolCommand } from '../advice.ts';
import { advice, tool } from '../advice.ts';
import { addHelp } from '../command-tree.ts';
import type { Context } from '../context.ts';
import { Failure } from '../errors.ts';
import type { ByteSink } from '../files/byte-sink.ts';
import { fileSink } from '../files/byte-sink.ts';
import { exportCustomers } from '../export/export-customers.ts';
import type { ExportFormat } from '../export/formats.ts';
import { csvFormat, excelCsvFormat, workbookFormat } from '../export/formats.ts';
import { writePiece } from '../io.ts';
import type { ExportReport } from '../model/export-report.ts';
import { renderExportReport, renderExportWarnings } from '../render/export.ts';
import { exitCodes } from '../render/help.ts';
import { requireOrganization } from '../store/orgs/organizations.ts';
import { reportProgress } from './import-progress.ts';
import { addOrgOption, orgOf } from './options/org-option.ts';
import { requireDelimiter } from './options/reading-options.ts';

interface ExportOptions {
  org?: string;
  q?: string;
  active?: true;
  inactive?: true;
  output?: string;
  forExcel?: true;
  delimiter?: string;
  encoding?: string;
}

export function define(command: Command, context: Context): void {
  command.description(
    'Export customers and their contacts as CSV or as an Excel workbook. Importing it again changes nothing.\n' +
      'Writes one row per contact, the primary one first, and one row for a customer without contacts.',
  );
  addOrgOption(command.optionsGroup('Which customers:'), { forReading: true })
    .option('--q <text>', 'only customers with this text in name or ERP number; case is ignored')
    .option('--active', 'only active customers')
    .addOption(new Option('--inactive', 'only inactive customers').conflicts('active'))
    .optionsGroup('File:')
    .option(
      '--output <file>',
      'file to write: a workbook if it ends in .xlsx, compressed if in .gz (default: standard output)',
    )
    .addOption(
      new Option(
        '--for-excel',
        'CSV that German Excel opens with a double click; zeros, phone numbers and dates are kept',
      ).conflicts(['delimiter', 'encoding']),
    )
    .option('--delimiter <character>', 'field delimiter: , ; | or tab (default: ,)', requireDelimiter)
    .option('--encoding <name>', 'such as utf-8-bom, utf-16le, windows-1252 (default: utf-8)')
    .action((options: ExportOptions) => runExport(context, options));
  addHelp(command, {
    exitCodes: exitCodes([0, 2, 4, 5, 7, 8, 13], {
      0: 'exported',
      2: 'invalid command line, or the file cannot be written',
      4: 'organization not found',
      5: 'a character cannot be encoded, or a sheet of Excel cannot hold the rows',
    }),
    notes: 'See docs/export-guide.md for the format and the warnings.',
    examples: [
      'orderflow-customers export --org acme --output acme.csv.gz',
      'orderflow-customers export --org acme --active --output acme.xlsx',
      'orderflow-customers export --org acme --for-excel --output acme.csv',
      'orderflow-customers export --org acme | orderflow-customers import - --org acme --dry-run',
    ],
  });
}

async function runExport(context: Context, options: ExportOptions): Promise<void> {
  const { io } = context;
  const toFile = options.output !== undefined && options.output !== '-';
  if (context.options.json && !toFile) {
    throw new Failure('usage', 'the CSV and the document of --json both need standard output', {
      hint: 'name a file for the CSV: --output FILE',
    });
  }
  const forTerminal = !toFile && context.style('stdout').terminal;
  const named = await formatOf(options);
  // A terminal reads UTF-8: bytes of another encoding are control characters to it (嬛 in UTF-16 is an escape
  // sequence).
  const format = forTerminal ? await onTerminal(named) : named;
  const orgRef = await orgOf(context, options);
  const database = await context.readDatabase();
  const org = await requireOrganization(database, orgRef);
  const file = toFile ? path.resolve(io.cwd, options.output as string) : null;
  const progress = reportProgress(context);
  // If the rows themselves are printed, a progress line would interfere.
  if (!forTerminal) progress.start();
  let report: ExportReport;
  try {
    report = await exportCustomers({
      database,
      org,
      q: options.q,
      active: options.active ?? (options.inactive ? false : undefined),
      format,
      sink: file === null ? streamSink(context) : fileSink(file, { signal: io.signal }),
      file,
      forTerminal,
      signal: io.signal,
      onProgress(rows) {
        if (!forTerminal) progress.show({ phase: 'reading', rows, failed: 0, bytesRead: 0, size: undefined });
      },
    });
  } finally {
    progress.clear();
  }
  tell(context, report, { options: { ...options, org: orgRef }, forTerminal });
}

/** The kind of file that the flags specify; contradicting flags are refused. */
async function formatOf({
  output = '',
  forExcel,
  delimiter,
  encoding,
}: ExportOptions): Promise<ExportFormat> {
  const ending = /\.(?:xls[xmb]?|ods)(?:\.gz)?$/i.exec(output)?.[0];
  if (ending === undefined) {
    if (forExcel) return excelCsvFormat();
    return csvFormat({ encoding: encoding ?? 'utf-8', delimiter: delimiter ?? ',' });
  }
  if (ending.toLowerCase() !== '.xlsx') {
    throw new Failure('usage', `--output ${output}: no file of the kind ${ending} can be written`, {
      hint: 'name it .xlsx for a workbook, .csv or .csv.gz for CSV',
    });
  }
  const flag = forExcel ? '--for-excel' : delimiter === undefined ? '--encoding' : '--delimiter';
  if (forExcel || delimiter !== undefined || encoding !== undefined) {
    throw new Failure('usage', `${flag} is for CSV, and --output ${output} is a workbook`, {
      hint: `leave ${flag} out, or name the file .csv`,
    });
  }
  return workbookFormat;
}

async function onTerminal(format: ExportFormat): Promise<ExportFormat> {
  const csv = await csvFormat({ encoding: 'utf-8', delimiter: format.delimiter ?? ',' });
  return { ...csv, protect: format.protect };
}

function tell(
  context: Context,
  report: ExportReport,
  { options, forTerminal }: { options: ExportOptions & { org: string }; forTerminal: boolean },
): void {
  if (report.warnings_total > 0 && !context.options.json) {
    context.note((style) => renderExportWarnings(report, style));
  }
  if (report.file === null) {
    if (forTerminal) context.aside('shown for reading; to import it, export to a file: --output FILE');
    return;
  }
  // People get the path that they gave.
  const shown = { ...report, file: options.output ?? null };
  context.print({ json: report, text: (style) => renderExportReport(shown, style) });
  context.aside(advice`next: ${importCommand(report, options)}`);
}

function importCommand(
  { encoding }: ExportReport,
  { output = '', org }: ExportOptions & { org: string },
): ToolCommand {
  const detected = encoding === null || encoding.startsWith('UTF-8') || encoding.startsWith('UTF-16');
  const flags = detected ? [] : ['--encoding', encoding];
  return tool('import', output, '--org', org, ...flags, '--dry-run');
}

function streamSink({ io }: Context): ByteSink {
  return {
    async open() {},
    write: (bytes) => writePiece(io, bytes),
    async finish() {},
    async discard() {},
  };
}

import path from 'node:path';
import type { Command } from 'commander';
import { addHelp } from '../command-tree.ts';
import type { Context } from '../context.ts';
import type { Style } from '../render/text/style.ts';
import { exit, Failure } from '../errors.ts';
import { inspectFile } from '../import/inspect-file.ts';
import { createReportWriter } from '../import/outcome/report-writer.ts';
import { createRowsWriter } from '../import/outcome/rows-writer.ts';
import { createTextOutput } from '../files/output.ts';
import { writePiece } from '../io.ts';
import { printable } from '../model/printable.ts';
import { openSource } from '../files/source.ts';
import { exitCodes } from '../render/help.ts';
import { inspectionDocument, renderInspection } from '../render/inspection.ts';
import { fileNameFor } from './options/flag-values.ts';
import {
  addReadingOptions,
  byColumnNames,
  fileFlags,
  layoutFlags,
  readingOptionsOf,
  readMappingOption,
} from './options/reading-options.ts';
import type { ReadingOptions } from './options/reading-options.ts';

interface InspectOptions extends ReadingOptions {
  rows?: string;
  report?: string;
  saveMapping?: string;
}

export function define(command: Command, context: Context): void {
  command
    .description(
      'Analyse a file without importing it or using a database: encoding, delimiter, rows, columns, which column ' +
        'is which field, and the first problems. Works with any CSV file or workbook.',
    )
    .argument('<file>', 'CSV file or Excel workbook (.xlsx), may be gzipped; - for standard input');
  addReadingOptions(command)
    .option(
      '--save-mapping <path>',
      'write a mapping file: asks about the columns, or accepts the suggestions with --yes',
      fileNameFor('--save-mapping'),
    )
    .optionsGroup('Output:')
    .option('--rows <path>', 'write the accepted records unchanged, as UTF-8 CSV; - for standard output')
    .option('--report <path>', 'write rejected and skipped lines as JSON; - for standard output')
    .action((file: string, options: InspectOptions) => inspect(context, file, options));
  addHelp(command, {
    exitCodes: exitCodes([0, 2, 3, 5], {
      0: 'read; no row was rejected',
      3: 'read, but some rows were rejected',
      5: 'the file cannot be read reliably',
    }),
    examples: [
      'orderflow-customers inspect customers.csv',
      'orderflow-customers inspect export.txt --rows - > clean.csv',
    ],
  });
}

async function inspect(context: Context, file: string, options: InspectOptions): Promise<void> {
  const { io } = context;
  const toStdout = takesStdout(context, options);
  const { saveMapping: saved } = options;
  if (saved !== undefined && options.mapping !== undefined && options.mapping !== byColumnNames) {
    throw new Failure('usage', '--mapping and --save-mapping do not go together', {
      hint: 'change the existing mapping file by hand',
    });
  }
  const forTerminal = options.rows === '-' && context.style('stdout').terminal;
  const mapping = await readMappingOption(options, io);
  const source = await openSource(file, { stdin: io.stdin, cwd: io.cwd, signal: io.signal });
  const outputTo = (place: string, what: string) =>
    createTextOutput(place === '-' ? (piece) => writePiece(io, piece) : path.resolve(io.cwd, place), {
      what,
      signal: io.signal,
    });
  const rows =
    options.rows === undefined ? undefined : createRowsWriter(outputTo(options.rows, 'the rows to'));
  const written =
    options.report === undefined ? undefined : createReportWriter(outputTo(options.report, 'the report'));
  try {
    const reading = { source, ...readingOptionsOf(options), signal: io.signal };
    const found = await inspectFile({
      ...reading,
      mapping,
      recognise: options.mapping === undefined,
      allValues: saved !== undefined,
      onRow: rows === undefined ? undefined : (cells) => rows.add(forTerminal ? cells.map(printable) : cells),
      onReported: (to, entry) => written?.add(to, entry),
      async drained() {
        await rows?.drained();
        await written?.drained();
      },
    });
    await rows?.finish();
    await written?.finish(found.report);
    const shown =
      saved === undefined
        ? { found, options }
        : await mappedFile(context, { found, options, saved, reading });
    const { inspection } = shown.found;
    const text = (style: Style) =>
      renderInspection(inspection, style, {
        flags: [...layoutFlags(shown.options), ...fileFlags(shown.options)],
        mapped: mapping !== undefined || saved !== undefined,
      });
    if (toStdout) context.note(text);
    else context.print({ json: inspectionDocument(inspection), text });
    if (inspection.rejected > 0) context.exitCode = exit.someRejected;
  } catch (error) {
    await rows?.discard();
    if (io.signal.aborted) {
      await written?.discard();
      throw io.signal.reason;
    }
    if (error instanceof Failure && error.exitCode === 5) {
      await written?.finish({ status: 'rejected', reason: error.message });
    } else {
      await written?.discard();
    }
    throw error;
  } finally {
    source.close();
  }
}

/** Whether exactly one flag's result takes standard output; then the inspection goes to stderr. */
function takesStdout({ options: { json } }: Context, { rows, report }: InspectOptions): boolean {
  const flags = [...(rows === '-' ? ['--rows -'] : []), ...(report === '-' ? ['--report -'] : [])];
  const all = json ? [...flags, '--json'] : flags;
  if (flags.length > 0 && all.length > 1) {
    throw new Failure('usage', `${all.slice(0, 2).join(' and ')} both need standard output`, {
      hint: 'name a file for one of them',
    });
  }
  return flags.length > 0;
}

type Inspected = Awaited<ReturnType<typeof inspectFile>>;

/** Writes a mapping; returns the inspection under it, and the flags to import the file with. */
async function mappedFile(
  context: Context,
  work: {
    found: Inspected;
    options: InspectOptions;
    saved: string;
    reading: Omit<Parameters<typeof inspectFile>[0], 'mapping'>;
  },
): Promise<{ found: Inspected; options: InspectOptions }> {
  const { found, options, saved, reading } = work;
  const { saveMapping } = await import('./prompts/save-mapping.ts');
  const { delimiter, encoding, default: defaults } = options;
  const { trial, needs } = await saveMapping(context, {
    found,
    file: saved,
    readAs: { delimiter, encoding },
    defaults,
    // The mapping contains what the command line gives, so an import does not need it again.
    tryOut: (mapping, example) => inspectFile({ ...reading, mapping, defaults: example }),
  });
  const examples = { currency: 'EUR', language: 'de-DE' };
  const missing = Object.fromEntries(needs.map(({ flag }) => [flag, examples[flag]]));
  // What the mapping specifies needs no flag.
  const flags = { ...options, mapping: saved, default: missing };
  delete flags.delimiter;
  delete flags.encoding;
  return { found: trial, options: flags };
}

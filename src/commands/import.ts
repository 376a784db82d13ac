import type { Command } from 'commander';
import { Option } from 'commander';
import { addHelp } from '../command-tree.ts';
import type { Context } from '../context.ts';
import { exitCodes } from '../render/help.ts';
import { fileNameFor, timeFor } from './options/flag-values.ts';
import { addNightOptions } from './options/night-options.ts';
import { addOrgOption } from './options/org-option.ts';
import type { ImportOptions } from './options/import-options.ts';
import { parseBlank, parseBudget, parseChanges, parseMatch, parseOnly } from './options/import-options.ts';
import { addReadingOptions } from './options/reading-options.ts';

export function define(command: Command, context: Context): void {
  command
    .description(
      'Import customers and their contacts from a CSV file or an Excel workbook, in one transaction.\n' +
        'Customers are matched by ERP number, or as --match specifies: new ones are created, existing ones updated where the file differs.\n' +
        'Bad rows are rejected with their reasons; the others are imported. Importing a file twice changes nothing.',
    )
    .argument(
      '<file...>',
      'CSV file or Excel workbook (.xlsx), may be gzipped; - for standard input. Several files are imported as one',
    );
  addReadingOptions(command).optionsGroup('What to write:');
  addOrgOption(command)
    .option('--create-org', 'create the organization if it does not exist')
    .option(
      '--only <what>',
      'update: only change existing customers, required columns may be missing; create: only create new ones',
      parseOnly,
    )
    .option(
      '--match <key>',
      'what finds existing customers: erp_customer_number, email or id (default: the number; the id in a file that export wrote)',
      parseMatch,
    )
    .option(
      '--allow-duplicates',
      'create a customer without a number even if one with its name or email exists',
    )
    .option('--blank <what>', 'what a blank value does: clear the field, or keep it', parseBlank, 'clear')
    .optionsGroup('Safety:')
    .option('--dry-run', 'run everything, show the result, write nothing')
    .option('--detailed-exitcode', 'with --dry-run: exit 10 if there are changes')
    .option(
      '--plan-to <file>',
      'save the changes as a plan, write nothing (implies --dry-run)',
      fileNameFor('--plan-to'),
    )
    .option('--plan <file>', 'write exactly the changes of this plan, or nothing')
    .option('--plan-max-age <time>', 'refuse a plan that is older (default: 24h)', timeFor('--plan-max-age'))
    .option('--max-errors <n|n%>', 'write nothing if more rows than this are rejected', parseBudget)
    .option('--atomic', 'write nothing if any row is rejected')
    .addOption(
      new Option(
        '--lock-wait <time>',
        'how long to wait for another import and for rows that another program has locked, ' +
          'such as 60s or 5m (default: not at all, and 10s)',
      ).argParser(timeFor('--lock-wait')),
    );
  addNightOptions(command)
    .optionsGroup('Output:')
    .option(
      '--rejects <path>',
      'file for rejected rows, of several files a directory for them (default: FILE.ORG.rejected.csv)',
      fileNameFor('--rejects'),
    )
    .option('--no-rejects', 'write no rejects file')
    .option(
      '--changes <n>',
      'changed customers to list (default: 20 on a terminal, none when piped)',
      parseChanges,
    )
    .option(
      '--changes-to <file>',
      'write every change to this file, one line of JSON for each customer',
      fileNameFor('--changes-to'),
    )
    .option(
      '--report-to <file>',
      'write an HTML page for the people who maintain the ERP: what came, what changed, what was rejected and how to correct it',
      fileNameFor('--report-to'),
    )
    .addOption(
      new Option('--report-language <language>', 'the language of that page')
        .choices(['en', 'de'])
        .default('en'),
    )
    .action(async (files: string[], options: ImportOptions) => {
      // The import code is half a megabyte, which help and a mistyped flag do without.
      const { runImport } = await import('./import/run-import.ts');
      await runImport(context, files, options);
    });
  addHelp(command, {
    exitCodes: exitCodes([0, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13], {
      0: 'every row was accepted',
      4: 'organization not found',
      5: 'the file as a whole was refused; nothing was written',
      10: 'changes pending (--dry-run --detailed-exitcode)',
      11: 'another import or program holds a lock',
      12: 'conflict with another program, or a stale plan',
    }),
    notes:
      'See docs/import-guide.md for columns and rules, docs/problems.md for\nmessages, docs/exit-codes.md for what to do for each exit code.',
    examples: [
      'orderflow-customers import customers.csv --org acme --dry-run',
      'orderflow-customers import north.csv south.csv --org acme --source erp --snapshot',
      'zcat nightly.csv.gz | orderflow-customers import - --org acme --quiet',
    ],
  });
}

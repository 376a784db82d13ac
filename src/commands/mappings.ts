import type { Command } from 'commander';
import { Argument } from 'commander';
import { addHelp } from '../command-tree.ts';
import type { Context } from '../context.ts';
import { knownSystem, knownSystems } from '../import/columns/known-systems.ts';
import { parseMapping } from '../import/columns/mapping-file.ts';
import { describeMapping } from '../import/columns/mapping-fields.ts';
import { shippedMappingText } from '../import/columns/shipped-mapping.ts';
import { exitCodes } from '../render/help.ts';
import { mappingListing } from '../render/mappings.ts';
import type { OutputOptions } from './options/output-options.ts';
import { addOutputOptions, printListing } from './options/output-options.ts';

export function define(command: Command, context: Context): void {
  command.usage('<subcommand> [flags]');
  addHelp(command, {
    examples: ['orderflow-customers mappings list', 'orderflow-customers mappings show sap-kna1 > my.yaml'],
  });
  const listing = command
    .command('list')
    .summary('List the mappings for known systems')
    .description(
      'List the mappings for known systems. Use one by name in import and inspect: --mapping NAME.',
    );
  addOutputOptions(listing, { context, names: mappingListing.names }).action((options: OutputOptions) =>
    list(context, options),
  );
  addHelp(listing, {
    exitCodes: exitCodes([0, 2]),
    examples: ['orderflow-customers mappings list', 'orderflow-customers mappings list --json'],
  });
  const showing = command
    .command('show')
    .summary('Print a mapping')
    .description(
      'Print a mapping as YAML: the columns it reads, their other names, the rows it skips.\n' +
        'To change it, write it to a file and give that to --mapping.',
    )
    .addArgument(
      new Argument('<name>', 'as mappings list shows it').choices(knownSystems.map(({ name }) => name)),
    )
    .action((name: string) => show(context, name));
  addHelp(showing, {
    exitCodes: exitCodes([0, 2]),
    examples: [
      'orderflow-customers mappings show odoo',
      'orderflow-customers mappings show sap-kna1 > my.yaml',
    ],
  });
}

async function list(context: Context, options: OutputOptions): Promise<void> {
  const items = knownSystems.map(({ name, title }) => ({ name, reads: title }));
  await printListing(context, options, { layout: mappingListing, items, rest: { total: items.length } });
}

async function show(context: Context, name: string): Promise<void> {
  const yaml = await shippedMappingText(name);
  const described = describeMapping(parseMapping(yaml, name));
  const page = `docs/sources/${name}.md`;
  await context.page({
    json: { name, reads: knownSystem(name)?.title, page, ...described, yaml },
    text: () => yaml,
  });
  context.aside(`fills ${described.fields.join(', ')} · ${page}`);
}

import type { Command } from 'commander';
import type { CommandTree } from './command-tree.ts';
import type { Context } from './context.ts';

/**
 * What a command's module exports: adds arguments, options, examples and action to a named, empty command.
 */
export interface CommandModule {
  define(command: Command, context: Context, tree: CommandTree): void;
}

interface CommandEntry {
  name: string;
  summary: string;
  /** Called by generated scripts, not by people. */
  hidden?: true;
  load(): Promise<CommandModule>;
}

/** Every command, with its line in the overview. Its module is loaded only when it is called. */
export const commands: CommandEntry[] = [
  {
    name: 'migrate',
    summary: 'Bring the database schema up to date',
    load: () => import('./commands/migrate.ts'),
  },
  { name: 'org', summary: 'Create and list organizations', load: () => import('./commands/org/org.ts') },
  {
    name: 'import',
    summary: 'Import customers from a CSV or Excel file',
    load: () => import('./commands/import.ts'),
  },
  {
    name: 'plan',
    summary: 'Show what a planned import will change',
    load: () => import('./commands/changes/plan.ts'),
  },
  {
    name: 'inspect',
    summary: 'Analyse a file without importing it',
    load: () => import('./commands/inspect.ts'),
  },
  {
    name: 'mappings',
    summary: 'List and print the mappings for known systems',
    load: () => import('./commands/mappings.ts'),
  },
  {
    name: 'export',
    summary: 'Export customers as the CSV that import reads',
    load: () => import('./commands/export.ts'),
  },
  { name: 'list', summary: 'List customers, page by page', load: () => import('./commands/list.ts') },
  {
    name: 'search',
    summary: 'Find customers by name, number, email, phone, contact or city',
    load: () => import('./commands/search.ts'),
  },
  {
    name: 'duplicates',
    summary: 'List customers that are probably the same',
    load: () => import('./commands/duplicates/duplicates.ts'),
  },
  { name: 'show', summary: 'Show one customer with contacts', load: () => import('./commands/show.ts') },
  { name: 'create', summary: 'Create a customer', load: () => import('./commands/create.ts') },
  { name: 'update', summary: 'Change customers', load: () => import('./commands/update.ts') },
  {
    name: 'contact',
    summary: 'Add, change, remove and list contacts',
    load: () => import('./commands/contact/contact.ts'),
  },
  {
    name: 'history',
    summary: 'Show who changed a customer, and what',
    load: () => import('./commands/changes/history.ts'),
  },
  {
    name: 'runs',
    summary: 'Look up past imports, and undo them',
    load: () => import('./commands/runs.ts'),
  },
  {
    name: 'status',
    summary: 'Show whether the nightly import is healthy',
    load: () => import('./commands/night/status.ts'),
  },
  {
    name: 'doctor',
    summary: 'Diagnose the database connection and schema',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'config',
    summary: 'Show the settings and their sources',
    load: () => import('./commands/config.ts'),
  },
  {
    name: 'access',
    summary: 'Manage access to an organization',
    load: () => import('./commands/access.ts'),
  },
  { name: 'whoami', summary: 'Show the login and its roles', load: () => import('./commands/whoami.ts') },
  {
    name: 'embedded',
    summary: 'Manage the embedded (trial) database',
    load: () => import('./commands/embedded.ts'),
  },
  {
    name: 'completion',
    summary: 'Generate a shell completion script',
    load: () => import('./commands/completion.ts'),
  },
  {
    name: '__manual',
    summary: 'Print the manual page',
    hidden: true,
    load: () => import('./commands/manual.ts'),
  },
  {
    name: '__complete',
    summary: 'Answer a shell that completes',
    hidden: true,
    load: () => import('./commands/complete.ts'),
  },
];

import type { ImportOptions } from '../options/import-options.ts';
import { ruleFlags } from '../options/import-options.ts';
import { nightFlags } from '../options/night-options.ts';
import { fileFlags, layoutFlags } from '../options/reading-options.ts';

/** The command line that imports the files in the same way, without the flags for reports. */
export function commandOf(files: readonly string[], options: ImportOptions): string[] {
  const { org, createOrg, dryRun, plan, planTo } = options;
  return [
    'import',
    ...files,
    '--org',
    org,
    ...(createOrg === true ? ['--create-org'] : []),
    ...(planTo === undefined ? (dryRun === true ? ['--dry-run'] : []) : ['--plan-to', planTo]),
    ...layoutFlags(options),
    ...fileFlags(options),
    ...nightFlags(options),
    ...(plan === undefined ? [] : ['--plan', plan]),
    ...rowFlags(options),
  ];
}

/** The same for a file of rejected rows, which has a layout of its own and is no snapshot. */
export function commandForRejects(file: string, options: ImportOptions): string[] {
  return ['import', file, '--org', options.org, ...fileFlags(options), ...rowFlags(options)];
}

function rowFlags(options: ImportOptions): string[] {
  return [...(options.blank === 'clear' ? [] : ['--blank', options.blank]), ...ruleFlags(options)];
}

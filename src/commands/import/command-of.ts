import type { ImportOptions } from '../options/import-options.ts';
import { ruleFlags } from '../options/import-options.ts';
import { fileFlags, layoutFlags } from '../options/reading-options.ts';

/** The command line to give again, without the flags for rejected rows. */
export function commandOf(files: readonly string[], options: ImportOptions): string[] {
  const { org, createOrg, dryRun, blank } = options;
  return [
    'import',
    ...files,
    '--org',
    org,
    ...(createOrg === true ? ['--create-org'] : []),
    ...(dryRun === true ? ['--dry-run'] : []),
    ...(blank === 'clear' ? [] : ['--blank', blank]),
    ...ruleFlags(options),
    ...layoutFlags(options),
    ...fileFlags({ ...options, default: undefined }),
  ];
}

import type { Advice } from '../advice.ts';
import { advice, tool } from '../advice.ts';
import type { ImportReport } from '../model/import-report.ts';
import { hasChanges } from '../model/import-report.ts';
import { renderCommandLine } from './text/command-line.ts';

/** A file of rejected rows, and the words of the command that imports it. */
export interface RejectsToFix {
  path: string;
  command: string[];
}

/**
 * The commands that usually come next. `again` is the command that writes what a dry run has shown; undefined
 * if standard input was read, which cannot be read again. Paths as they are to be shown.
 */
export function nextCommands(
  report: ImportReport,
  { again, rejects }: { again: string[] | undefined; rejects: RejectsToFix[] },
): Advice[] {
  if (report.dry_run) {
    if (again === undefined || report.failed > 0 || !hasChanges(report)) return [];
    return [advice`next: ${tool(...again)}`];
  }
  if (rejects.length === 0) return [advice`next: ${tool('list', '--org', report.org)}`];
  return rejects.map(
    ({ path, command }) => advice`next: fix ${renderCommandLine([path])}, then run: ${tool(...command)}`,
  );
}

import type { Advice } from '../advice.ts';
import { advice, tool } from '../advice.ts';
import type { ImportReport } from '../model/import-report.ts';
import { renderCommandLine } from './text/command-line.ts';

/** The flags about the file, as far as the next run needs them again. */
export interface ReadAs {
  /** Flags for any file of this kind, its rejects file included. */
  file: string[];
  /** Flags for the layout of this very file: its sheet, the lines above its header. */
  layout: string[];
  /** Flags for which customers may be changed or created. */
  rules?: string[];
  blank: 'clear' | 'keep';
  createOrg: boolean;
}

/** The command that usually comes next; undefined if there is none. Paths as they are to be shown. */
export function nextCommand(
  report: ImportReport,
  { rejects, readAs }: { rejects: string | null; readAs: ReadAs },
): Advice | undefined {
  const { org, contacts, file } = report;
  const blank = readAs.blank === 'clear' ? [] : ['--blank', readAs.blank];
  const again = (path: string, flags: string[] = []) =>
    tool('import', path, '--org', org, ...flags, ...readAs.file, ...blank, ...(readAs.rules ?? []));
  if (report.dry_run) {
    const pending =
      report.imported + report.updated + report.deactivated + contacts.imported + contacts.updated > 0;
    if (!pending || report.failed > 0 || file === 'stdin') return undefined;
    return advice`next: ${again(file, [...(readAs.createOrg ? ['--create-org'] : []), ...readAs.layout])}`;
  }
  if (rejects !== null) return advice`next: fix ${renderCommandLine([rejects])}, then run: ${again(rejects)}`;
  return advice`next: ${tool('list', '--org', org)}`;
}

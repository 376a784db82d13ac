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
  /** Flags for the source and its guards: for the file itself, because a file of rejected rows is no snapshot. */
  night?: string[];
  /** The plan that was saved. */
  plan?: string | undefined;
  blank: 'clear' | 'keep';
  createOrg: boolean;
}

/** A file of rejected rows, with the flags by which it is read. */
export interface RejectsToFix {
  path: string;
  flags: string[];
}

/** The commands that usually come next. Paths as they are to be shown. */
export function nextCommands(
  report: ImportReport,
  { files, rejects, readAs }: { files: readonly string[]; rejects: RejectsToFix[]; readAs: ReadAs },
): Advice[] {
  const { org, contacts } = report;
  const blank = readAs.blank === 'clear' ? [] : ['--blank', readAs.blank];
  const again = (paths: readonly string[], flags: string[]) =>
    tool('import', ...paths, '--org', org, ...flags, ...blank, ...(readAs.rules ?? []));
  if (report.dry_run) {
    const pending =
      report.imported + report.updated + report.deactivated + contacts.imported + contacts.updated > 0;
    if (!pending || report.failed > 0 || files.includes('-')) return [];
    const create = readAs.createOrg ? ['--create-org'] : [];
    const { layout, file, night = [], plan } = readAs;
    const planned = plan === undefined ? [] : ['--plan', plan];
    return [advice`next: ${again(files, [...create, ...layout, ...file, ...night, ...planned])}`];
  }
  if (rejects.length === 0) return [advice`next: ${tool('list', '--org', org)}`];
  return rejects.map(
    ({ path, flags }) => advice`next: fix ${renderCommandLine([path])}, then run: ${again([path], flags)}`,
  );
}

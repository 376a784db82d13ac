import type { ImportReport } from '../model/import-report.ts';
import { renderCommandLine } from './command-line.ts';

/** What a run was told of its file, as far as the next run has to be told again. */
export interface ReadAs {
  /** Undefined for what every file shows by itself. */
  encoding?: string | undefined;
  delimiter?: string | undefined;
  /** The mapping file, as it was given. */
  mapping?: string | undefined;
  defaults: { currency?: string; language?: string };
  blank: 'clear' | 'keep';
  createOrg: boolean;
}

/** The command that usually comes next, or undefined when there is none. Paths as they are to be shown. */
export function nextCommand(
  report: ImportReport,
  { rejects, readAs }: { rejects: string | null; readAs: ReadAs },
): string | undefined {
  const { org, contacts, file } = report;
  const again = (path: string, flags: string[] = []) =>
    renderCommandLine(['orderflow-customers', 'import', path, '--org', org, ...flags, ...flagsOf(readAs)]);
  if (report.dry_run) {
    const pending = report.imported + report.updated + contacts.imported + contacts.updated > 0;
    if (!pending || report.failed > 0 || file === 'stdin') return undefined;
    return `next: ${again(file, readAs.createOrg ? ['--create-org'] : [])}`;
  }
  if (rejects !== null) return `next: mend ${renderCommandLine([rejects])}, then: ${again(rejects)}`;
  return `next: ${renderCommandLine(['orderflow-customers', 'list', '--org', org])}`;
}

function flagsOf({ encoding, delimiter, mapping, defaults, blank }: ReadAs): string[] {
  return [
    ...(encoding === undefined ? [] : ['--encoding', encoding]),
    ...(delimiter === undefined ? [] : ['--delimiter', delimiter === '\t' ? 'tab' : delimiter]),
    ...(mapping === undefined ? [] : ['--mapping', mapping]),
    ...Object.entries(defaults).flatMap(([field, value]) => ['--default', `${field}=${value}`]),
    ...(blank === 'clear' ? [] : ['--blank', blank]),
  ];
}

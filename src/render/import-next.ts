import type { ImportReport } from '../model/import-report.ts';
import { renderCommandLine } from './command-line.ts';

/** The command that usually comes next, or undefined when there is none. */
export function nextCommand(
  report: ImportReport,
  { file, delimiter }: { file: string; delimiter: string | undefined },
): string | undefined {
  const tool = 'orderflow-customers';
  const { org, rejects_file: rejects, contacts } = report;
  if (rejects !== null) {
    return `next: mend ${renderCommandLine([rejects])}, then: ${renderCommandLine([tool, 'import', rejects, '--org', org])}`;
  }
  if (!report.dry_run) return `next: ${renderCommandLine([tool, 'list', '--org', org])}`;
  const pending = report.imported + report.updated + contacts.imported + contacts.updated > 0;
  if (!pending || report.failed > 0 || file === 'stdin') return undefined;
  const reader = delimiter === undefined ? [] : ['--delimiter', delimiter === '\t' ? 'tab' : delimiter];
  return `next: ${renderCommandLine([tool, 'import', file, '--org', org, ...reader])}`;
}

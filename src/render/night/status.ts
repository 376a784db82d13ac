import type { Fault, SourceStatus } from '../../model/source-status.ts';
import { faultsOf, formatAge } from '../../model/source-status.ts';
import { printable } from '../../model/printable.ts';
import { formatCount } from '../text/numbers.ts';
import { paint } from '../text/paint.ts';
import type { Style } from '../text/style.ts';
import { formatLocalTime } from '../text/time.ts';

/**
 * A block for each source on a terminal, otherwise a line of tabs: source, healthy, last success, rows, last
 * attempt, problem.
 */
export function renderStatus(statuses: SourceStatus[], { maxAge }: { maxAge: number }, style: Style): string {
  const color = paint(style);
  return statuses
    .map((status) => {
      const { source, last_attempt: attempt, last_success: success } = status;
      const faults = faultsOf(status, { maxAge });
      if (!style.terminal) {
        return [
          source,
          faults.length === 0 ? 'ok' : 'not ok',
          success?.at ?? '',
          success?.rows ?? '',
          attempt.at,
          attempt.outcome,
          attempt.code ?? '',
          faults.map(({ message }) => message).join('; '),
        ]
          .map((cell) => printable(String(cell)))
          .join('\t');
      }
      const head = faults.length === 0 ? color.green('ok') : color.red('not ok');
      return [
        `${color.bold(printable(source))}  ${head}`,
        `  last success  ${success === null ? 'never' : `${formatLocalTime(success.at)}, ${formatAge(success.age_seconds)} ago: ${formatCount(success.rows)} rows of ${printable(success.file)}`}`,
        `  last attempt  ${formatLocalTime(attempt.at)}: ${attempt.code === null ? attempt.outcome : `${attempt.outcome} (${attempt.code})`}`,
        ...faults.map(({ message }) => `  ${color.red('!')} ${printable(message)}`),
      ].join('\n');
    })
    .join('\n');
}

/** Nagios' states, which are also its exit codes (Nagios plugin development guidelines). */
export const pluginStates = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const;

/** One line for Nagios: state and text, then `|` and performance data, and the exit code. */
export function renderPluginLine(
  org: string,
  statuses: SourceStatus[],
  { maxAge }: { maxAge: number },
): { line: string; exitCode: number } {
  const faults: Fault[] = statuses.flatMap((status) => faultsOf(status, { maxAge }));
  const exitCode =
    statuses.length === 0
      ? 3
      : faults.some(({ severity }) => severity === 'critical')
        ? 2
        : faults.length > 0
          ? 1
          : 0;
  const text =
    statuses.length === 0
      ? 'no import with a source yet'
      : faults.length > 0
        ? faults.map(({ message }) => message).join('; ')
        : statuses
            .map(
              ({ source, last_success: success }) =>
                `${source}: ${formatAge(success?.age_seconds ?? 0)} ago, ${success?.rows} rows`,
            )
            .join('; ');
  const data = statuses.flatMap(({ source, last_success: success }) =>
    success === null
      ? []
      : [
          `${perfLabel(`${source}_age`)}=${success.age_seconds}s;;${maxAge};0`,
          `${perfLabel(`${source}_rows`)}=${success.rows};;;0`,
          `${perfLabel(`${source}_rejected`)}=${success.failed};;;0`,
        ],
  );
  const line = `ORDERFLOW ${pluginStates[exitCode]} - ${org} ${oneLine(text)}`;
  return { line: data.length === 0 ? line : `${line} | ${data.join(' ')}`, exitCode };
}

/** The state of a check that failed. */
export function renderUnknown(org: string, message: string): string {
  return `ORDERFLOW UNKNOWN - ${org} ${oneLine(message)}`;
}

/** A `|` begins the performance data. */
function oneLine(text: string): string {
  return printable(text.replaceAll(/\s+/g, ' ').replaceAll('|', '/'));
}

function perfLabel(name: string): string {
  return `'${name.replaceAll(/['=]/g, '_')}'`;
}

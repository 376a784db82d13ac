import type { ImportReport } from '../../model/import-report.ts';

export interface MetricLabels {
  org: string;
  source: string;
}

interface Metric {
  name: string;
  help: string;
  value: number | undefined;
}

const lastSuccessName = 'orderflow_import_last_success_timestamp_seconds';

/**
 * A run in Prometheus' text format (exposition format 0.0.4), for the textfile collector of the node
 * exporter.
 */
export function renderMetrics(run: {
  labels: MetricLabels;
  /** Seconds since 1970, as all times. */
  now: number;
  lastSuccess: number | undefined;
  exitCode: number;
  milliseconds: number;
  report: ImportReport | undefined;
}): string {
  const { labels, now, lastSuccess, exitCode, milliseconds, report } = run;
  const metrics: Metric[] = [
    { name: lastSuccessName, help: 'When an import last succeeded.', value: lastSuccess },
    {
      name: 'orderflow_import_last_attempt_timestamp_seconds',
      help: 'When an import last ended.',
      value: now,
    },
    { name: 'orderflow_import_last_exit_code', help: 'Exit code of the last import.', value: exitCode },
    {
      name: 'orderflow_import_duration_seconds',
      help: 'How long the last import took.',
      value: milliseconds / 1000,
    },
    { name: 'orderflow_import_rows', help: 'Rows of the last file.', value: report?.rows },
    {
      name: 'orderflow_import_rejected_rows',
      help: 'Rejected rows of the last file.',
      value: report?.failed,
    },
    { name: 'orderflow_import_created_customers', help: 'Customers created.', value: report?.imported },
    { name: 'orderflow_import_updated_customers', help: 'Customers updated.', value: report?.updated },
    {
      name: 'orderflow_import_deactivated_customers',
      help: 'Missing customers deactivated.',
      value: report?.deactivated,
    },
  ];
  return metrics
    .filter(({ value }) => value !== undefined)
    .map(
      ({ name, help, value }) =>
        `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name}${renderLabels(labels)} ${value}\n`,
    )
    .join('');
}

/** The last success in an older file of metrics, which a failure keeps. */
export function readLastSuccess(text: string, labels: MetricLabels): number | undefined {
  const start = `${lastSuccessName}${renderLabels(labels)} `;
  const line = text.split('\n').find((candidate) => candidate.startsWith(start));
  const value = Number(line?.slice(start.length));
  return line === undefined || !Number.isFinite(value) ? undefined : value;
}

function renderLabels({ org, source }: MetricLabels): string {
  return `{org="${escapeLabel(org)}",source="${escapeLabel(source)}"}`;
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

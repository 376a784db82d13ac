import { Failure } from '../../errors.ts';
import type { ErrorBudget } from '../../import/error-budget.ts';
import { listedMessages } from '../../model/import-report.ts';
import { parseErrorBudget } from '../../import/error-budget.ts';
import type { CustomerKey } from '../../model/columns.ts';
import { customerKeys } from '../../model/columns.ts';
import { parseSlug } from '../../model/organization.ts';
import type { NightOptions } from './night-options.ts';
import { nightRequestOf } from './night-options.ts';
import type { ReportLanguage } from '../../render/report-page/texts.ts';
import type { ReadingOptions } from './reading-options.ts';

/** The values of an import's flags. */
export interface ImportOptions extends ReadingOptions, NightOptions {
  org: string;
  createOrg?: boolean;
  dryRun?: boolean;
  detailedExitcode?: boolean;
  blank: 'clear' | 'keep';
  maxErrors?: ErrorBudget;
  atomic?: boolean;
  /** A path; false with `--no-rejects`. */
  rejects?: string | false;
  lockWait?: number;
  /** How many changes to list. */
  changes?: number;
  changesTo?: string;
  reportTo?: string;
  reportLanguage: ReportLanguage;
  planTo?: string;
  plan?: string;
  planMaxAge?: number;
  only?: 'create' | 'update';
  allowDuplicates?: true;
  match?: CustomerKey;
}

/** The flags, as typed, for which customers a file may change or create. */
export function ruleFlags({ only, match, allowDuplicates }: ImportOptions): string[] {
  return [
    ...(only === undefined ? [] : ['--only', only]),
    ...(match === undefined ? [] : ['--match', match]),
    ...(allowDuplicates === true ? ['--allow-duplicates'] : []),
  ];
}

/** A list for people, or the report's own; a program that reads neither does not wait for it. */
export function listedChanges(
  { changes }: ImportOptions,
  { json, terminal }: { json: boolean; terminal: boolean },
): number | undefined {
  if (json) return listedMessages;
  return changes ?? (terminal ? 20 : undefined);
}

export function parseChanges(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= 100_000) return number;
  throw new Failure('usage', `--changes takes a number from 0 to 100000, not ${JSON.stringify(text)}`, {
    hint: 'for all of them: --changes-to FILE',
  });
}

export function parseOnly(text: string): 'create' | 'update' {
  if (text === 'create' || text === 'update') return text;
  throw new Failure('usage', `--only takes update or create, not ${JSON.stringify(text)}`);
}

export function parseMatch(text: string): CustomerKey {
  const key = customerKeys.find((name) => name === text);
  if (key !== undefined) return key;
  throw new Failure('usage', `--match takes erp_customer_number, email or id, not ${JSON.stringify(text)}`);
}

export function parseBlank(text: string): 'clear' | 'keep' {
  if (text === 'clear' || text === 'keep') return text;
  throw new Failure('usage', `--blank takes clear or keep, not ${JSON.stringify(text)}`);
}

export function parseBudget(text: string): ErrorBudget {
  const budget = parseErrorBudget(text);
  if (budget !== undefined) return budget;
  throw new Failure(
    'usage',
    `--max-errors takes a number of rows or a percentage, not ${JSON.stringify(text)}`,
    {
      hint: 'such as --max-errors 20 or --max-errors 1%',
    },
  );
}

/** Throws `usage` for flags that contradict each other. */
export function requireConsistent(options: ImportOptions): void {
  if (options.detailedExitcode === true && options.dryRun !== true && options.planTo === undefined) {
    throw new Failure('usage', '--detailed-exitcode goes with --dry-run');
  }
  if (options.atomic === true && options.maxErrors !== undefined) {
    throw new Failure('usage', '--atomic and --max-errors contradict each other', {
      hint: '--atomic is --max-errors 0',
    });
  }
  if (options.plan !== undefined && options.planTo !== undefined) {
    throw new Failure('usage', '--plan and --plan-to contradict each other');
  }
  if (options.skipIfUnchanged === true && (options.plan ?? options.planTo) !== undefined) {
    throw new Failure('usage', '--skip-if-unchanged does not go with a plan');
  }
  if (options.planMaxAge !== undefined && options.plan === undefined) {
    throw new Failure('usage', '--plan-max-age goes with --plan');
  }
  if (options.createOrg === true) requireSlug(options.org);
  if (options.snapshot === true && options.only === 'create') {
    throw new Failure(
      'usage',
      '--only create changes no customer, and --snapshot deactivates those that are missing',
    );
  }
  nightRequestOf(options);
}

function requireSlug(text: string): void {
  const slug = parseSlug(text);
  if (typeof slug === 'string') return;
  throw new Failure('invalid_value', `--org: ${slug.message}`, { hint: slug.hint });
}

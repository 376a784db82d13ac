import { createHash } from 'node:crypto';
import { Failure } from '../../errors.ts';
import type { Source } from '../../files/source.ts';
import type { Organization } from '../../model/organization.ts';
import type { ImportRequest } from '../import-request.ts';
import { fileName } from '../import-request.ts';
import type { PlanHeader } from './plan-file.ts';

/** The header of a plan for this run. */
export async function planHeader(
  request: ImportRequest,
  { now }: { now: Date },
): Promise<Omit<PlanHeader, 'org' | 'org_id'>> {
  return {
    plan: 1,
    created_at: now.toISOString(),
    file: fileName(request),
    file_sha256: await digestOfAll(request.sources),
    flags: flagsOf(request),
    tool_version: request.toolVersion,
  };
}

/** Of several files, their order counts: the last one wins. */
export async function digestOfAll(sources: readonly Source[]): Promise<string> {
  const digests: string[] = [];
  for (const source of sources) digests.push(await digestOf(source));
  const [only, ...others] = digests;
  if (only !== undefined && others.length === 0) return only;
  return createHash('sha256').update(digests.join('\n')).digest('hex');
}

export async function digestOf(source: Source): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of source.chunks) hash.update(chunk);
  return hash.digest('hex');
}

/** Everything that decides the result of an import; a mapping by its content. */
export function flagsOf(request: ImportRequest): Record<string, string> {
  const { mapping, budget, night, guards } = request;
  const flags = { ...request, ...night, allow: guards.allow, guard: guards.limits };
  const names = [
    'blank',
    'defaults',
    'only',
    'allowDuplicates',
    'strictValues',
    'encoding',
    'delimiter',
    'quote',
    'escape',
    'skipLines',
    'headerLines',
    'sheets',
    'cellLimit',
    'recordLimit',
    'createOrg',
    'match',
    'source',
    'snapshot',
    'acceptColumns',
    'skipIfUnchanged',
    'edits',
    'missingContacts',
    'allow',
    'guard',
  ] as const;
  const given = names.flatMap((name): [string, string][] => {
    const value = (flags as Record<string, unknown>)[name];
    return value === undefined || value === false ? [] : [[name, JSON.stringify(value, inOneOrder)]];
  });
  return Object.fromEntries([
    ...given,
    ['budget', budget.text],
    ...(mapping === undefined
      ? []
      : [['mapping', createHash('sha256').update(JSON.stringify(mapping)).digest('hex')]]),
  ]);
}

/** Guards and defaults, independent of the order of the flags. JSON has no maps. */
function inOneOrder(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = value instanceof Map ? [...value.entries()] : Object.entries(value);
  return Object.fromEntries(entries.toSorted(([one], [other]) => (one < other ? -1 : 1)));
}

/** Throws `plan_mismatch`, naming what differs, if a plan is not for this run or is too old. */
export function requireBinding(
  plan: PlanHeader,
  run: Omit<PlanHeader, 'org' | 'org_id'>,
  { maxAgeMilliseconds }: { maxAgeMilliseconds: number },
): void {
  const age = Date.parse(run.created_at) - Date.parse(plan.created_at);
  if (!(age <= maxAgeMilliseconds)) {
    throw mismatch(`the plan is from ${plan.created_at}, older than --plan-max-age allows`);
  }
  if (plan.file_sha256 !== run.file_sha256) {
    throw mismatch(`the file is not the one that the plan was made from (${plan.file})`);
  }
  const names = new Set([...Object.keys(plan.flags), ...Object.keys(run.flags)]);
  const different = [...names].filter((name) => plan.flags[name] !== run.flags[name]);
  if (different.length > 0) {
    throw mismatch(`the plan was made with other flags: ${different.map(flagName).join(', ')}`);
  }
  if (plan.tool_version !== run.tool_version) {
    throw mismatch(`the plan was made by version ${plan.tool_version} of orderflow-customers`);
  }
}

export function requirePlanOf(plan: PlanHeader, org: Organization): void {
  if (plan.org === org.slug && (plan.org_id === null || plan.org_id === org.id)) return;
  throw mismatch(
    `the plan is for the organization ${plan.org}${plan.org === org.slug ? ' of another database' : ''}`,
  );
}

function flagName(name: string): string {
  const flags: Record<string, string> = {
    defaults: '--default',
    recordLimit: '--row-limit',
    sheets: '--sheet',
    budget: '--max-errors or --atomic',
  };
  return flags[name] ?? `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function mismatch(message: string): Failure {
  return new Failure('plan_mismatch', `${message}; nothing was written`, {
    hint: 'make a new plan with --plan-to FILE, and look at it with plan show FILE',
  });
}

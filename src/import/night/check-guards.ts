import { Failure } from '../../errors.ts';
import type { Guard } from '../../model/guard.ts';
import { printable } from '../../model/printable.ts';
import type { Database } from '../../store/connection/database.ts';
import { countChangedFields, countValues } from '../../store/sources/changed-fields.ts';
import {
  countLostNumbers,
  countOtherZeros,
  customersOfGuard,
  lastRowsOf,
  withoutNestedLoops,
} from '../../store/sources/counts.ts';
import { countDeactivations } from '../../store/sources/deactivations.ts';
import type { FieldCounts, GuardFlags } from './guards.ts';
import { judgeGuards } from './guards.ts';

/** How many of the customers that a guard counts are named. */
const named = 10;

/**
 * Compares the changes of the open transaction with the limits of its source, before the commit: returns the
 * guards, and the failure if one is exceeded.
 */
export async function checkGuards(
  database: Database,
  run: { orgId: string; source: string; snapshot: boolean; rows: number; flags: GuardFlags },
): Promise<{ guards: Guard[]; failure: Failure | undefined }> {
  const { orgId, source, snapshot, rows, flags } = run;
  const changed = await countChangedFields(database, { orgId });
  const values = await countValues(database, {
    orgId,
    fields: changed.filter(({ cleared }) => cleared > 0).map(({ field }) => field),
  });
  const fields = changed.map(({ field, cleared, filled, changed: others }) => ({
    field,
    cleared,
    of: Math.max(cleared, (values.get(field) ?? 0) + cleared - filled),
    changed: others,
  }));
  const lost = await countLostNumbers(database, { orgId });
  if (lost > 0) noteLostNumbers(fields, { lost, rows });
  const lastRows = snapshot ? await lastRowsOf(database, { orgId, source }) : undefined;
  const deactivations = await countDeactivations(database, { orgId, source });
  const guards = judgeGuards({ rows, lastRows, deactivations, fields }, flags);
  const exceeded = guards.filter((guard) => guard.exceeded);
  if (exceeded.length === 0) return { guards, failure: undefined };
  await withoutNestedLoops(database);
  for (const guard of exceeded) {
    if (guard.name === 'rows') continue;
    guard.customers = await customersOfGuard(database, { orgId, source, name: guard.name, limit: named });
  }
  const zeros = snapshot ? await countOtherZeros(database, { orgId }) : { missing: 0, renumbered: 0 };
  const renumbered = zeros.missing > 0 && zeros.renumbered * 2 > zeros.missing;
  return { guards, failure: guardFailure(exceeded, { source, renumbered }) };
}

/**
 * A file with blank numbers changes nothing by that, but its new customers would be created without a number.
 */
function noteLostNumbers(fields: FieldCounts[], { lost, rows }: { lost: number; rows: number }): void {
  const field = 'erp_customer_number';
  const found = fields.find((counts) => counts.field === field);
  if (found === undefined) fields.push({ field, cleared: lost, of: rows, changed: 0 });
  else {
    found.cleared += lost;
    found.of += lost;
  }
}

function guardFailure(
  exceeded: Guard[],
  { source, renumbered }: { source: string; renumbered: boolean },
): Failure {
  const lines = exceeded.flatMap((guard) => [describe(guard, source), ...customerLines(guard)]);
  if (renumbered) {
    lines.push(
      'most missing customers are in the file with more or fewer zeros in front: the number format has changed',
    );
  }
  const allow = exceeded.map(({ name, count }) => `--allow ${name}=${count}`).join(' ');
  return new Failure('guard_exceeded', [...lines, 'nothing was written'].join('\n'), {
    hint: renumbered
      ? 'export the numbers as before; importing them as they are would create these customers twice'
      : `check the file; if this is right, accept exactly these numbers: ${allow}`,
  });
}

function describe({ name, count, limit, of }: Guard, source: string): string {
  const [kind, field] = name.split('.');
  if (kind === 'rows') return `the file has ${count} rows, fewer than ${limit} (the last one had ${of})`;
  if (kind === 'deactivations') {
    return `${count} of ${of} active customers of ${source} would be deactivated, more than ${limit}`;
  }
  return kind === 'cleared'
    ? `${count} of ${of} values of ${field} would be cleared, more than ${limit}`
    : `${count} values of ${field} would change in ${of} rows, more than ${limit}`;
}

function customerLines({ count, customers }: Guard): string[] {
  const lines = customers.map(({ erp_customer_number: number, name }) =>
    printable(`${number ?? '(no number)'}  ${name}`),
  );
  return count > customers.length && customers.length > 0
    ? [...lines, `… and ${count - customers.length} more`]
    : lines;
}

import { Failure } from '../../errors.ts';
import type { ChangedCustomer, LoggedField } from '../../model/change-log.ts';
import { asChange } from '../../model/change-log.ts';
import { describeChange } from '../../model/field-change.ts';
import { printable } from '../../model/printable.ts';
import type { ChangesWriter } from '../outcome/changes.ts';
import { changeDocument } from '../outcome/changes.ts';
import type { Plan } from './plan-file.ts';

/** The most customers that a failure names. */
const named = 10;

/**
 * Compares the changes of a run with the plan, both in the same order: existing customers by id, then new
 * ones. Each change of the run must be in the plan with the same values before and after; other changes of
 * the plan are already done. `complete` throws `plan_stale`, naming the customers, before the commit.
 */
export function createPlanCheck(plan: Plan): ChangesWriter {
  const planned = plan.changes();
  let next: ChangedCustomer | undefined;
  let ended = false;
  const stale: string[] = [];

  async function advance(): Promise<void> {
    const { value, done } = await planned.next();
    next = done === true ? undefined : value;
    ended = done === true;
  }

  async function findExisting(id: string): Promise<ChangedCustomer | undefined> {
    if (next === undefined && !ended) await advance();
    while (next !== undefined && next.kind !== 'created' && next.id < id) await advance();
    return next?.kind !== 'created' && next?.id === id ? next : undefined;
  }

  /** A new customer gets another id in each run, so it is identified by all of its values. */
  async function findCreated(change: ChangedCustomer): Promise<boolean> {
    if (next === undefined && !ended) await advance();
    const wanted = contentOf(change);
    while (next !== undefined && (next.kind !== 'created' || contentOf(next) !== wanted)) await advance();
    if (next === undefined) return false;
    await advance();
    return true;
  }

  return {
    async add(change) {
      if (stale.length >= named) return;
      const found = change.kind === 'created' ? undefined : await findExisting(change.id);
      const unplanned =
        change.kind === 'created'
          ? (await findCreated(change))
            ? undefined
            : 'would be created with other values than planned'
          : firstUnplanned(change, found);
      if (unplanned === undefined) return;
      const { erp_customer_number: number, id, name } = change;
      stale.push(`${printable(number ?? id)} ${printable(name)}: ${unplanned}`);
    },
    async complete() {
      await planned.return(undefined);
      if (stale.length === 0) return;
      const more = stale.length >= named ? '\n… and perhaps more' : '';
      throw new Failure(
        'plan_stale',
        `customers were changed since the plan was made; nothing was written:\n${stale.join('\n')}${more}`,
        { hint: 'make a new plan with --plan-to FILE' },
      );
    },
    async publish() {},
    async discard() {
      await planned.return(undefined);
    },
  };
}

function contentOf(change: ChangedCustomer): string {
  return JSON.stringify({ ...changeDocument(change), id: '' });
}

/** The first field of a change that is not in the plan, with its values. */
function firstUnplanned(change: ChangedCustomer, planned: ChangedCustomer | undefined): string | undefined {
  const field = missing(change.fields, planned?.fields ?? []);
  if (field !== undefined) return describeChange(asChange(field));
  for (const contact of change.contacts) {
    const same = planned?.contacts.find(({ email }) => email === contact.email);
    const differing = missing(contact.fields, same?.fields ?? []);
    if (differing !== undefined) return `${printable(contact.email)}: ${describeChange(asChange(differing))}`;
  }
  return undefined;
}

function missing(fields: LoggedField[], planned: LoggedField[]): LoggedField | undefined {
  return fields.find(
    ({ field, before, after }) =>
      !planned.some((other) => other.field === field && other.before === before && other.after === after),
  );
}

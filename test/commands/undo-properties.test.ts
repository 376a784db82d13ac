import * as fc from 'fast-check';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import { csv, customerRow } from '../support/csv.ts';
import type { ImportSetting, StoredCustomer } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import { run } from '../support/run.ts';
import { modelUndo } from '../support/undo-model.ts';

/** More with, say, UNDO_SEQUENCES=500: each is some ten imports and undos. */
const sequences = Number(process.env['UNDO_SEQUENCES'] ?? 3);

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

const numbers = ['1', '2', '3'];
const emails = ['a@x.example', 'b@x.example', 'c@x.example'];
const one = <const Value>(...values: Value[]) => fc.constantFrom(...values);

const row = fc.record({
  erp_customer_number: one(...numbers),
  name: one('A', 'B'),
  default_currency: one('EUR', 'CHF'),
  notes: one('', 'n', 'm'),
  is_active: one('yes', 'yes', 'no'),
  billing_city: one('', 'Pirna', 'Köln'),
  billing_street: one('', 'Weg 1'),
  contact_email: one('', ...emails),
  contact_phone: one('1', '2', ''),
  contact_is_primary: one('yes', 'no', ''),
});

const anyStep = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: one('import'), rows: fc.array(row, { minLength: 1, maxLength: 4 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: one('by hand'),
      number: one(...numbers),
      email: one(...emails),
      what: one('name', 'city', 'active', 'phone', 'primary', 'none primary', 'remove', 'add'),
      value: fc.nat(2),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: one('undo'), of: fc.nat(9), and: fc.option(fc.nat(9)) }) },
);
type Step = typeof anyStep extends fc.Arbitrary<infer Value> ? Value : never;

interface Run {
  id: string;
  before: StoredCustomer[];
  after: StoredCustomer[];
}

let added = 0;

/** As the web service would, past this tool. */
async function changeByHand(org: Organization, change: Extract<Step, { kind: 'by hand' }>): Promise<void> {
  const { what, number, email, value } = change;
  const { database } = setting;
  const customer = sql`
    org_id = ${org.id}
    and erp_customer_number = ${number}`;
  const contact = sql`
    org_id = ${org.id}
    and customer_id = (select id from customer where ${customer})`;
  const set = {
    name: sql`update customer set name = ${['A', 'B', 'Z'][value]} where ${customer}`,
    city: sql`
      update customer
      set billing_address = coalesce(billing_address, '{}') || jsonb_build_object('city', ${['Pirna', 'Köln', 'Ulm'][value]}::text)
      where ${customer}`,
    active: sql`update customer set is_active = ${value !== 0} where ${customer}`,
    phone: sql`update customer_contact set phone = ${['1', '2', '9'][value]} where ${contact} and email = ${email}`,
    'none primary': sql`update customer_contact set is_primary = false where ${contact}`,
    remove: sql`delete from customer_contact where ${contact} and email = ${email}`,
    add: sql`
      insert into customer_contact (org_id, customer_id, email, phone)
      select org_id, id, ${email}, ${`new ${added++}`}
      from customer
      where ${customer}
      on conflict do nothing`,
  };
  if (what !== 'primary') {
    await database.execute(set[what]);
    return;
  }
  await database.transaction(async () => {
    await database.execute(
      sql`update customer_contact set is_primary = false where ${contact} and email <> ${email}`,
    );
    await database.execute(
      sql`update customer_contact set is_primary = true where ${contact} and email = ${email}`,
    );
  });
}

async function undo(org: Organization, runs: Run[]): Promise<string> {
  const ids = runs.map(({ id }) => id);
  const result = await run(['runs', 'undo', ...ids, '--org', org.slug, '--json'], {
    database: setting.server,
  });
  return result.json().run_id;
}

/** Does one step; an undo, and an undo of that, returns what was found and what the model expects. */
async function takeStep(
  org: Organization,
  runs: Run[],
  step: Step,
): Promise<[found: StoredCustomer[], expected: StoredCustomer[]][]> {
  const before = await setting.stored(org);
  if (step.kind === 'by hand') {
    await changeByHand(org, step);
    return [];
  }
  if (step.kind === 'import') {
    const { report } = await setting.importText(org, csv(step.rows.map((fields) => customerRow(fields))));
    runs.push({ id: report.run_id, before, after: await setting.stored(org) });
    return [];
  }
  if (runs.length === 0) return [];
  const places = new Set([step.of, step.and ?? step.of].map((place) => place % runs.length));
  const undone = [...places].toSorted((first, second) => second - first).map((place) => runs[place] as Run);
  const id = await undo(org, undone);
  const after = await setting.stored(org);
  await undo(org, [{ id, before, after }]);
  const back = await setting.stored(org);
  const again = await undo(org, undone);
  runs.push({ id, before, after }, { id: again, before, after });
  const expected = undone.reduce((now, each) => modelUndo(each.before, each.after, now), before);
  return [
    [after, expected],
    [back, before],
    [await setting.stored(org), after],
  ];
}

test('an undo leaves what the model says, and an undo of it brings everything back', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { minLength: 4, maxLength: 10 }), async (steps) => {
      const org = await setting.newOrg();
      const runs: Run[] = [];
      for (const each of steps) {
        for (const [found, expected] of await takeStep(org, runs, each)) expect(found).toEqual(expected);
      }
    }),
    { numRuns: sequences, ...(process.env['UNDO_SEQUENCES'] === undefined && { seed: 14 }) },
  );
}, 600_000);

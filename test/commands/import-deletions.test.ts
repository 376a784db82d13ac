import sql, { raw } from 'sql-template-tag';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import type { Database } from '../../src/store/connection/database.ts';
import { csv, customerRow } from '../support/csv.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import type { Proxy } from '../support/proxy.ts';
import { startProxy } from '../support/proxy.ts';
import { pidOf, until } from '../support/sessions.ts';

/* Customers and contacts that other sessions delete while an import is about to write them. */

let setting: ImportSetting;
let other: Database;
let proxy: Proxy | undefined;
/** Has what `before` imports; each test copies it. */
let imported: Organization;
beforeAll(async () => {
  setting = await importSetting();
  other = await setting.server.open();
  imported = await setting.newOrg();
  await setting.importText(imported, before, { name: 'before.csv' });
});
afterEach(async () => {
  await proxy?.close();
  proxy = undefined;
});
afterAll(() => setting.close());

const contact = { contact_name: 'Before', contact_is_primary: 'true' };
const before = csv([
  customerRow({ erp_customer_number: 'all', name: 'Before', contact_email: 'all@x.example', ...contact }),
  customerRow({
    erp_customer_number: 'contact',
    name: 'Same',
    contact_email: 'contact@x.example',
    ...contact,
  }),
  customerRow({ erp_customer_number: 'new contact', name: 'Same' }),
  customerRow({ erp_customer_number: 'customer', name: 'Before' }),
  customerRow({ erp_customer_number: 'twice', name: 'Same', contact_email: 'twice@x.example', ...contact }),
]);
const after = csv([
  customerRow({
    erp_customer_number: 'all',
    name: 'File',
    contact_email: 'all@x.example',
    contact_name: 'File',
  }),
  customerRow({ erp_customer_number: 'contact', name: 'Same', contact_email: 'contact@x.example' }),
  customerRow({ erp_customer_number: 'new contact', name: 'Same', contact_email: 'new@x.example' }),
  customerRow({ erp_customer_number: 'customer', name: 'File' }),
  customerRow({ erp_customer_number: 'twice', name: 'Same', contact_email: 'one@x.example' }),
  customerRow({ erp_customer_number: 'twice', name: 'Same', contact_email: 'two@x.example' }),
]);
const numbers = ['all', 'contact', 'new contact', 'customer', 'twice'];
const contactsInFile: Record<string, string[]> = {
  all: ['all@x.example'],
  contact: ['contact@x.example'],
  'new contact': ['new@x.example'],
  customer: [],
  twice: ['one@x.example', 'two@x.example'],
};

/** The merge's statements, each of which the deletion comes before. */
const moments = [
  'savepoint merge',
  'analyze pending',
  'for key share',
  'update customer c',
  'update pending',
  'for no key update of k',
  'insert into customer_contact',
  'insert into customer_import_run',
];

async function newOrgWithBefore(): Promise<Organization> {
  const org = await setting.newOrg();
  await setting.database.execute(sql`
    insert into customer (org_id, erp_customer_number, name, default_currency, default_language)
    select ${org.id}, erp_customer_number, name, default_currency, default_language
    from customer
    where org_id = ${imported.id}`);
  await setting.database.execute(sql`
    insert into customer_contact (org_id, customer_id, email, name, is_primary)
    select ${org.id}, customer.id, contact.email, contact.name, contact.is_primary
    from customer_contact as contact
    join customer as original on original.org_id = contact.org_id and original.id = contact.customer_id
    join customer on customer.erp_customer_number = original.erp_customer_number
    where contact.org_id = ${imported.id}
    and customer.org_id = ${org.id}`);
  return org;
}

/** Holds an import of `after` at `statement`, runs `deletion`, and lets both end. */
async function importWhile(
  statement: string,
  deletion: (org: Organization) => Promise<unknown>,
): Promise<{ org: Organization; waited: boolean; report: unknown }> {
  const org = await newOrgWithBefore();
  const line = await startProxy(setting.server, statement);
  proxy = line;
  const ended = setting.importText(org, after, { env: { ORDERFLOW_DATABASE_URL: line.url } });
  const early = ended.then((result) => {
    throw new Error(`it ended before it came to “${statement}”: ${JSON.stringify(result.report)}`);
  });
  early.catch(() => {});
  await Promise.race([line.held, early]);
  const pid = await pidOf(other);
  const deleted = deletion(org);
  const { waited } = await until<{ waited: boolean }>(
    setting.database,
    sql`
      select blocked as waited
      from pg_stat_activity, lateral (select cardinality(pg_blocking_pids(pid)) > 0) as lock (blocked)
      where pid = ${pid}
      and (blocked or (state = 'idle' and query ilike '%delete from%'))`,
  );
  line.release();
  const { exitCode, report } = await ended;
  expect([exitCode, report.error]).toEqual([0, undefined]);
  await deleted;
  return { org, waited, report };
}

describe.for(numbers)('customer “%s” is deleted', (number) => {
  test.for(moments)('before the statement “%s”', async (statement) => {
    const { org, waited } = await importWhile(statement, async ({ id }) =>
      other.execute(sql`
        delete from customer
        where org_id = ${id}
        and erp_customer_number = ${number}`),
    );
    const stored = await setting.stored(org);
    const found = stored.find((customer) => customer.erp_customer_number === number);
    // One that had to wait came after the import.
    expect(found?.contacts.map(({ email }) => email)).toEqual(waited ? undefined : contactsInFile[number]);
    expect(stored.length).toBe(waited ? 4 : 5);
    expect(stored.map(({ name }) => name)).toEqual(
      stored.map((each) => (['all', 'customer'].includes(each.erp_customer_number ?? '') ? 'File' : 'Same')),
    );
  });
});

describe('every contact is deleted', () => {
  test.for(moments)('before the statement “%s”', async (statement) => {
    const { org, waited } = await importWhile(statement, async ({ id }) =>
      other.execute(sql`delete from customer_contact where org_id = ${id}`),
    );
    const stored = await setting.stored(org);
    expect(stored.length).toBe(5);
    const missing = stored.flatMap(({ erp_customer_number: number, contacts }) => {
      const emails = new Set(contacts.map(({ email }) => email));
      return (contactsInFile[number ?? ''] ?? []).filter((email) => !emails.has(email));
    });
    // One that had to wait came after the import.
    expect(waited ? [] : missing).toEqual([]);
  });
});

/** In the file that is imported while others delete. */
const many = 500;

describe('customers are deleted all the time', () => {
  test.for([
    ['customers', 1, deleteSome],
    ['customers', 20, deleteSome],
    ['contacts and then customers', 1, deleteContactsFirst],
  ] as const)('%s, %i in a transaction: no import fails', async ([, size, deletion]) => {
    const org = await setting.newOrg();
    await setting.importText(org, rows('File 0'));
    const sessions = await Promise.all([1, 2, 3].map(() => setting.server.open()));
    const over = new AbortController();
    let deletions = 0;
    const deleting = sessions.map(async (session) => {
      while (!over.signal.aborted) {
        // A deadlock may be settled against this session.
        deletions += await deletion(session, org, size).catch(() => 0);
      }
    });
    const ends: unknown[] = [];
    for (let run = 1; run <= 3; run++) {
      const { exitCode, report } = await setting.importText(org, rows(`File ${run}`));
      ends.push([exitCode, report.error]);
    }
    over.abort();
    await Promise.all(deleting);
    expect(deletions).toBeGreaterThan(0);
    expect(ends).toEqual(Array.from({ length: 3 }, () => [0, undefined]));
    const last = await setting.importText(org, rows('File 3'));
    expect(last.exitCode).toBe(0);
    expect((await setting.stored(org)).map(({ contacts }) => contacts.length)).toEqual(
      Array.from({ length: many }, () => 1),
    );
  });
});

/**
 * So that the import ends in that many deadlocks, whichever of customers and contacts it locks first: the other session has
 * one contact and another customer, and then needs the contact of that one and the customer of this.
 */
async function importWithDeadlocks(count: number) {
  const org = await newOrgWithBefore();
  const pid = await pidOf(other);
  const server = raw(`database ${setting.server.target.database}`);
  // The import is to be the one that fails: it looks for a deadlock once in each wait, and the other session is to be there.
  await other.execute(sql`alter ${server} set deadlock_timeout = '2s'`);
  const deleteContact = (email: string) =>
    other.execute(sql`delete from customer_contact where org_id = ${org.id} and email = ${email}::citext`);
  const lockCustomer = (number: string) =>
    other.execute(
      sql`select from customer where org_id = ${org.id} and erp_customer_number = ${number} for update`,
    );
  const ended = await other.transaction(async () => {
    await other.execute(sql`set local deadlock_timeout = '1min'`);
    await deleteContact('contact@x.example');
    await lockCustomer('all');
    const run = setting.importText(org, after);
    let deadlocks = 0;
    while (deadlocks < count) {
      await until(
        setting.database,
        sql`select from pg_stat_activity where ${pid} = any (pg_blocking_pids(pid))`,
      );
      await other.execute(sql`savepoint round`);
      await deleteContact('all@x.example');
      await lockCustomer('contact');
      deadlocks++;
      await other.execute(sql`rollback to savepoint round`);
    }
    return { run };
  });
  await other.execute(sql`alter ${server} reset deadlock_timeout`);
  return { org, ...(await ended.run) };
}

describe('another session locks contacts and customers in both orders', () => {
  test('an import continues when it is done', async () => {
    const { org, exitCode, report } = await importWithDeadlocks(6);
    expect([exitCode, report.error]).toEqual([0, undefined]);
    const emails = (await setting.stored(org)).flatMap(({ contacts }) => contacts.map(({ email }) => email));
    // One of them is not in the file, and stays.
    expect(emails.toSorted()).toEqual(
      [...Object.values(contactsInFile).flat(), 'twice@x.example'].toSorted(),
    );
  });

  test('an import gives up after 15 deadlocks, says so, and has written nothing', async () => {
    const { org, exitCode, report } = await importWithDeadlocks(15);
    expect([exitCode, report.error]).toEqual([
      11,
      {
        code: 'locked',
        message: expect.stringMatching(
          /waited for each other's rows 15 times \(deadlock\); nothing was written$/,
        ),
        hint: expect.stringContaining('run it again'),
      },
    ]);
    const names = new Set((await setting.stored(org)).map(({ name }) => name));
    expect(names).toEqual(new Set(['Before', 'Same']));
  });
});

/** A file of `many` customers: of every other one only the contact changes with `name`. */
function rows(name: string): string {
  return csv(
    Array.from({ length: many }, (_, index) =>
      customerRow({
        erp_customer_number: index + 1,
        name: index % 2 === 0 ? name : 'Same',
        contact_email: `${index}@x.example`,
        contact_name: name,
      }),
    ),
  );
}

/** Deletes as many of the customers, in one statement. */
async function deleteSome(session: Database, org: Organization, size: number): Promise<number> {
  const chosen = Array.from({ length: size }, () => String(1 + Math.floor(Math.random() * many)));
  return await session.execute(sql`
    delete from customer
    where org_id = ${org.id}
    and erp_customer_number = any (${chosen}::text[])`);
}

/** As many, their contacts first: in the opposite order to an import, so that deadlocks are the rule. */
async function deleteContactsFirst(session: Database, org: Organization, size: number): Promise<number> {
  const chosen = Array.from({ length: size }, () => String(1 + Math.floor(Math.random() * many)));
  return await session.transaction(async () => {
    await session.execute(sql`
      delete from customer_contact
      where org_id = ${org.id}
      and email = any (${chosen.map((number) => `${number}@x.example`)}::citext[])`);
    return await session.execute(sql`
      delete from customer
      where org_id = ${org.id}
      and erp_customer_number = any (${chosen}::text[])`);
  });
}

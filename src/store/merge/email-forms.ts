import type { Sql } from 'sql-template-tag';
import sql, { join, raw } from 'sql-template-tag';
import { emailForms, emailKey } from '../../model/email-key.ts';
import type { Database } from '../connection/database.ts';
import { readInBatches } from '../connection/snapshot.ts';
import type { ImportShape } from './shape.ts';

/*
 * An address with a domain beyond ASCII can be written in two forms: `info@müller.de` and
 * `info@xn--mller-kva.de` are the same. If the file has such addresses, its rows are changed to the stored
 * form before anything is compared. So all other statements can compare texts. Most files have none: the judge
 * of their rows knows (`hasOtherForms`), and nothing is read again.
 */

/**
 * Gives each such address of the staged rows one form. Returns whether there are any; then `email_form`
 * contains their forms.
 */
export async function unifyEmails(
  database: Database,
  { orgId, shape }: { orgId: string; shape: ImportShape },
): Promise<boolean> {
  const places = placesOf(shape);
  if (places.length === 0 || !(await collectForms(database, places))) return false;
  for (const place of places) await takeFirstForm(database, place);
  if (shape.contacts) await takeStoredContacts(database, orgId);
  if (shape.given.includes('email')) await takeStoredEmails(database, orgId);
  return true;
}

interface EmailPlace {
  table: 'staged' | 'staged_part';
  column: 'email' | 'contact_email';
}

function placesOf({ contacts, given, parts }: ImportShape): EmailPlace[] {
  return [
    ...(given.includes('email') ? [{ table: 'staged', column: 'email' } as const] : []),
    ...(contacts ? [{ table: 'staged', column: 'contact_email' } as const] : []),
    ...(parts ? [{ table: 'staged_part', column: 'contact_email' } as const] : []),
  ];
}

/**
 * `email_form`: each form of each such address, with its common key, and the form that comes first in the
 * file.
 */
async function collectForms(database: Database, places: EmailPlace[]): Promise<boolean> {
  await database.execute(sql`
    create temporary table email_form (form text, key text, given integer) on commit drop`);
  const found = places.map(
    ({ table, column }) => sql`
      select ${raw(column)} as email, row_no
      from ${raw(table)}
      where ${raw(column)} like '%xn--%' or octet_length(${raw(column)}) <> length(${raw(column)})`,
  );
  const query = sql`
    select email, min(row_no) as row_no
    from (${join(found, '\n      union all')}) as other
    group by email`;
  let any = false;
  for await (const rows of readInBatches<{ email: string; row_no: number }>(database, query)) {
    const forms = rows.flatMap(({ email, row_no: row }) => {
      const all = emailForms(email);
      return all.length === 1
        ? []
        : all.map((form) => ({ form, key: emailKey(email), row: form === email ? row : null }));
    });
    if (forms.length === 0) continue;
    any = true;
    await database.execute(sql`
      insert into email_form (form, key, given)
      select *
      from unnest(
        ${forms.map(({ form }) => form)}::text[],
        ${forms.map(({ key }) => key)}::text[],
        ${forms.map(({ row }) => row)}::integer[]
      )`);
  }
  if (!any) return false;
  await database.execute(sql`
    create temporary table one_form on commit drop as
    select form, key, min(given) as given
    from email_form
    group by form, key`);
  await database.execute(sql`drop table email_form`);
  await database.execute(sql`alter table one_form rename to email_form`);
  await database.execute(sql`analyze email_form`);
  return true;
}

/** Two forms in one file become the one that comes first. */
async function takeFirstForm(database: Database, { table, column }: EmailPlace): Promise<void> {
  await database.execute(sql`
    update ${raw(table)} s
    set ${raw(column)} = first.form
    from email_form f
    join (
      select distinct on (key) key, form
      from email_form
      where given is not null
      order by key, given
    ) as first
      on first.key = f.key
    where f.form = s.${raw(column)}
    and first.form <> f.form`);
}

/**
 * The form in which the row's customer has the contact. A row without a number may mean a customer with its
 * name and no number.
 */
async function takeStoredContacts(database: Database, orgId: string): Promise<void> {
  await database.execute(sql`
    update staged s
    set contact_email = lower(k.email::text)
    from email_form given
    join email_form f on f.key = given.key
    join customer_contact k
      on k.org_id = ${orgId}
      and k.email = f.form::citext
    join customer c
      on c.org_id = ${orgId}
      and c.id = k.customer_id
    where given.form = s.contact_email
    and f.form <> s.contact_email
    and (${isOfRow})
    and not exists (${sameContact(orgId, sql`c.id`, sql`s.contact_email`)})`);
}

/**
 * The same for everything to be written, once its customer is known: contacts of other rows, customers found
 * by email.
 */
export async function takeStoredMentions(database: Database, orgId: string): Promise<void> {
  await database.execute(sql`
    update naming s
    set email = lower(k.email::text)
    from email_form given
    join email_form f on f.key = given.key
    join customer_contact k
      on k.org_id = ${orgId}
      and k.email = f.form::citext
    where given.form = s.email
    and f.form <> s.email
    and k.customer_id = s.customer_id
    and not exists (${sameContact(orgId, sql`s.customer_id`, sql`s.email`)})`);
}

function sameContact(orgId: string, customerId: Sql, email: Sql): Sql {
  return sql`
      select
      from customer_contact same
      where same.org_id = ${orgId}
      and same.customer_id = ${customerId}
      and same.email = ${email}::citext`;
}

const isOfRow = sql`
      c.erp_customer_number = s.erp_customer_number
      or c.id = s.given_id
      or s.erp_customer_number is null and c.erp_customer_number is null and c.name = s.name`;

/**
 * The form in which the row's customer has its own address; otherwise one in which another customer has it.
 */
async function takeStoredEmails(database: Database, orgId: string): Promise<void> {
  await database.execute(sql`
    update staged s
    set email = found.form
    from (
      select distinct on (s.row_no) s.row_no, f.form
      from email_form given
      join staged s on s.email = given.form
      join email_form f on f.key = given.key
      join customer c
        on c.org_id = ${orgId}
        and c.email is not null
        and lower(c.email::text) collate "C" = f.form
      order by s.row_no, (${isOfRow}) is true desc, f.form = s.email desc, c.id
    ) as found
    where found.row_no = s.row_no
    and found.form <> s.email`);
}

import type { Sql } from 'sql-template-tag';
import sql, { join, raw } from 'sql-template-tag';
import { contactColumns, customerColumns } from '../../model/columns.ts';
import { instant } from '../connection/values.ts';

/* The model's columns in SQL: every statement that reads or writes all of them uses these. */

/** `name, email`, or `customer.name, customer.email` with the statement's name for the table. */
export function columnNames(columns: readonly string[], table?: string): Sql {
  return raw(columns.map((column) => (table === undefined ? column : `${table}.${column}`)).join(', '));
}

/** Values for `columnNames`; an address becomes JSON on its way to the server. */
export function columnValues<Column extends string>(
  columns: readonly Column[],
  row: Record<Column, unknown>,
): Sql {
  return join(columns.map((column) => row[column]));
}

/** `name = …, email = …` */
export function columnAssignments<Column extends string>(
  columns: readonly Column[],
  row: Record<Column, unknown>,
): Sql {
  return join(columns.map((column) => sql`${raw(column)} = ${row[column]}`));
}

/** A `customer` row as `Customer`. */
export const customerRow = rowOf('customer', ['id', 'org_id', ...customerColumns]);

const contactKeys = ['id', 'org_id', 'customer_id', ...contactColumns];

/** A row of customer_contact, named `contact`, as `Contact`. */
export const contactRow = rowOf('contact', contactKeys);

/**
 * A subselect of the contacts of the outer `customer` row, as JSON: the primary one first, then by email. The
 * org is a constant here as everywhere: a sharded database finds the shard by it.
 */
export function contactsOfCustomer(orgId: string): Sql {
  return contactsThat(sql`
  where contact.org_id = ${orgId}
  and contact.customer_id = customer.id`);
}

/**
 * The same, for many customers that were written just now: statistics do not include them yet, so the planner
 * may prefer an index that begins with the org over that on the customer, and read all of it for each
 * customer. No index supports this comparison.
 */
export function contactsOfNewCustomer(orgId: string): Sql {
  return contactsThat(sql`
  where contact.org_id is not distinct from ${orgId}::uuid
  and contact.customer_id = customer.id`);
}

function contactsThat(condition: Sql): Sql {
  return sql`
  select coalesce(
    json_agg(
      json_build_object(
        ${raw(contactKeys.map((column) => `'${column}', contact.${column}`).join(', '))},
        'created_at', ${instant('contact.created_at')},
        'updated_at', ${instant('contact.updated_at')}
      )
      order by contact.is_primary desc, contact.email, contact.id
    ),
    '[]'
  )
  from customer_contact as contact ${condition}`;
}

function rowOf(table: string, columns: readonly string[]): Sql {
  return sql`
  ${columnNames(columns, table)},
  ${instant(`${table}.created_at`)} as created_at,
  ${instant(`${table}.updated_at`)} as updated_at`;
}

/** With `customerRow`, the fields of `CustomerListing`. */
export function contactCount(orgId: string): Sql {
  return sql`(
      select count(*)::int
      from customer_contact as contact
      where contact.org_id = ${orgId}
      and contact.customer_id = customer.id
    ) as contact_count`;
}

import type { Sql } from 'sql-template-tag';
import sql, { empty, join, raw } from 'sql-template-tag';
import { addressPlaceOf } from '../../model/columns.ts';
import { ofRun, ownChanges } from '../changes/run-scope.ts';
import type { Database } from '../connection/database.ts';

/*
 * What the open transaction has changed so far, from its entries in the change log. Fields have the names of
 * a file's columns.
 */

/** The entries `change` of this transaction. */
export const isOwn = (orgId: string): Sql => ofRun(ownChanges(orgId));

const fieldOfEntry = sql`case when change.contact_id is null then part.key else 'contact_' || part.key end`;

export interface ChangedField {
  field: string;
  /** Values that became blank, that changed, and that were blank before. */
  cleared: number;
  changed: number;
  filled: number;
}

/**
 * How many values of each field were cleared, changed and filled in, of customers and contacts that existed
 * before.
 */
export async function countChangedFields(
  database: Database,
  { orgId }: { orgId: string },
): Promise<ChangedField[]> {
  return database.query<ChangedField>(sql`
    select
      ${fieldOfEntry} as field,
      (count(distinct coalesce(change.contact_id, change.customer_id)) filter (where ${isCleared}))::integer as cleared,
      (count(distinct coalesce(change.contact_id, change.customer_id)) filter (where ${isChanged}))::integer as changed,
      (count(distinct coalesce(change.contact_id, change.customer_id)) filter (where part.value ->> 0 is null))::integer
        as filled
    from customer_change as change, jsonb_each(change.changes) as part
    where ${isOwn(orgId)}
    and ${isCounted}
    and part.key <> 'is_active'
    group by 1
    order by 1`);
}

/** A removed contact counts by its email. */
const isCounted = sql`
  (change.kind = 'updated' or change.kind = 'removed' and change.contact_id is not null and part.key = 'email')`;

const isCleared = sql`part.value ->> 0 is not null and part.value ->> 1 is null`;
const isChanged = sql`part.value ->> 0 is not null and part.value ->> 1 is not null`;

/** The ids of customers with a field that was cleared or changed, as SQL. */
export function customersWithChange(orgId: string, kind: string, field: string): Sql {
  return sql`
    select change.customer_id
    from customer_change as change, jsonb_each(change.changes) as part
    where ${isOwn(orgId)}
    and ${isCounted}
    and ${fieldOfEntry} = ${field}
    and ${kind === 'cleared' ? isCleared : isChanged}`;
}

/**
 * How many of the file's customers, or contacts, that existed before have a value in each of these fields
 * now.
 */
export async function countValues(
  database: Database,
  { orgId, fields }: { orgId: string; fields: string[] },
): Promise<Map<string, number>> {
  if (fields.length === 0) return new Map();
  const ofContacts = fields.some((field) => field.startsWith('contact_'));
  const counts = fields.map((field) => sql`count(${valueOf(field)})::integer as ${raw(`"${field}"`)}`);
  const [found] = await database.query<Record<string, number>>(sql`
    select ${join(counts)}
    from staged s
    join customer c
      on c.org_id = ${orgId}
      and c.erp_customer_number = s.erp_customer_number
      and c.created_at <> now()
    ${
      ofContacts
        ? sql`
          left join customer_contact k
            on k.org_id = ${orgId}
            and k.customer_id = c.id
            and k.email = s.contact_email::citext`
        : empty
    }`);
  return new Map(Object.entries(found ?? {}));
}

/** The stored value of a file's column, as SQL. */
function valueOf(field: string): Sql {
  const place = addressPlaceOf(field);
  if (place !== undefined) return raw(`nullif(c.${place.column} ->> '${place.part}', '')`);
  return field.startsWith('contact_') ? raw(`k.${field.slice('contact_'.length)}`) : raw(`c.${field}`);
}

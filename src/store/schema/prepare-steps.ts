import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { migrationsDirectory } from './migration-files.ts';

/** Something of the migrations that can be built before them, under the same name. */
export interface Step {
  object?: string;
  /** A query of one boolean: whether there is nothing to do. */
  stands: string;
  build: string;
  /** Whether it takes a lock that others queue behind: for a moment, if it gets one. */
  locks?: true;
  undo: string;
}

/** Those of the `pending` migrations in their order, for the tables in this schema (quoted as SQL has it). */
export async function stepsIn(schema: string, pending: readonly string[]): Promise<Step[]> {
  const words = await readFile(path.join(migrationsDirectory(), '0003_search_words.sql'), 'utf8');
  const index = (
    name: string,
    on: string,
    { unique = '', ...more }: Partial<Step> & { unique?: string } = {},
  ): Step[] => [
    {
      // What an attempt that was killed has left.
      stands: `not exists (select from pg_index where indexrelid = to_regclass('${schema}.${name}') and not indisvalid)`,
      build: `drop index concurrently if exists ${schema}.${name}`,
      undo: 'select',
    },
    {
      stands: `to_regclass('${schema}.${name}') is not null`,
      build: `create ${unique} index concurrently ${name} on ${schema}.${on}`,
      undo: `drop index if exists ${schema}.${name}`,
      ...more,
    },
  ];
  const hash = index('idx_customer_id_hash', 'customer using hash (id)', {
    object: 'hash index (id) of customer',
    stands: `exists (
      select
      from pg_index
      join pg_class as index_class on index_class.oid = indexrelid
      join pg_am on pg_am.oid = index_class.relam
      join pg_attribute on attrelid = indrelid and attnum = indkey[0]
      where indrelid = '${schema}.customer'::regclass
      and amname = 'hash'
      and attname = 'id'
      and indisvalid
      and indpred is null
    )`,
  });
  if (!pending.includes('0004_search')) return hash;
  const key = 'customer_contact_org_customer_fkey';
  const keyStands = `exists (
    select
    from pg_constraint
    where conrelid = '${schema}.customer_contact'::regclass
    and confrelid = '${schema}.customer'::regclass
    and contype = 'f'
    and cardinality(conkey) = 2`;
  return [
    ...index('uq_customer_org_id', 'customer (org_id, id)', {
      unique: 'unique',
      object: 'unique (org_id, id) of customer: uq_customer_org_id',
      stands: `exists (
        select
        from pg_index
        where indrelid = '${schema}.customer'::regclass
        and indisunique
        and indisvalid
        and indpred is null
        and (
          select array_agg(attname::text order by attname)
          from pg_attribute
          where attrelid = indrelid
          and attnum = any (indkey)
        ) = '{id,org_id}'
      )`,
    }),
    {
      object: `foreign key (org_id, customer_id) of customer_contact: ${key}`,
      stands: `${keyStands})`,
      build: `alter table ${schema}.customer_contact add constraint ${key} foreign key (org_id, customer_id) references ${schema}.customer (org_id, id) on delete cascade not valid`,
      locks: true,
      undo: `alter table ${schema}.customer_contact drop constraint if exists ${key}`,
    },
    {
      stands: `${keyStands} and (convalidated or conname <> '${key}'))`,
      build: `alter table ${schema}.customer_contact validate constraint ${key}`,
      undo: 'select',
    },
    ...index('uq_customer_contact_primary', 'customer_contact (org_id, customer_id) where is_primary', {
      unique: 'unique',
      object: 'one primary contact per customer: uq_customer_contact_primary',
      stands: `exists (
        select
        from pg_index
        where indrelid = '${schema}.customer_contact'::regclass
        and indisunique
        and indisvalid
        and indpred is not null
      )`,
    }),
    {
      stands: `to_regclass('${schema}.customer_search_word') is not null and to_regprocedure('${schema}.customer_search_note_standing(xid)') is not null`,
      build: words,
      locks: true,
      undo: `drop table if exists ${schema}.customer_search_word; drop function if exists ${[
        'customer_search_note_standing(xid)',
        'customer_search_noted(text, text, jsonb, jsonb)',
        'customer_search_fold(text)',
        'customer_search_phone(text)',
        'customer_search(uuid, text, jsonb, jsonb)',
        'customer_search_tokens(text, uuid)',
      ]
        .map((each) => `${schema}.${each}`)
        .join(', ')}`,
    },
    ...hash,
    ...index(
      'idx_customer_search',
      `customer using gin (${schema}.customer_search(org_id, name, billing_address, shipping_address))`,
    ),
    ...index(
      'idx_customer_search_email',
      'customer (org_id, (lower(email::text)) collate "C") where email is not null',
    ),
    ...index(
      'idx_customer_contact_search',
      `customer_contact using gin (${schema}.customer_search_tokens(name, org_id))`,
    ),
    ...index(
      'idx_customer_contact_search_phone',
      `customer_contact (org_id, (${schema}.customer_search_phone(phone))) where phone is not null`,
    ),
  ];
}

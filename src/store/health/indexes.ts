import sql from 'sql-template-tag';
import type { Check } from '../../model/check.ts';
import type { Database } from '../connection/database.ts';

/**
 * The keys that guarantees or speed depend on. Recognised by their columns, because OrderFlow's indexes and
 * the tool's have different names.
 */
const expected: { table: string; columns: string[]; unique?: true; hash?: true; where?: string }[] = [
  { table: 'org', columns: ['slug'], unique: true },
  { table: 'customer', columns: ['org_id', 'id'], unique: true },
  { table: 'customer', columns: ['org_id', 'erp_customer_number'], unique: true },
  { table: 'customer', columns: ['org_id', 'name'] },
  { table: 'customer', columns: ['id'], hash: true },
  { table: 'customer_contact', columns: ['customer_id', 'email'], unique: true },
  { table: 'customer_contact', columns: ['org_id', 'customer_id'], unique: true, where: 'is_primary' },
  { table: 'customer_contact', columns: ['org_id', 'customer_id'] },
  { table: 'customer_contact', columns: ['org_id', 'email'] },
  { table: 'customer_import_run', columns: ['org_id', 'started_at'] },
];

interface Index {
  table: string;
  name: string;
  columns: (string | null)[];
  unique: boolean;
  hash: boolean;
  valid: boolean;
  partial: boolean;
}

export async function checkIndexes(database: Database): Promise<Check> {
  const indexes = await database.query<Index>(sql`
    select
      relation.relname as table,
      indexrelid::regclass::text as name,
      array(
        select attname::text
        from unnest(indkey[0:indnkeyatts - 1]) with ordinality as key (number, position)
        left join pg_attribute on attrelid = indrelid and attnum = number
        order by position
      ) as columns,
      indisunique as unique,
      amname = 'hash' as hash,
      indisvalid as valid,
      indpred is not null as partial
    from pg_index
    join pg_class as relation on relation.oid = indrelid
    join pg_class as index_class on index_class.oid = indexrelid
    join pg_am on pg_am.oid = index_class.relam
    where indrelid = any(array[
      to_regclass('org'),
      to_regclass('customer'),
      to_regclass('customer_contact'),
      to_regclass('customer_import_run')
    ]::oid[])
    order by 1, 2`);
  const name = 'indexes';
  const missing = expected.filter((wanted) => !indexes.some((index) => index.valid && serves(index, wanted)));
  const invalid = indexes.filter(({ valid }) => !valid);
  const message = [
    ...missing.map(({ table, columns, unique, hash }) => {
      const kind = unique === true ? 'unique index' : hash === true ? 'hash index' : 'index';
      return `${table} has no ${kind} on (${columns.join(', ')})`;
    }),
    ...invalid.map((index) => `${index.name} is invalid: its making failed, or is under way`),
  ].join('; ');
  // An invalid index is rebuilt instead of adding a second one.
  const absent = missing.filter((wanted) => !indexes.some((index) => serves(index, wanted)));
  const remedy = [
    ...absent.map(({ table, columns, unique, hash, where }) => {
      const on = `${table}${hash === true ? ' using hash' : ''} (${columns.join(', ')})`;
      const condition = where === undefined ? '' : ` where ${where}`;
      return `create ${unique === true ? 'unique ' : ''}index concurrently on ${on}${condition}`;
    }),
    ...invalid.map((index) => `reindex index concurrently ${index.name}`),
  ].join('; ');
  if (message === '') return { name, status: 'ok', message: `${indexes.length}, all valid` };
  const run = `ask an administrator to run: ${remedy}`;
  return missing.some(({ unique }) => unique)
    ? { name, status: 'failure', message, remedy: run, exitCode: 8 }
    : { name, status: 'warning', message, remedy: run };
}

/**
 * A unique key is the same in any order of its columns; an index for look-ups may have additional columns
 * after them.
 */
function serves(index: Index, { table, columns, unique, hash, where }: (typeof expected)[number]): boolean {
  if (index.table !== table || index.partial !== (where !== undefined)) return false;
  if (index.hash !== (hash === true)) return false;
  if (unique !== true) return columns.every((column, position) => index.columns[position] === column);
  if (!index.unique) return false;
  const found = inAnyOrder(index.columns.map((column) => column ?? 'an expression'));
  // One primary contact per customer: a key on the customer alone is even stricter.
  return found === inAnyOrder(columns) || (where !== undefined && found === 'customer_id');
}

function inAnyOrder(names: string[]): string {
  return names.toSorted().join();
}

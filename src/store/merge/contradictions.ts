import sql, { raw } from 'sql-template-tag';
import type { Database } from '../connection/database.ts';
import type { RefusalCode } from './refusals.ts';
import { refuse } from './refusals.ts';
import type { ImportShape } from './shape.ts';

/** Refuses rows of `fitting` that match no customer, or two. */
export async function refuseUnfit(
  database: Database,
  { shape: { match } }: { shape: ImportShape },
): Promise<void> {
  if (match === 'id') {
    await refuse(database, {
      code: 'customer_not_found',
      matched: false,
      rows: sql`
      select row_no, 'id' as field, own_key as value,
        case when number_id is not null then array[number_id] end as customer_ids, null::integer as other_row
      from fitting
      where own_key is not null
      and customer_ids is null`,
    });
  }
  await refuse(database, {
    code: 'ambiguous_customer',
    matched: false,
    rows: sql`
      select
        row_no,
        case when number_id is null then ${match} else 'erp_customer_number' end as field,
        case when number_id is null then own_key else number end as value,
        case when number_id is null then customer_ids else number_id || customer_ids end as customer_ids,
        null::integer as other_row
      from fitting
      where not number_fits
      and (cardinality(customer_ids) > 1 or customer_ids is not null and number_id is not null)`,
  });
}

/** Refuses rows of `meant` that contradict others of the file. */
export async function refuseContradictions(
  database: Database,
  { shape: { match } }: { shape: ImportShape },
): Promise<void> {
  await refuse(database, {
    code: 'ambiguous_customer',
    matched: false,
    rows: sql`
      select row_no, 'email' as field, own_key as value, fits as customer_ids, null::integer as other_row
      from meant
      where fits is not null`,
  });
  await refusePairs(database, {
    code: 'duplicate_number',
    same: 'number',
    different: 'key',
    field: 'erp_customer_number',
  });
  await refusePairs(database, {
    code: 'contradicting_rows',
    same: 'key',
    different: 'number',
    field: 'erp_customer_number',
  });
  if (match === 'email') {
    await refusePairs(database, {
      code: 'contradicting_rows',
      same: 'key',
      different: 'own_key',
      field: 'email',
    });
  }
}

/** Refuses all rows that agree in `same` but not in `different`, each naming another one of them. */
async function refusePairs(
  database: Database,
  {
    code,
    same,
    different,
    field,
  }: { code: RefusalCode; same: MeantColumn; different: MeantColumn; field: string },
): Promise<void> {
  const [one, other] = [raw(same), raw(different)];
  await refuse(database, {
    code,
    matched: false,
    rows: sql`
      select
        row_no, ${field} as field, ${field === 'email' ? sql`own_key` : sql`number`} as value,
        case when customer_id is not null then array[customer_id] end as customer_ids,
        case when ${other} = first_value then last_row else first_row end as other_row
      from (
        select
          row_no, number, own_key, key, customer_id,
          first_value(${other}) over alike as first_value,
          last_value(${other}) over alike as last_value,
          first_value(row_no) over alike as first_row,
          last_value(row_no) over alike as last_row
        from meant
        where ${one} is not null
        and ${other} is not null
        and row_no in (select row_no from staged)
        window alike as (
          partition by ${one} order by ${other}, row_no
          rows between unbounded preceding and unbounded following
        )
      ) as compared
      where first_value <> last_value`,
  });
}

type MeantColumn = 'key' | 'number' | 'own_key';

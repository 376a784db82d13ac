import type { Sql } from 'sql-template-tag';
import sql, { join, raw } from 'sql-template-tag';
import type { Database } from '../connection/database.ts';
import type { ImportShape } from './shape.ts';
import { givenAddresses } from './shape.ts';

/**
 * With `--blank keep`, a blank value keeps the value from an earlier row of the same customer, as it keeps
 * what is stored: rows that remain in `staged` get the superseded rows' values where they have none, and so
 * does the last row of a contact that several rows name.
 */
export async function keepEarlierValues(database: Database, shape: ImportShape): Promise<void> {
  if (shape.blank !== 'keep') return;
  const plain = [...shape.given, ...(shape.activeGiven ? ['is_active'] : [])];
  if (plain.length > 0) {
    await database.execute(sql`
      update staged s
      set ${join(plain.map((column) => keptUnlessSaid(column)))}
      from (
        select kept_row, ${join(plain.map((column) => lastSaid(column)))}
        from superseded
        where not equal
        group by kept_row
      ) e
      where e.kept_row = s.row_no`);
  }
  for (const address of givenAddresses(shape).map((column) => raw(column))) {
    await database.execute(sql`
      update staged s
      set ${address} = e.parts || coalesce(s.${address}, '{}')
      from (
        select r.kept_row, jsonb_object_agg(part.key, part.value order by r.row_no) as parts
        from superseded r
        cross join lateral jsonb_each(r.${address}) as part
        where not r.equal
        group by r.kept_row
      ) e
      where e.kept_row = s.row_no`);
  }
  if (shape.contacts && shape.contactGiven.length > 0) await keepEarlierContacts(database, shape);
}

async function keepEarlierContacts(database: Database, { contactGiven }: ImportShape): Promise<void> {
  const columns = contactGiven.map((column) => `contact_${column}`);
  const names = raw(['row_no', 'contact_email', ...columns].join(', '));
  await database.execute(sql`
    create temporary table earlier_contact on commit drop as
    select max(row_no) as row_no, ${join(columns.map((column) => lastSaid(column)))}
    from (
      select kept_row, ${names}
      from superseded
      where not equal
      union all
      select row_no as kept_row, ${names}
      from staged
      where row_no in (select kept_row from superseded where not equal)
    ) as r
    where contact_email is not null
    group by kept_row, contact_email
    having count(*) > 1`);
  for (const table of ['staged', 'superseded']) {
    await database.execute(sql`
      update ${raw(table)} s
      set ${join(columns.map((column) => keptUnlessSaid(column)))}
      from earlier_contact e
      where e.row_no = s.row_no`);
  }
  await database.execute(sql`drop table earlier_contact`);
}

function lastSaid(column: string): Sql {
  const name = raw(column);
  return sql`(array_agg(${name} order by row_no desc) filter (where ${name} is not null))[1] as ${name}`;
}

function keptUnlessSaid(column: string): Sql {
  const name = raw(column);
  return sql`${name} = coalesce(s.${name}, e.${name})`;
}

import type { Sql } from 'sql-template-tag';
import sql, { empty } from 'sql-template-tag';
import type { Database } from '../connection/database.ts';
import { joinContact } from './join-contact.ts';
import type { EditOutcome } from '../sources/kept-edits.ts';
import { createKeptActive, keepEdits } from '../sources/kept-edits.ts';
import type { MatchScope } from './match-scope.ts';
import { matchUnnumbered } from './match-unnumbered.ts';
import { pendParts, refuseTied } from './parts.ts';
import { refusePossibleDuplicates } from './possible-duplicates.ts';
import type { RefusedCounts } from './refusals.ts';
import { refuseKnown, refuseLostZeros, refuseSuperseded, refuseUnknown } from './refusals.ts';
import { hasKey, sameContact, sameCustomer } from './shape.ts';

export interface Matched {
  /**
   * Rows with changes, those of them that mean an existing customer, and those that only change a contact of
   * it.
   */
  pending: number;
  changed: number;
  contactOnly: number;
  /** Rows that were superseded here, without those that are refused after all. */
  superseded: number;
  /** Rows without a number that mean a customer together with others. */
  joined: number;
  refused: RefusedCounts;
  edits: EditOutcome;
}

/**
 * Compares everything staged with existing customers, and puts the rows with changes into `pending`, each
 * with the customer it means, or null if there is none yet. Rows that change nothing are dropped.
 * `contact_only` marks the rows whose customer is already as they say, so that only a contact is written.
 *
 * One statement over the whole file, so that the planner can choose: for a file of the org's size it reads
 * both sides once and hashes them (200,000 rows: 0.8 s), for a small file it looks each number up. Matching
 * slice by slice while the file is read was tried: with index look-ups only, it took twice the server's time.
 */
export async function matchStaged(database: Database, scope: MatchScope): Promise<Matched> {
  const { orgId, shape, anySuperseded, unnumbered, only } = scope;
  const byNumber = shape.match === 'erp_customer_number';
  if (only === 'create') await refuseKnown(database, { orgId, shape });
  // A row that supersedes others is compared again, whatever the result: a superseded row may have had other
  // values.
  const supersedes = anySuperseded ? sql`or s.row_no in (select kept_row from superseded)` : empty;
  const edits = { kept: 0, overwritten: [], overwrittenTotal: 0 } as EditOutcome;
  const match = (among: Sql) => sql`
    create temporary table pending on commit drop as
    select
      s.row_no,
      c.id as customer_id,
      coalesce(c.id is not null and ${sameCustomer(shape)}, false) as contact_only
    from staged s
    ${among}
    left join customer c
      on c.org_id = ${orgId}
      and ${byNumber ? sql`c.erp_customer_number = s.erp_customer_number` : sql`c.id = s.customer_id`}
    ${shape.contacts ? joinContact(orgId, 'customer_contact') : empty}
    where ${hasKey(shape)}
    and (
      c.id is null
      or not (${sameCustomer(shape)} and ${sameContact(shape)})
      ${supersedes}
    )`;
  if (scope.keepEditsOf !== undefined) await createKeptActive(database);
  await database.execute(match(empty));
  if (scope.keepEditsOf !== undefined) {
    Object.assign(
      edits,
      await keepEdits(database, { orgId, shape, anySuperseded, source: scope.keepEditsOf }),
    );
    if (edits.kept > 0) {
      await database.execute(sql`alter table pending rename to differing`);
      await database.execute(match(sql`join differing d on d.row_no = s.row_no`));
    }
  }
  const { moved, joined } = unnumbered > 0 ? await matchUnnumbered(database, scope) : { moved: 0, joined: 0 };
  if (shape.parts) await pendParts(database, { unnumbered });
  await database.execute(sql`analyze pending`);
  let count = await countPending(database);
  if (count.pending > (byNumber ? count.changed : 0)) await refuseNew(database, scope);
  if (shape.parts) await refuseTied(database);
  const refused = await refuseSuperseded(database, {
    anySuperseded: anySuperseded || moved > 0,
    parts: shape.parts,
  });
  if (refused.rows > 0) count = await countPending(database);
  return { ...count, superseded: moved - refused.superseded, joined, refused, edits };
}

/**
 * Rows that would create a customer and must not. The planner seldom knows how few customers have such names
 * and numbers; without nested loops each side is read once, whatever it expects.
 */
async function refuseNew(
  database: Database,
  { orgId, shape, unnumbered, only, allowDuplicates }: MatchScope,
): Promise<void> {
  await database.execute(sql`set local enable_nestloop to off`);
  await refuseLostZeros(database, { orgId, shape });
  if (unnumbered > 0 && !allowDuplicates) await refusePossibleDuplicates(database, { orgId, shape });
  if (only === 'update') await refuseUnknown(database, { shape });
  await database.execute(sql`set local enable_nestloop to default`);
}

async function countPending(
  database: Database,
): Promise<{ pending: number; changed: number; contactOnly: number }> {
  const [count] = await database.query<{ pending: number; changed: number; contactOnly: number }>(sql`
    select
      count(*)::integer as pending,
      count(customer_id)::integer as changed,
      count(*) filter (where contact_only)::integer as "contactOnly"
    from pending`);
  return count as { pending: number; changed: number; contactOnly: number };
}

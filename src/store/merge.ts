import { DatabaseError } from 'pg';
import sql from 'sql-template-tag';
import { Failure } from '../errors.ts';
import type { Database } from './connect.ts';
import type { ImportShape } from './import-shape.ts';
import type { LostPrimary } from './merge-contacts.ts';
import { insertContactsOfNewCustomers, mergeContacts } from './merge-contacts.ts';
import {
  countMatched,
  insertCustomers,
  markKeptRowsDifferent,
  matchUnnumbered,
  updateCustomers,
} from './merge-customers.ts';
import { setSupersededAside } from './repeats.ts';
import { matchStaged } from './staging.ts';

export interface MergeOutcome {
  imported: number;
  updated: number;
  superseded: number;
  contacts: { imported: number; updated: number; repeated: number };
  lostPrimaries: LostPrimary[];
}

const attempts = 5;

/**
 * Brings everything that is staged into the org's customers and contacts, set by set, in the open transaction.
 *
 * The transaction reads what is committed at each statement (READ COMMITTED): under one snapshot for the whole
 * run, a customer that another session creates meanwhile would be invisible to it and make the run fail. Here
 * such a customer makes one insert fail; then all of the merge is rolled back to a savepoint, matched again,
 * now with that customer in sight, and repeated.
 */
export async function mergeStaged(
  database: Database,
  { orgId, shape, mayRepeat }: { orgId: string; shape: ImportShape; mayRepeat: boolean },
): Promise<MergeOutcome> {
  const superseded = mayRepeat ? await setSupersededAside(database) : 0;
  for (let attempt = 1; ; attempt++) {
    await database.execute(sql`savepoint merge`);
    try {
      if (attempt > 1) {
        await database.execute(sql`truncate matched`);
        await matchStaged(database, { orgId, shape });
      }
      return await mergeOnce(database, { orgId, shape, superseded, mayRepeat });
    } catch (error) {
      if (!(error instanceof Failure) || !isOvertaken(error.cause) || attempt === attempts) throw error;
      await database.execute(sql`rollback to savepoint merge`);
    }
  }
}

/** Unique and foreign key violations: what was matched is no longer so. */
function isOvertaken(cause: unknown): boolean {
  return cause instanceof DatabaseError && (cause.code === '23505' || cause.code === '23503');
}

async function mergeOnce(
  database: Database,
  {
    orgId,
    shape,
    superseded,
    mayRepeat,
  }: { orgId: string; shape: ImportShape; superseded: number; mayRepeat: boolean },
): Promise<MergeOutcome> {
  const anySuperseded = superseded > 0;
  if (anySuperseded) await markKeptRowsDifferent(database);
  if (mayRepeat) await matchUnnumbered(database, { orgId, shape });
  const { matched, different } = await countMatched(database);
  const updated = different > 0 ? await updateCustomers(database, { orgId, shape }) : 0;
  const imported = await insertCustomers(database, { orgId, shape, anyMatched: matched > 0 });
  const contacts = { imported: 0, updated: 0, repeated: 0 };
  let lostPrimaries: LostPrimary[] = [];
  if (shape.contacts) {
    const scope = { orgId, shape, anySuperseded };
    if (imported > 0) contacts.imported = await insertContactsOfNewCustomers(database, scope);
    if (different > 0 || anySuperseded) {
      const merged = await mergeContacts(database, scope);
      contacts.imported += merged.imported;
      contacts.updated = merged.updated;
      contacts.repeated = merged.repeated;
      lostPrimaries = merged.lostPrimaries;
    }
  }
  return { imported, updated, superseded, contacts, lostPrimaries };
}

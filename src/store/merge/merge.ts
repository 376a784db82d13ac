import sql from 'sql-template-tag';
import { sqlstate, sqlstateOf } from '../connection/sqlstate.ts';
import { Failure } from '../../errors.ts';
import type { Database } from '../connection/database.ts';
import type { ImportShape } from './shape.ts';
import { unifyEmails } from './email-forms.ts';
import { matchStaged } from './match.ts';
import type { EditOutcome } from '../sources/kept-edits.ts';
import type { LostPrimary } from './primary-contacts.ts';
import { holdContacts, insertContactsOfNewCustomers, mergeContacts } from './merge-contacts.ts';
import { forgetDeleted, holdCustomers, insertCustomers, updateCustomers } from './merge-customers.ts';
import { removeMissingContacts } from '../sources/missing-contacts.ts';
import { leaveUnplanned } from './planned.ts';
import { namingRows } from './refused-rows.ts';
import { countTied, joinParts, tieParts } from './parts.ts';
import { createRefused } from './refusals.ts';
import type { OtherNames, SetAside } from './repeats.ts';
import { setSupersededAside } from './repeats.ts';
import { resolveCustomers } from './resolve.ts';
import { analyzeStaging } from './staging.ts';
import type { SourceInput, SourceOutcome } from '../sources/membership.ts';
import { mergeSource } from '../sources/membership.ts';

export interface MergeOutcome {
  imported: number;
  updated: number;
  superseded: number;
  otherNames: OtherNames;
  /** Rows that only add contacts and addresses to the customer of another row. */
  tied: number;
  /** Rows that only the database could refuse, and those of them that name a contact. */
  refused: { rows: number; contacts: number };
  contacts: { imported: number; updated: number; repeated: number };
  /** Those that no row of their customer names, if these are removed. */
  removedContacts: number;
  lostPrimaries: LostPrimary[];
  lostPrimariesTotal: number;
  /** Only for a file with a source. */
  source: SourceOutcome;
  edits: EditOutcome;
}

/** What the merge has to know about the staged rows. */
export interface MergeInput {
  orgId: string;
  shape: ImportShape;
  /** ERP numbers that may occur more than once in the file. */
  repeatCandidates: number;
  /** Whether any email of theirs may have another form (`email-forms.ts`). */
  otherForms: boolean;
  /** Accepted rows, and those of them without an ERP number. */
  accepted: number;
  unnumbered: number;
  /** Refuses rows that would change a customer, or create one. */
  only?: 'create' | 'update' | undefined;
  /** Creates a customer without a number although one with its name or email exists. */
  allowDuplicates?: boolean;
  source?: SourceInput | undefined;
  /** Removes contacts that no row of their customer names. */
  removeContacts?: boolean;
  /** Changes only the existing customers in `planned_customer`. */
  planned?: boolean;
  /** The name of a staged row in messages. */
  rowName?: (row: number, line: number) => string;
}

const attempts = 5;
/**
 * Each takes a second, until the server looks for deadlocks: a job that deletes customers may be over by
 * then.
 */
const deadlocksAtMost = 15;

/**
 * Merges everything staged into the org's customers and contacts, set by set, in the open transaction.
 *
 * Each statement sees what is committed (READ COMMITTED): under one snapshot for the whole run, a customer
 * that another session creates meanwhile would be invisible and make the run fail. Here such a customer makes
 * one insert fail; then the whole merge is rolled back to a savepoint, matched again with that customer
 * visible, and repeated. A customer that another session deletes meanwhile is created again or, once this run
 * has locked it, deleted as soon as this run has committed.
 */
export async function mergeStaged(database: Database, input: MergeInput): Promise<MergeOutcome> {
  await analyzeStaging(database);
  const otherForms = input.otherForms && (await unifyEmails(database, input));
  const aside =
    input.shape.match === 'erp_customer_number' ? await setSupersededAside(database, input) : undefined;
  const tries = { overtaken: 0, deadlocks: 0 };
  for (;;) {
    await database.execute(sql`savepoint merge`);
    try {
      // Sessions that delete contacts and then their customers conflict with the first attempt; others with
      // the second.
      return await mergeOnce(database, input, {
        aside,
        otherForms,
        contactsFirst: tries.deadlocks % 2 === 1,
      });
    } catch (error) {
      const state = sqlstateOf(error);
      if (!(error instanceof Failure) || state === undefined) throw error;
      await database.execute(sql`rollback to savepoint merge`);
      if (state === sqlstate.deadlock) {
        if (++tries.deadlocks === deadlocksAtMost) throw deadlocked(error);
      } else if (!overtaken.has(state) || ++tries.overtaken === attempts) {
        throw await namingRows(
          database,
          error,
          () => mergeOnce(database, input, { aside, otherForms, contactsFirst: false }),
          input.rowName,
        );
      }
    }
  }
}

function deadlocked(cause: Failure): Failure {
  return new Failure(
    'locked',
    `the import and other sessions waited for each other's rows ${deadlocksAtMost} times (deadlock); nothing was written`,
    { hint: 'run it again when those that delete or change customers of this organization are done', cause },
  );
}

/**
 * Unique and foreign key violations: the match is outdated. The savepoint resolves a deadlock, too: the other
 * writer continues once the rollback has released its rows.
 */
const overtaken: ReadonlySet<string> = new Set([sqlstate.uniqueViolation, sqlstate.foreignKeyViolation]);

/**
 * At the next attempt the database may know better which rows are of one customer, if other keys identify
 * customers.
 */
async function resolveAndSetAside(
  database: Database,
  { orgId, shape, repeatCandidates }: MergeInput,
  otherForms: boolean,
): Promise<SetAside & { unnumbered: number }> {
  const { unnumbered } = await resolveCustomers(database, { orgId, shape, otherForms });
  const aside = await setSupersededAside(database, { shape, repeatCandidates, unnumbered });
  return { ...aside, unnumbered };
}

async function mergeOnce(database: Database, input: MergeInput, given: Given): Promise<MergeOutcome> {
  const outcome = await mergeRows(database, input, given);
  const { orgId, source, shape } = input;
  const scope = { orgId, keyed: shape.match !== 'erp_customer_number', keepEdits: shape.keepEdits === true };
  // The rejected row of an unknown customer may name any of the contacts.
  if (input.removeContacts === true && source?.withheld === false) {
    outcome.removedContacts = await removeMissingContacts(database, scope);
  }
  if (source !== undefined) outcome.source = await mergeSource(database, { ...scope, source });
  return outcome;
}

interface Given {
  aside: SetAside | undefined;
  /** Whether the file has addresses that can be written in two forms. */
  otherForms: boolean;
  contactsFirst: boolean;
}

async function mergeRows(database: Database, input: MergeInput, given: Given): Promise<MergeOutcome> {
  const { orgId, shape, accepted, only, allowDuplicates = false } = input;
  await createRefused(database);
  if (shape.parts) await tieParts(database, { orgId, only });
  const { unnumbered, ...aside } =
    given.aside === undefined
      ? await resolveAndSetAside(database, input, given.otherForms)
      : { ...given.aside, unnumbered: input.unnumbered };
  if (shape.parts) await joinParts(database, { shape });
  const matched = await matchStaged(database, {
    orgId,
    shape,
    anySuperseded: shape.parts || aside.superseded > 0,
    unnumbered,
    only,
    allowDuplicates,
    keepEditsOf: shape.keepEdits === true ? input.source?.name : undefined,
  });
  const { pending, changed, contactOnly, refused, edits } = matched;
  const superseded = aside.superseded + matched.superseded;
  const equalContacts = aside.equalContacts - refused.equalContacts;
  const anySuperseded = shape.parts || superseded > 0;
  const outcome: MergeOutcome = {
    imported: 0,
    updated: 0,
    superseded,
    otherNames: aside.otherNames,
    tied: shape.parts ? await countTied(database) : 0,
    refused,
    contacts: { imported: 0, updated: 0, repeated: equalContacts },
    removedContacts: 0,
    lostPrimaries: [],
    lostPrimariesTotal: 0,
    source: { deactivated: 0, withheld: 0 },
    edits,
  };
  if (pending === 0) return outcome;
  const leftOut = input.planned === true ? await leaveUnplanned(database) : 0;
  if (given.contactsFirst && shape.contacts) await holdContacts(database, { orgId });
  if (contactOnly > 0) await holdCustomers(database, { orgId });
  if (changed > 0) {
    outcome.updated = await updateCustomers(database, { orgId, shape });
    await forgetDeleted(database, { orgId });
  }
  const allNew =
    !shape.parts && leftOut === 0 && changed === 0 && pending === accepted - refused.rows - superseded;
  outcome.imported = await insertCustomers(database, { orgId, shape, allNew });
  if (!shape.contacts) return outcome;
  const { otherForms } = given;
  const scope = { orgId, shape, otherForms, anySuperseded: anySuperseded || matched.joined > 0 };
  const fresh = await insertContactsOfNewCustomers(database, scope);
  const merged = await mergeContacts(database, scope);
  outcome.contacts = {
    imported: merged.imported + fresh,
    updated: merged.updated,
    repeated: merged.repeated + equalContacts,
  };
  outcome.lostPrimaries = merged.lostPrimaries;
  outcome.lostPrimariesTotal = merged.lostPrimariesTotal;
  return outcome;
}

import sql from 'sql-template-tag';
import { sqlstate, sqlstateOf } from '../connection/sqlstate.ts';
import { Failure } from '../../errors.ts';
import type { Organization } from '../../model/organization.ts';
import type { Database } from '../connection/database.ts';
import type { LockHolder } from './lock-holder.ts';
import { describeHolder, holderColumns } from './lock-holder.ts';
import { ensureOrganization, findOrganization } from '../orgs/organizations.ts';

const keyPrefix = 'orderflow-customers import ';

/**
 * Allows one import per organization at a time: a transaction-level advisory lock, so it ends with the
 * transaction, however that ends. Throws `locked`, naming the holder, at once or after `waitMilliseconds`.
 */
export async function lockImports(
  database: Database,
  { orgId, slug, waitMilliseconds }: { orgId: string; slug: string; waitMilliseconds: number },
): Promise<void> {
  const key = `${keyPrefix}${orgId}`;
  const [attempt] = await database.query<{ locked: boolean }>(sql`
    select pg_try_advisory_xact_lock(hashtextextended(${key}, 0)) as locked`);
  if (attempt?.locked === true) return;
  const holder = await findHolder(database, key);
  const failure = (cause?: unknown) =>
    new Failure('locked', `another import into ${slug} is running: ${holder}`, {
      hint: hintFor(waitMilliseconds),
      cause,
    });
  if (waitMilliseconds <= 0) throw failure();
  await waitForLock(database, { waitMilliseconds, failure }, () =>
    database.execute(sql`select pg_advisory_xact_lock(hashtextextended(${key}, 0))`),
  );
}

/**
 * The organization, created if it is missing. Another run that is creating the same one holds its slug until
 * it ends, and its id is not visible yet: that is waited for, or is `locked`, as if the organization existed.
 */
export async function ensureOrganizationForImport(
  database: Database,
  { slug, waitMilliseconds }: { slug: string; waitMilliseconds: number },
): Promise<Organization> {
  const found = await findOrganization(database, slug);
  if (found !== undefined) return found;
  const failure = (cause: unknown) =>
    new Failure('locked', `another import is making the org ${slug} and imports into it`, {
      hint: hintFor(waitMilliseconds),
      cause,
    });
  return waitForLock(database, { waitMilliseconds, failure }, () => ensureOrganization(database, slug));
}

/** Runs `work`; if it waits too long for a lock, throws the result of `failure`. */
async function waitForLock<Result>(
  database: Database,
  { waitMilliseconds, failure }: { waitMilliseconds: number; failure: (cause: unknown) => Failure },
  work: () => Promise<Result>,
): Promise<Result> {
  const [usual] = await database.query<{ limit: string }>(sql`
    select current_setting('lock_timeout') as limit`);
  // Zero would mean no limit.
  const limit = `${Math.max(1, waitMilliseconds)}ms`;
  await database.execute(sql`select set_config('lock_timeout', ${limit}, true)`);
  const result = await work().catch((error: unknown) => {
    throw sqlstateOf(error) === sqlstate.lockNotAvailable ? failure(error) : error;
  });
  await database.execute(sql`select set_config('lock_timeout', ${usual?.limit ?? '0'}, true)`);
  return result;
}

function hintFor(waitMilliseconds: number): string {
  return waitMilliseconds > 0
    ? 'it still ran when the time to wait was over; nothing was written'
    : 'wait until it has ended, or let this one wait: --lock-wait 60s';
}

async function findHolder(database: Database, key: string): Promise<string> {
  const [holder] = await database.query<LockHolder>(sql`
    select ${holderColumns(sql`l.pid`)}
    from pg_locks l
    left join pg_stat_activity a on a.pid = l.pid
    where ${isHeldHere}
    and ${lockKey} = hashtextextended(${key}, 0)`);
  return holder === undefined ? 'it has ended just now' : describeHolder(holder);
}

/** Every import that is running in this database, with the session that runs it. */
export async function importLockHolders(database: Database): Promise<{ slug: string; holder: string }[]> {
  const holders = await database.query<LockHolder & { slug: string }>(sql`
    select org.slug, ${holderColumns(sql`l.pid`)}
    from pg_locks l
    join org on hashtextextended(${keyPrefix} || org.id, 0) = ${lockKey}
    left join pg_stat_activity a on a.pid = l.pid
    where ${isHeldHere}
    order by org.slug`);
  return holders.map(({ slug, ...holder }) => ({ slug, holder: describeHolder(holder) }));
}

const isHeldHere = sql`
  l.locktype = 'advisory'
  and l.granted
  and l.database = (select oid from pg_database where datname = current_database())
  and l.objsubid = 1`;

const lockKey = sql`(l.classid::bigint << 32 | l.objid::bigint)`;

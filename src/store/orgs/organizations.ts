import sql from 'sql-template-tag';
import type { ToolCommand } from '../../advice.ts';
import { advice, tool } from '../../advice.ts';
import { Failure } from '../../errors.ts';
import type { Organization } from '../../model/organization.ts';
import { nearName } from '../../model/near-name.ts';
import { quoted } from '../../model/printable.ts';
import { isRestricted, requireOwner } from './access.ts';
import type { Database } from '../connection/database.ts';
import { instant, uuidOrNull } from '../connection/values.ts';

const columns = sql`
  org.id,
  org.name,
  org.slug,
  ${instant('org.created_at')} as created_at,
  ${instant('org.updated_at')} as updated_at`;

/** The organization with this slug, otherwise with this id: a slug may look like an id. */
export async function findOrganization(database: Database, ref: string): Promise<Organization | undefined> {
  const [found] = await database.query<Organization>(sql`
    select ${columns}
    from org
    where org.slug = ${ref}
    or org.id = ${uuidOrNull(ref)}::uuid
    order by org.slug = ${ref} desc
    limit 1`);
  return found;
}

/**
 * As `findOrganization`; throws `not_found`. In the embedded database, the likelier reason is a lost
 * environment (in cron, for example), so there it is `no_database_configured`.
 */
export async function requireOrganization(database: Database, ref: string): Promise<Organization> {
  const found = await findOrganization(database, ref);
  if (found !== undefined) return found;
  const meant = await findNearSlug(database, ref);
  if (database.target.source === 'embedded') {
    throw new Failure(
      'no_database_configured',
      `no database is configured, and the embedded one has no org ${quoted(ref)}`,
      {
        hint:
          meant === undefined
            ? advice`set ORDERFLOW_DATABASE_URL or give --database URL; to try things out: ${createCommand(ref)}`
            : `set ORDERFLOW_DATABASE_URL or give --database URL; the embedded one has ${meant}`,
      },
    );
  }
  if (meant !== undefined) {
    throw new Failure('not_found', `org ${quoted(ref)} not found`, { hint: `did you mean ${meant}?` });
  }
  if (await isRestricted(database)) {
    throw new Failure('not_found', `org ${quoted(ref)} not found`, {
      hint: advice`${tool('whoami')} shows the orgs that this login has a role in; an ADMIN of the org gives it one`,
    });
  }
  throw new Failure('not_found', `org ${quoted(ref)} not found`, {
    hint: advice`see ${tool('org', 'list')}, or make it: ${createCommand(ref)}`,
  });
}

/** The slug that was probably meant, among those that the login may see. */
async function findNearSlug(database: Database, ref: string): Promise<string | undefined> {
  const orgs = await database.query<{ slug: string }>(sql`
    select org.slug
    from org
    order by org.slug
    limit 10000`);
  return nearName(
    ref,
    orgs.map(({ slug }) => slug),
    (slug) => slug.toLowerCase().replaceAll(/[^a-z0-9]/g, ''),
  );
}

function createCommand(ref: string): ToolCommand {
  return tool('org', 'create', /^[a-z0-9-]{2,100}$/.test(ref) ? ref : 'SLUG', '--name', 'NAME');
}

/** Throws `conflict` if the slug is in use. Slug and name as `model/organization.ts` parses them. */
export async function createOrganization(
  database: Database,
  { slug, name }: { slug: string; name: string },
): Promise<Organization> {
  await requireOwner(database, 'creates organizations');
  const created = await insertOrganization(database, { slug, name });
  if (created !== undefined) return created;
  throw new Failure('conflict', `org ${slug} already exists`, {
    hint: 'choose another slug, or use the org as it is',
  });
}

/**
 * As `findOrganization`; a missing one is created, named after its slug. Two sessions that create the same
 * one concurrently wait for each other and both use it.
 */
export async function ensureOrganization(database: Database, ref: string): Promise<Organization> {
  const found = await findOrganization(database, ref);
  if (found !== undefined) return found;
  await requireOwner(database, 'creates organizations');
  const created = await insertOrganization(database, { slug: ref, name: ref });
  return created ?? (await requireOrganization(database, ref));
}

/** The new organization; undefined if the slug is in use. */
async function insertOrganization(
  database: Database,
  { slug, name }: { slug: string; name: string },
): Promise<Organization | undefined> {
  const [created] = await database.query<Organization>(sql`
    insert into org (slug, name)
    values (${slug}, ${name})
    on conflict (slug) do nothing
    returning ${columns}`);
  return created;
}

/** All of them, by slug. */
export async function listOrganizations(database: Database): Promise<Organization[]> {
  return database.query<Organization>(sql`
    select ${columns}
    from org
    order by org.slug, org.id`);
}

import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tool } from '../../../src/advice.ts';
import type { Database } from '../../../src/store/connection/database.ts';
import {
  createOrganization,
  findOrganization,
  listOrganizations,
  requireOrganization,
} from '../../../src/store/orgs/organizations.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';

let server: TestDatabase;
let database: Database;

beforeAll(async () => {
  server = await testDatabase();
  database = await server.open();
});
afterAll(() => server.close());

test('an organization is found by slug and by id', async () => {
  const acme = await createOrganization(database, { slug: 'acme', name: 'Acme' });
  expect(acme.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/);
  expect(acme.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
  expect(await findOrganization(database, 'acme')).toEqual(acme);
  expect(await findOrganization(database, acme.id)).toEqual(acme);
  expect(await findOrganization(database, acme.id.toUpperCase())).toEqual(acme);
  expect(await findOrganization(database, 'acme2')).toBeUndefined();
  expect(await findOrganization(database, "'; drop table org; --")).toBeUndefined();
});

test('where a slug looks like an id, the slug counts', async () => {
  const other = await createOrganization(database, { slug: 'other', name: 'Other' });
  const lookalike = await createOrganization(database, { slug: other.id, name: 'Lookalike' });
  expect(await findOrganization(database, other.id)).toEqual(lookalike);
});

test('a slug in use is a conflict, and the org is unchanged', async () => {
  const first = await createOrganization(database, { slug: 'taken', name: 'First' });
  await expect(createOrganization(database, { slug: 'taken', name: 'Second' })).rejects.toMatchObject({
    code: 'conflict',
    exitCode: 12,
  });
  expect(await findOrganization(database, 'taken')).toEqual(first);
});

test('they are listed by slug', async () => {
  await database.execute(sql`truncate org cascade`);
  for (const slug of ['zeta', 'alpha', 'beta']) await createOrganization(database, { slug, name: slug });
  expect((await listOrganizations(database)).map(({ slug }) => slug)).toEqual(['alpha', 'beta', 'zeta']);
});

describe('an unknown org', () => {
  test('is not found on a configured server', async () => {
    await expect(requireOrganization(database, 'nobody')).rejects.toMatchObject({
      code: 'not_found',
      exitCode: 4,
      hint: expect.arrayContaining([tool('org', 'create', 'nobody', '--name', 'NAME')]),
    });
  });

  test('in the embedded database means that no database was configured', async () => {
    const embedded: Database = { ...database, target: { ...database.target, source: 'embedded' } };
    await expect(requireOrganization(embedded, 'nobody')).rejects.toMatchObject({
      code: 'no_database_configured',
      exitCode: 2,
      hint: expect.arrayContaining([expect.stringContaining('ORDERFLOW_DATABASE_URL')]),
    });
  });
});

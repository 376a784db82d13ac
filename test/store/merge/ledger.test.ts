import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Organization } from '../../../src/model/organization.ts';
import type { Database } from '../../../src/store/connection/database.ts';
import type { CommittingRun, NewImportRun } from '../../../src/store/merge/ledger.ts';
import { recordImportRun, requireImportRun, wasCommitted } from '../../../src/store/merge/ledger.ts';
import { createOrganization } from '../../../src/store/orgs/organizations.ts';
import type { TestDatabase } from '../../support/database.ts';
import { testDatabase } from '../../support/database.ts';

let server: TestDatabase;
let writer: Database;
let asker: Database;
let org: Organization;
beforeAll(async () => {
  server = await testDatabase();
  writer = await server.open();
  asker = await server.open();
  org = await createOrganization(writer, { slug: 'acme', name: 'Acme' });
});
afterAll(() => server.close());

const run: NewImportRun = {
  file: 'customers.csv',
  file_size: 5_000_000_000,
  rows: 15,
  imported: 5,
  updated: 4,
  unchanged: 3,
  superseded: 2,
  failed: 1,
  contacts_imported: 9,
  contacts_updated: 8,
  contacts_unchanged: 7,
  warnings: 6,
  rejects_file: '/tmp/customers.csv.rejected.csv',
  settings: { blank: 'keep', delimiter: ';' },
  tool_version: '1.2.3',
  source: 'erp',
  snapshot: true,
  deactivated: 2,
  outcome: 'done',
  code: null,
  message: null,
  exit_code: 3,
};

describe('a run in the ledger', () => {
  test('is found as it was written, with its times and its login', async () => {
    const { runId } = await writer.transaction(() => recordImportRun(writer, org.id, run));
    const found = await requireImportRun(asker, { org, runId });
    expect(found).toEqual({
      ...run,
      id: runId,
      started_at: expect.stringMatching(/Z$/),
      finished_at: expect.stringMatching(/Z$/),
      duration_ms: expect.any(Number),
      database_user: server.target.user,
    });
    expect(found.finished_at >= found.started_at).toBe(true);
  });

  test('has to reconcile, or the whole transaction is refused', async () => {
    const writing = writer.transaction(() => recordImportRun(writer, org.id, { ...run, rows: 16 }));
    await expect(writing).rejects.toMatchObject({ code: 'invalid_value' });
  });
});

describe('whether a run was committed', () => {
  test('is not known while its transaction is open, and is known when it is not', async () => {
    let committing: CommittingRun | undefined;
    await writer.transaction(async () => {
      committing = await recordImportRun(writer, org.id, run);
      expect(await wasCommitted(asker, committing)).toBe(undefined);
    });
    expect(await wasCommitted(asker, committing as CommittingRun)).toBe(true);
  });

  test('is false if it was rolled back', async () => {
    let committing: CommittingRun | undefined;
    const rolledBack = writer.transaction(async () => {
      committing = await recordImportRun(writer, org.id, run);
      throw new Error('rolled back');
    });
    await expect(rolledBack).rejects.toThrow('rolled back');
    expect(await wasCommitted(asker, committing as CommittingRun)).toBe(false);
  });

  test('is false for a run of another organization', async () => {
    const committed = await writer.transaction(() => recordImportRun(writer, org.id, run));
    const other = await createOrganization(writer, { slug: 'other', name: 'Other' });
    expect(await wasCommitted(asker, { ...committed, orgId: other.id })).toBe(false);
    expect(await asker.query(sql`select from customer_import_run where org_id = ${other.id}`)).toEqual([]);
  });
});

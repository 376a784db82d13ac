import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sql from 'sql-template-tag';
import type { Organization } from '../../src/model/organization.ts';
import type { Database } from '../../src/store/connection/database.ts';
import { createOrganization } from '../../src/store/orgs/organizations.ts';
import type { TestDatabase } from './database.ts';
import { testDatabase } from './database.ts';
import type { RunOptions, RunResult } from './run.ts';
import { run } from './run.ts';
import { throwAwayDirectory } from './throw-away.ts';

/** What stands in the database for one customer, without what the server makes up itself. */
export interface StoredCustomer {
  erp_customer_number: string | null;
  name: string;
  email: string | null;
  default_currency: string;
  default_language: string;
  billing_address: Record<string, unknown> | null;
  shipping_address: Record<string, unknown> | null;
  notes: string | null;
  is_active: boolean;
  contacts: StoredContact[];
}

export interface StoredContact {
  email: string;
  name: string | null;
  phone: string | null;
  role: string | null;
  is_primary: boolean;
}

/** A run of `import` and, unless it was told otherwise, its JSON document. */
export interface ImportRunResult extends RunResult {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- each test looks at the keys it is about
  report: any;
}

/** What a dry run and the run have in common: the ids of new customers, for one, are made anew. */
export function foretold(report: ImportRunResult['report']): unknown {
  const changes = report.changes.map((change: { kind: string; id: string }) =>
    change.kind === 'created' ? { ...change, id: null } : change,
  );
  return { ...report, run_id: null, dry_run: null, duration_ms: null, rejects_file: null, changes };
}

export interface ImportOptions extends Omit<RunOptions, 'database'> {
  flags?: string[];
  /** The file's name in the working directory. */
  name?: string;
}

/** A database and a working directory of its own for the calling test file, and what tests of imports do with them. */
export async function importSetting() {
  const server: TestDatabase = await testDatabase();
  const database: Database = await server.open();
  const directory = await throwAwayDirectory();

  /** A new organization, so that tests do not see each other's customers. */
  async function newOrg(): Promise<Organization> {
    return createOrganization(database, { slug: `org-${randomBytes(6).toString('hex')}`, name: 'Org' });
  }

  /** Imports a text, or with `null` a file that is there already, in this process and with `--json`. */
  async function importText(
    org: { slug: string },
    text: string | Buffer | null,
    { flags = [], name = 'customers.csv', ...options }: ImportOptions = {},
  ): Promise<ImportRunResult> {
    if (text !== null) await writeFile(path.join(directory.path, name), text);
    const result = await run(['import', name, '--org', org.slug, '--json', ...flags], {
      database: server,
      cwd: directory.path,
      ...options,
    });
    return { ...result, report: result.json() };
  }

  /** Everything of one organization, by ERP number, name and email. */
  async function stored(org: { id: string }): Promise<StoredCustomer[]> {
    return database.query<StoredCustomer>(sql`
      select
        c.erp_customer_number, c.name, c.email, c.default_currency, c.default_language,
        c.billing_address, c.shipping_address, c.notes, c.is_active,
        coalesce(
          (
            select jsonb_agg(
              jsonb_build_object(
                'email', k.email, 'name', k.name, 'phone', k.phone, 'role', k.role, 'is_primary', k.is_primary
              )
              order by k.email::text collate "C"
            )
            from customer_contact k
            where k.org_id = c.org_id
            and k.customer_id = c.id
          ),
          '[]'
        ) as contacts
      from customer c
      where c.org_id = ${org.id}
      order by c.erp_customer_number collate "C", c.name collate "C", c.email::text collate "C", c.id`);
  }

  /** Where each row lies and which transaction wrote it: equal before and after if and only if none was written. */
  async function versions(org: { id: string }): Promise<unknown[]> {
    return database.query(sql`
      select id, ctid::text, xmin::text, updated_at::text from customer where org_id = ${org.id}
      union all
      select id, ctid::text, xmin::text, updated_at::text from customer_contact where org_id = ${org.id}
      union all
      select id, ctid::text, xmin::text, null from customer_import_run where org_id = ${org.id} and outcome = 'done'
      union all
      select id, ctid::text, xmin::text, updated_at::text from org where id = ${org.id}
      order by id`);
  }

  return {
    server,
    database,
    directory: directory.path,
    newOrg,
    importText,
    stored,
    versions,
    file: (name: string) => readFile(path.join(directory.path, name), 'utf8'),
    /** The names in the working directory, hidden ones too. */
    files: () => readdir(directory.path),
    async close() {
      await server.close();
      await directory.remove();
    },
  };
}

export type ImportSetting = Awaited<ReturnType<typeof importSetting>>;

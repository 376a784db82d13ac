import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { raw } from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../support/database.ts';
import { run } from '../../support/run.ts';

/** What an administrator may have set for a database or a login, and what then must not change. */
const settings = [
  ['array_nulls', 'off'],
  ['backslash_quote', 'off'],
  ['bytea_output', 'escape'],
  ['client_encoding', 'LATIN1'],
  ['cursor_tuple_fraction', '1'],
  ['DateStyle', 'SQL, DMY'],
  ['DateStyle', 'German'],
  ['default_transaction_deferrable', 'on'],
  ['default_transaction_isolation', 'serializable'],
  ['enable_hashjoin', 'off'],
  ['enable_indexscan', 'off'],
  ['escape_string_warning', 'off'],
  ['extra_float_digits', '-15'],
  ['from_collapse_limit', '1'],
  ['geqo_threshold', '2'],
  ['gin_fuzzy_search_limit', '10'],
  ['IntervalStyle', 'iso_8601'],
  ['jit_above_cost', '0'],
  ['pg_trgm.similarity_threshold', '1'],
  ['pg_trgm.word_similarity_threshold', '1'],
  ['plan_cache_mode', 'force_generic_plan'],
  ['quote_all_identifiers', 'on'],
  ['standard_conforming_strings', 'off'],
  ['synchronous_commit', 'off'],
  ['TimeZone', 'Asia/Kathmandu'],
  ['transform_null_equals', 'on'],
  ['work_mem', '64kB'],
  ['xmloption', 'document'],
] as const;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'orderflow-settings-'));
  const rows = Array.from(
    { length: 12 },
    (_none, index) =>
      `${index === 0 ? '00004711' : index},Müller \\ Söhne ${index},EUR,de-DE,m${index}@x.example,München`,
  );
  await writeFile(
    path.join(directory, 'customers.csv'),
    `erp_customer_number,name,default_currency,default_language,contact_email,billing_city\n${rows.join('\n')}\n`,
  );
});
afterAll(() => rm(directory, { recursive: true }));

describe.each(settings)('with %s = %s', (name, value) => {
  test('every command does what it does without', async () => {
    const database = await testDatabase();
    const tool = (...argv: string[]) => run(argv, { database, cwd: directory });
    try {
      const admin = await database.open();
      await admin.execute(raw(`alter database "${database.target.database}" set ${name} = '${value}'`));
      const imported = await tool('import', 'customers.csv', '--org', 'acme', '--create-org', '--json');
      expect(imported.json()).toMatchObject({ ok: true, imported: 12, warnings: [] });
      const again = await tool('import', 'customers.csv', '--org', 'acme', '--json');
      expect(again.json()).toMatchObject({ ok: true, unchanged: 12, contacts: { unchanged: 12 } });

      const updated = await tool(
        'update',
        '00004711',
        '--org',
        'acme',
        '--billing-city',
        'Fürth',
        '--email',
        'a@b.example',
        '--json',
      );
      expect(updated.json()).toMatchObject({
        name: 'Müller \\ Söhne 0',
        email: 'a@b.example',
        billing_address: { city: 'Fürth' },
      });
      const shown = await tool('show', '4711', '--org', 'acme', '--json').then((first) =>
        first.exitCode === 0 ? first : tool('show', '00004711', '--org', 'acme', '--json'),
      );
      expect(shown.json()).toMatchObject({ erp_customer_number: '00004711' });
      expect(shown.json().updated_at).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      expect(Math.abs(Date.parse(shown.json().updated_at) - Date.now())).toBeLessThan(600_000);

      const added = await tool(
        'contact',
        'add',
        '00004711',
        '--org',
        'acme',
        '--email',
        'neu@x.example',
        '--primary',
        '--json',
      );
      expect(added.json()).toMatchObject({ email: 'neu@x.example', is_primary: true });
      const found = await tool('search', 'mueller', '--org', 'acme', '--json');
      expect(found.json().total).toBe(12);
      const near = await tool('search', 'mulller', '--org', 'acme', '--json');
      expect(near.json().total).toBe(12);
      const listed = await tool('list', '--org', 'acme', '--q', 'Söhne', '--json');
      expect(listed.json()).toMatchObject({ total: 12 });
      const exported = await tool('export', '--org', 'acme');
      expect(exported.stdout.split('\n')).toHaveLength(15);
      expect(exported.stdout).toContain('Müller \\ Söhne 0');
      const doctor = await tool('doctor', '--json');
      const wrong = doctor.json().checks.filter(({ status }: { status: string }) => status !== 'ok');
      expect(wrong).toEqual([]);
      const runs = await tool('runs', 'list', '--org', 'acme', '--json');
      expect(runs.json().items).toHaveLength(2);
      expect(await tool('migrate')).toMatchObject({ exitCode: 0 });
    } finally {
      await database.close();
    }
  });
});

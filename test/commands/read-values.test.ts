import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TestDatabase } from '../support/database.ts';
import { testDatabase } from '../support/database.ts';
import { run } from '../support/run.ts';

let database: TestDatabase;
let directory: string;
const named = [
  'Kundennummer;Name;Währung;Sprache;Land;Gesperrt',
  '1;A;Euro;Deutsch;Deutschland;N',
  '2;B;€;D;D;J',
  '3;C;EUR;de;Deutschland;',
  '4;D;EUR;de;Kongo;',
].join('\n');

beforeAll(async () => {
  database = await testDatabase();
  directory = await mkdtemp(path.join(os.tmpdir(), 'values-'));
  await writeFile(path.join(directory, 'named.csv'), `${named}\n`);
  await writeFile(path.join(directory, 'strict.yaml'), 'strict_values: true\n');
  await run(['org', 'create', 'acme', '--name', 'Acme'], { database });
});
afterAll(async () => {
  await database.close();
  await rm(directory, { recursive: true });
});

function tool(...argv: string[]) {
  return run(argv, { database, cwd: directory });
}

const values = [
  { field: 'billing_country', column: 'Land', value: 'Deutschland', stored: 'DE', count: 2 },
  { field: 'default_currency', column: 'Währung', value: 'Euro', stored: 'EUR', count: 1 },
  { field: 'default_currency', column: 'Währung', value: '€', stored: 'EUR', count: 1 },
  { field: 'default_language', column: 'Sprache', value: 'Deutsch', stored: 'de', count: 1 },
  { field: 'default_language', column: 'Sprache', value: 'D', stored: 'de', count: 1 },
  { field: 'billing_country', column: 'Land', value: 'D', stored: 'DE', count: 1 },
  { field: 'is_active', column: 'Gesperrt', value: 'N', stored: 'true', count: 1 },
  { field: 'is_active', column: 'Gesperrt', value: 'J', stored: 'false', count: 1 },
];

test('an import lists each value that it has read as a code, with its rows', async () => {
  const { stdout, exitCode } = await tool('import', 'named.csv', '--org', 'acme', '--json', '--no-rejects');
  expect(exitCode).toBe(3);
  const report: unknown = JSON.parse(stdout);
  expect(report).toMatchObject({ imported: 3, failed: 1, values_total: 9 });
  expect(report).toHaveProperty('values', expect.arrayContaining(values));
  expect(report).toHaveProperty('values.length', values.length);
  const stored = await tool('list', '--org', 'acme', '--json');
  expect(JSON.parse(stored.stdout)).toMatchObject({
    items: [
      { name: 'A', default_currency: 'EUR', default_language: 'de', is_active: true },
      { name: 'B', default_currency: 'EUR', default_language: 'de', is_active: false },
      { name: 'C', default_currency: 'EUR', default_language: 'de', is_active: true },
    ],
  });
});

test('the text of an import and of an inspection has a line for each, and --quiet has none', async () => {
  const line = 'billing_country: "Deutschland" → DE (2 rows)';
  const dryRun = ['import', 'named.csv', '--org', 'acme', '--dry-run', '--no-rejects'];
  expect((await tool(...dryRun)).stderr).toContain(line);
  expect((await tool('inspect', 'named.csv')).stdout).toContain(line);
  const quiet = await tool(...dryRun, '--quiet');
  expect(quiet.stdout + quiet.stderr).not.toContain('→ DE');
});

test('an inspection lists the same values as an import', async () => {
  const { stdout } = await tool('inspect', 'named.csv', '--json');
  expect(JSON.parse(stdout)).toHaveProperty('values', expect.arrayContaining(values));
});

test.each([
  ['a flag', '--strict-values'],
  ['a mapping', '--mapping=strict.yaml'],
])('%s makes an import and an inspection take codes only', async (_what, flag) => {
  const strict = { values: [], values_total: 0 };
  const imported = await tool('import', 'named.csv', '--org', 'acme', '--json', '--no-rejects', flag);
  expect(JSON.parse(imported.stdout)).toMatchObject({ ...strict, failed: 4 });
  const inspected = await tool('inspect', 'named.csv', '--json', flag);
  expect(JSON.parse(inspected.stdout)).toMatchObject({ ...strict, rejected: 4 });
});

async function warningsOf(file: string): Promise<string[]> {
  const { stdout } = await tool('import', file, '--org', 'acme', '--dry-run', '--json', '--no-rejects');
  return (JSON.parse(stdout) as { warnings: { code: string }[] }).warnings.map(({ code }) => code);
}

test('a column of country codes that are languages too is warned of', async () => {
  const header = 'name,default_currency,default_language\n';
  await writeFile(path.join(directory, 'countries.csv'), `${header}A,CHF,CH\nB,SEK,SE\nC,EUR,DE\n`);
  await writeFile(path.join(directory, 'languages.csv'), `${header}A,CHF,de\nB,SEK,sv\nC,EUR,EN\n`);
  expect(await warningsOf('countries.csv')).toContain('countries_as_languages');
  expect(await warningsOf('languages.csv')).not.toContain('countries_as_languages');
});

test('create and update say what they have read in a flag', async () => {
  const created = await tool(
    ...'create --org acme --name E --currency Euro --language Deutsch'.split(' '),
    ...'--erp-number 5 --billing-country Österreich'.split(' '),
  );
  expect(created.exitCode).toBe(0);
  expect(created.stderr).toContain('default_currency: "Euro" → EUR');
  expect(created.stderr).toContain('billing_country: "Österreich" → AT');
  const updated = await tool('update', '5', '--org', 'acme', '--billing-country', 'Schweiz');
  expect(updated.stderr).toContain('billing_country: "Schweiz" → CH');
});

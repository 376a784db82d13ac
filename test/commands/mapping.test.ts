import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import { run } from '../support/run.ts';

let setting: ImportSetting;
let org: { id: string; slug: string };
beforeAll(async () => {
  setting = await importSetting();
});
beforeEach(async () => {
  org = await setting.newOrg();
});
afterAll(() => setting.close());

const put = (name: string, text: string) => writeFile(path.join(setting.directory, name), text);
const inDirectory = (argv: string[], options = {}) =>
  run(argv, { cwd: setting.directory, database: setting.server, ...options });

const mapping = `
expects: [Konto, Bezeichnung, Spr, Typ]
columns:
  Konto: erp_customer_number
  Bezeichnung: name
  Spr: { field: default_language, values: { D: de-DE } }
  Typ: ignore
constants: { default_currency: EUR }
skip: [{ column: Typ, equals: K }]
`;
const table = 'Konto;Bezeichnung;Spr;Typ\n007;Ärzte GmbH;D;D\n008;Lieferant AG;D;K\n009;Béton SA;Z;D\n';

describe('import --mapping', () => {
  const flags = ['--mapping', 'm.yaml'];

  test('reads the columns as the mapping specifies; an unknown value is rejected, with the place to add it', async () => {
    await put('m.yaml', mapping);
    const { exitCode, report } = await setting.importText(org, table, { flags });
    expect(exitCode).toBe(3);
    expect(report).toMatchObject({ rows: 2, imported: 1, failed: 1 });
    expect(report.errors).toMatchObject([
      { row: 4, line: 4, column: 'Spr', value: 'Z', hint: expect.stringContaining('under "Spr" in m.yaml') },
    ]);
    expect(report.warnings).toEqual([
      {
        row: null,
        line: null,
        column: null,
        value: null,
        code: 'skipped_by_mapping',
        warning: '1 record was skipped by the mapping',
        hint: null,
      },
    ]);
    expect(await setting.stored(org)).toMatchObject([
      { erp_customer_number: '007', name: 'Ärzte GmbH', default_currency: 'EUR', default_language: 'de-DE' },
    ]);
  });

  test('accepts the corrected rejects file with the same mapping', async () => {
    await put('m.yaml', mapping);
    await setting.importText(org, table, { flags });
    const rejected = await setting.file(`customers.csv.${org.slug}.rejected.csv`);
    expect(rejected).toContain(
      'Konto;Bezeichnung;Spr;Typ;_row;_line;_column;_code;_error\n009;Béton SA;Z;D;4;4;Spr;',
    );
    const mended = rejected.replace(';Z;', ';D;');
    const { exitCode, report } = await setting.importText(org, mended, { flags, name: 'mended.csv' });
    expect(exitCode).toBe(0);
    expect(report).toMatchObject({ rows: 1, imported: 1 });
  });

  test('twice changes nothing', async () => {
    await put('m.yaml', mapping.replace('D: de-DE', 'D: de-DE, Z: fr'));
    await setting.importText(org, table, { flags });
    const before = await setting.versions(org);
    const { report } = await setting.importText(org, table, { flags: [...flags, '--dry-run'] });
    expect(report).toMatchObject({ rows: 2, unchanged: 2, imported: 0, updated: 0 });
    expect(await setting.versions(org)).toEqual(before);
  });

  test('refuses a file with changed columns, before anything is written', async () => {
    await put('m.yaml', mapping);
    const { exitCode, report } = await setting.importText(org, table.replace('Typ', 'Art'), { flags });
    expect(exitCode).toBe(5);
    expect(report.error).toMatchObject({
      code: 'mapping_mismatch',
      message: 'm.yaml does not fit this file: missing: "Typ"; new: "Art"',
    });
    expect(await setting.stored(org)).toEqual([]);
  });

  test('refuses a mapping that says nonsense, by its line', async () => {
    await put('m.yaml', 'columns:\n  Konto: erp_nummer\n');
    const { exitCode, report } = await setting.importText(org, table, { flags });
    expect(exitCode).toBe(2);
    expect(report.error).toMatchObject({
      code: 'mapping_invalid',
      message: 'm.yaml, line 2: columns, "Konto": "erp_nummer" is not a field',
    });
  });

  test('is in the next command, and in the ledger', async () => {
    await put('m.yaml', mapping);
    await put('customers.csv', table);
    const { stderr } = await inDirectory(['import', 'customers.csv', '--org', org.slug, ...flags]);
    expect(stderr).toContain(
      `import customers.csv.${org.slug}.rejected.csv --org ${org.slug} --mapping m.yaml`,
    );
    const runs = (await inDirectory(['runs', 'list', '--org', org.slug, '--json'])).json();
    const shown = await inDirectory(['runs', 'show', runs.items[0].id, '--org', org.slug, '--json']);
    expect(shown.json().settings).toMatchObject({ mapping: 'm.yaml' });
  });
});

const dryRun = (options = {}) =>
  inDirectory(['import', 'german.csv', '--org', org.slug, '--dry-run'], options);

describe('columns that ERPs name their own way', () => {
  const german = 'Kundennummer;Firma;Währung;Sprache;PLZ;Ort\n1;Möhrle;EUR;de;01067;Dresden\n';
  test('are imported, and named to who sits at the terminal', async () => {
    await put('german.csv', german);
    const { exitCode, stderr } = await dryRun({ terminal: { columns: 120 } });
    expect(exitCode).toBe(0);
    expect(stderr).toContain(
      'columns: Kundennummer → erp_customer_number, Firma → name, Währung → default_currency, Sprache → default_language, PLZ → billing_postal_code, Ort → billing_city',
    );
  });

  test('are not reported to cron', async () => {
    await put('german.csv', german);
    const { stderr } = await dryRun();
    expect(stderr).not.toContain('columns:');
    expect((await setting.importText(org, german)).report.warnings).toEqual([]);
  });
});

describe('inspect', () => {
  test('reports how each column was matched', async () => {
    await put('file.csv', 'Firma,email,Nummer\nA,a@x.de,1\nB,b@x.de,2\n');
    const { columns } = (await inDirectory(['inspect', 'file.csv', '--json'])).json();
    expect(columns).toEqual([
      { column: 'Firma', field: 'name', matched_by: 'synonym', did_you_mean: null, examples: ['A', 'B'] },
      {
        column: 'email',
        field: 'email',
        matched_by: 'name',
        did_you_mean: null,
        examples: ['a@x.de', 'b@x.de'],
      },
      {
        column: 'Nummer',
        field: null,
        matched_by: null,
        did_you_mean: 'erp_customer_number',
        examples: ['1', '2'],
      },
    ]);
  });

  test('judges with a mapping as an import would', async () => {
    await put('m.yaml', mapping);
    await put('file.csv', table);
    const result = await inDirectory(['inspect', 'file.csv', '--mapping', 'm.yaml', '--json']);
    expect(result.exitCode).toBe(3);
    expect(result.json()).toMatchObject({
      importable: true,
      rows: 2,
      rejected: 1,
      passed_over: 1,
      columns: [
        { column: 'Konto', field: 'erp_customer_number', matched_by: 'mapping' },
        { column: 'Bezeichnung', field: 'name', matched_by: 'mapping' },
        { column: 'Spr', field: 'default_language', matched_by: 'mapping' },
        { column: 'Typ', field: null, matched_by: null },
      ],
    });
    const { stdout } = await inDirectory(['inspect', 'file.csv', '--mapping', 'm.yaml']);
    expect(stdout).toContain(
      'next: orderflow-customers import file.csv --mapping m.yaml --org ORG --dry-run',
    );
    await put('file.csv', table.replace('Typ', 'Art'));
    expect((await inDirectory(['inspect', 'file.csv', '--mapping', 'm.yaml'])).exitCode).toBe(5);
  });
});

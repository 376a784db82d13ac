import { copyFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { knownSystems } from '../../src/import/columns/known-systems.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import { run } from '../support/run.ts';
import { down, enter, typing } from '../support/typing.ts';

let setting: ImportSetting;
let org: { id: string; slug: string };
beforeAll(async () => {
  setting = await importSetting();
  for (const name of ['sap-kna1', 'lexoffice', 'business-central-de']) {
    await copyFile(`samples/sources/${name}.csv`, path.join(setting.directory, `${name}.csv`));
  }
});
beforeEach(async () => {
  org = await setting.newOrg();
});
afterAll(() => setting.close());

const inDirectory = (argv: string[], options = {}) =>
  run(argv, { cwd: setting.directory, database: setting.server, ...options });
const defaults = ['--default', 'currency=EUR', '--default', 'language=de-DE'];
const command = (file: string, ...more: string[]) => ['import', file, '--org', org.slug, ...more];

describe('mappings', () => {
  test('list has a line for each', async () => {
    const { stdout, exitCode } = await inDirectory(['mappings', 'list']);
    expect(exitCode).toBe(0);
    expect(stdout.trimEnd().split('\n')).toHaveLength(knownSystems.length);
    expect(stdout).toContain('sap-kna1\tSAP ERP and S/4HANA');
    const json = (await inDirectory(['mappings', 'list', '--json'])).json();
    expect(json.total).toBe(12);
    expect(json.items[0]).toEqual({
      name: 'business-central',
      reads: expect.stringContaining('Business Central'),
    });
  });

  test('show prints the mapping unchanged; written to a file, it is a mapping', async () => {
    const { stdout } = await inDirectory(['mappings', 'show', 'sap-kna1']);
    expect(stdout).toBe(await readFile('mappings/sap-kna1.yaml', 'utf8'));
    await writeFile(path.join(setting.directory, 'my.yaml'), stdout);
    const result = await inDirectory(command('sap-kna1.csv', '--mapping', 'my.yaml', ...defaults));
    expect(result.exitCode).toBe(0);
  });

  test('show --json says what is read, what else it is called, and what rows are left out', async () => {
    const shown = (await inDirectory(['mappings', 'show', 'datev-debitoren', '--json'])).json();
    expect(shown).toMatchObject({
      name: 'datev-debitoren',
      page: 'docs/sources/datev-debitoren.md',
      fields: expect.arrayContaining(['name', 'billing_street']),
      skips_by: ['Konto'],
    });
    expect(shown.columns).toContainEqual({
      column: 'Straße',
      other_names: ['Strasse'],
      optional: false,
      fields: ['billing_street'],
    });
  });

  test('an unknown name is refused with those that exist', async () => {
    const { exitCode, stderr } = await inDirectory(['mappings', 'show', 'sap']);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('sap-kna1');
  });
});

describe('--mapping NAME', () => {
  test('reads the file with the mapping of that name, from any directory', async () => {
    const { exitCode, report } = {
      ...(await inDirectory(
        command('business-central-de.csv', '--mapping', 'business-central', ...defaults),
      )),
      report: (
        await inDirectory(
          command('business-central-de.csv', '--mapping', 'business-central', ...defaults, '--json'),
        )
      ).json(),
    };
    expect(exitCode).toBe(0);
    expect(report).toMatchObject({
      rows: 14,
      imported: 0,
      unchanged: 14,
      warnings: [{ code: 'contact_left_out', value: 'Rosa Bianchi' }],
    });
    const stored = await setting.stored(org);
    expect(stored.find(({ erp_customer_number: number }) => number === 'D10005')).toMatchObject({
      name: 'Müller & Töchter AG',
      default_currency: 'CHF',
      default_language: 'de-DE',
    });
  });

  test('goes before a file of that name, which a slash names', async () => {
    await writeFile(path.join(setting.directory, 'sap-kna1'), 'columns: {nope: name}\n');
    const byName = await inDirectory(command('sap-kna1.csv', '--mapping', 'sap-kna1', ...defaults));
    expect(byName.exitCode).toBe(0);
    const byPath = await inDirectory(command('sap-kna1.csv', '--mapping', './sap-kna1', ...defaults));
    expect(byPath.stderr).toContain('missing: "nope"');
  });

  test('a word that is neither is answered with the likely name', async () => {
    const { exitCode, stderr } = await inDirectory(command('sap-kna1.csv', '--mapping', 'sap-kna'));
    expect(exitCode).toBe(2);
    expect(stderr).toContain('did you mean sap-kna1?');
    const other = await inDirectory(command('sap-kna1.csv', '--mapping', 'navision'));
    expect(other.stderr).toContain('mappings list');
  });

  test('that does not fit the file names the page', async () => {
    const { exitCode, stderr } = await inDirectory(
      command('lexoffice.csv', '--mapping', 'sap-kna1', ...defaults),
    );
    expect(exitCode).toBe(5);
    expect(stderr).toContain('docs/sources/sap-kna1.md');
  });
});

const line = () =>
  `orderflow-customers import sap-kna1.csv --org ${org.slug} --mapping sap-kna1 --default currency=EUR --default language=de-DE`;

describe('an export of a known system without a mapping', () => {
  test('is refused, and the command in the hint imports it', async () => {
    const { exitCode, stderr, stdout } = await inDirectory(command('sap-kna1.csv'));
    expect([exitCode, stdout]).toEqual([5, '']);
    expect(stderr).toContain('sap-kna1.csv is an export of SAP ERP');
    expect(stderr).toContain(line());
    expect(await setting.stored(org)).toEqual([]);
    const again = await inDirectory(line().split(' ').slice(1));
    expect(again.exitCode).toBe(0);
    expect(await setting.stored(org)).toHaveLength(14);
  });

  test('is refused with a code, and the flags that were given stay in the command', async () => {
    const flags = ['--dry-run', '--delimiter', ';', '--default', 'currency=CHF', '--json'];
    const result = await inDirectory(command('sap-kna1.csv', ...flags));
    expect(result.exitCode).toBe(5);
    expect(result.json().error).toMatchObject({
      code: 'mapping_needed',
      hint: expect.stringMatching(/--dry-run .*--delimiter ';' --mapping sap-kna1 --default currency=CHF/),
    });
  });

  test('is refused, and the flags of the night and the plan stay in the command', async () => {
    const flags = [
      '--source',
      'erp',
      '--snapshot',
      '--guard',
      'rows=none',
      '--plan-to',
      'sap.plan',
      '--json',
    ];
    const result = await inDirectory(command('sap-kna1.csv', ...flags));
    expect(result.json().error.hint).toContain(
      '--plan-to sap.plan --source erp --snapshot --guard rows=none --mapping sap-kna1',
    );
  });

  test('is refused on standard input and with --yes, where nothing is asked', async () => {
    const text = await readFile('samples/sources/sap-kna1.csv');
    const piped = await inDirectory(command('-'), { stdin: text });
    expect(piped.exitCode).toBe(5);
    const yes = await inDirectory(command('sap-kna1.csv', '--yes'), { terminal: { columns: 120 } });
    expect(yes.exitCode).toBe(5);
  });

  test('is read by its column names with --mapping none', async () => {
    const { stderr, exitCode } = await inDirectory(command('sap-kna1.csv', '--mapping', 'none', ...defaults));
    expect(exitCode).toBe(0);
    expect(stderr).toContain('default_language: "D" → de');
  });

  test('is asked for on a terminal, with currency and language; the next command says what was answered', async () => {
    const { exitCode, stderr } = await inDirectory(command('sap-kna1.csv', '--dry-run'), {
      ...typing(enter, 'CHF', enter, 'de-CH', enter),
    });
    expect(exitCode).toBe(0);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain('Use the mapping sap-kna1?');
    expect(stderr).toContain('--mapping sap-kna1');
    expect(stderr).toContain('--default currency=CHF --default language=de-CH');
  });

  test('may be read by its column names on a terminal too', async () => {
    // Some rows are rejected, so that the next command has to say how the file was read.
    const { stderr } = await inDirectory(command('sap-kna1.csv', '--strict-values', ...defaults), {
      ...typing(down, enter),
    });
    expect(stderr).toContain('--mapping none --strict-values');
  });

  test('inspect names the system and the command, and does not call the file importable', async () => {
    const { stdout } = await inDirectory(['inspect', 'lexoffice.csv']);
    expect(stdout).toContain('lexoffice (Lexware Office)');
    expect(stdout).toContain(
      'next: orderflow-customers import lexoffice.csv --mapping lexoffice --default currency=EUR --default language=de-DE --org ORG --dry-run',
    );
    expect(stdout).not.toContain('not a customer file yet');
    const json = (await inDirectory(['inspect', 'lexoffice.csv', '--json'])).json();
    expect(json).toMatchObject({ importable: false, system: { mapping: 'lexoffice' } });
    const mapped = await inDirectory([
      'inspect',
      'lexoffice.csv',
      '--mapping',
      'lexoffice',
      ...defaults,
      '--json',
    ]);
    expect(mapped.json()).toMatchObject({ importable: true, system: null, accepted: 14, rejected: 0 });
  });
});

test('an export by this tool is recognised as no system', async () => {
  await inDirectory(command('sap-kna1.csv', '--mapping', 'sap-kna1', ...defaults));
  await inDirectory(['export', '--org', org.slug, '--output', 'out.csv']);
  const { exitCode } = await inDirectory(command('out.csv'));
  expect(exitCode).toBe(0);
});

const shell = (...words: string[]) =>
  inDirectory(['__complete', 'fish', '--', ...words]).then(({ stdout }) => stdout);

test('--mapping and mappings show complete names', async () => {
  expect(await shell('import', 'x.csv', '--mapping', 'sa')).toMatch(/sage-100[\s\S]*sage-50[\s\S]*sap-kna1/);
  expect(await shell('mappings', 'show', 'hub')).toContain('hubspot-companies');
});

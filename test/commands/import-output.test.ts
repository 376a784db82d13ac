import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { textWidth } from '../../src/render/text/text-width.ts';
import { csv, customerRow } from '../support/csv.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import type { RunOptions } from '../support/run.ts';
import { run } from '../support/run.ts';

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

const good = customerRow({ erp_customer_number: '1', name: 'Good', contact_email: 'a@x.example' });
const bad = customerRow({ erp_customer_number: '2', name: 'Bad', default_currency: 'EURX' });

/** Imports by standard input, as a person or a script would, without `--json`. */
function importPiped(org: { slug: string }, text: string, flags: string[] = [], options: RunOptions = {}) {
  return run(['import', '-', '--org', org.slug, ...flags], {
    database: setting.server,
    cwd: setting.directory,
    stdin: text,
    ...options,
  });
}

describe('--json', () => {
  test('is one document with the keys of the contract', async () => {
    const org = await setting.newOrg();
    const { exitCode, report, stdout, stderr } = await setting.importText(org, csv([good, bad]));
    expect(exitCode).toBe(3);
    expect(report).toEqual({
      ok: false,
      run_id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/),
      org: org.slug,
      file: 'customers.csv',
      dry_run: false,
      source: null,
      snapshot: false,
      rows: 2,
      imported: 1,
      updated: 0,
      unchanged: 0,
      superseded: 0,
      failed: 1,
      contacts: { imported: 1, updated: 0, unchanged: 0 },
      deactivated: 0,
      guards: [],
      warnings: [],
      warnings_total: 0,
      errors: [
        {
          row: 3,
          line: 3,
          column: 'default_currency',
          value: 'EURX',
          code: 'invalid_currency',
          error: '"EURX" is not an ISO 4217 code',
          hint: 'did you mean EUR?',
        },
      ],
      errors_total: 1,
      values: [],
      values_total: 0,
      rejects_file: path.join(setting.directory, `customers.csv.${org.slug}.rejected.csv`),
      duration_ms: expect.any(Number),
      changes: [expect.objectContaining({ kind: 'created' })],
      changes_total: 1,
    });
    expect(stdout.endsWith('}\n')).toBe(true);
    expect(stderr).toBe(`→ ${setting.server.target.user}@${where()}, org ${org.slug}\n`);
  });

  test('of a run that cannot begin is the failure', async () => {
    const { exitCode, report } = await setting.importText({ slug: 'nobody' }, csv([good]));
    expect(exitCode).toBe(4);
    expect(report).toEqual({
      ok: false,
      error: { code: 'not_found', message: 'org "nobody" not found', hint: expect.any(String) },
    });
  });
});

function where(): string {
  const { host, port, database } = setting.server.target;
  return `${host}:${port}/${database}`;
}

describe('text', () => {
  test('piped is one count a line on stdout, all else on stderr', async () => {
    const org = await setting.newOrg();
    const { exitCode, stdout, stderr } = await importPiped(org, csv([good, bad, { ...good, name: 'Again' }]));
    expect(exitCode).toBe(3);
    expect(stdout).toBe(
      [
        'rows\t3',
        'imported\t1',
        'updated\t0',
        'unchanged\t0',
        'superseded\t1',
        'failed\t1',
        'contacts_imported\t1',
        'contacts_updated\t0',
        'contacts_unchanged\t0',
        '',
      ].join('\n'),
    );
    expect(stderr.split('\n')).toEqual([
      `→ ${setting.server.target.user}@${where()}, org ${org.slug}`,
      '! row 3, default_currency: "EURX" is not an ISO 4217 code; did you mean EUR? [invalid_currency]',
      '- row 2 and row 4 have the ERP number "1": the last one is used, the contacts of both are kept [superseded]',
      `next: fix stdin.${org.slug}.rejected.csv, then run: orderflow-customers import stdin.${org.slug}.rejected.csv --org ${org.slug}`,
      '',
    ]);
  });

  test('on a terminal has signs, and no line is wider than it', async () => {
    const org = await setting.newOrg();
    const { stdout } = await importPiped(org, csv([good, bad]), ['--color', 'never'], {
      terminal: { columns: 80 },
    });
    expect(stdout).toContain('2 rows of stdin imported into ');
    expect(stdout).toMatch(/^ {2}\+ imported {2,}1 {2,}1$/m);
    expect(stdout).toMatch(/^ {2}~ updated {2,}0 {2,}0$/m);
    expect(stdout).toMatch(/^ {2}= unchanged {2,}0 {2,}0$/m);
    expect(stdout).toMatch(/^ {2}! rejected {2,}1$/m);
    for (const line of stdout.split('\n')) expect(textWidth(line)).toBeLessThanOrEqual(80);
  });

  test('shows twenty errors and says how many more there are', async () => {
    const org = await setting.newOrg();
    const rows = Array.from({ length: 50 }, (_, index) => ({ ...bad, default_currency: `EURX${index}` }));
    const { stderr } = await importPiped(org, csv(rows));
    expect(stderr.match(/^! /gm)).toHaveLength(20);
    expect(stderr).toMatch(/and 30 more errors; see .*stdin\.org-[^.]*\.rejected\.csv/);
  });

  test('has one line for an error that many rows share, the most frequent first; JSON lists each', async () => {
    const org = await setting.newOrg();
    const rows = [
      ...Array.from({ length: 3 }, () => ({ ...good, billing_country: 'Atlantis' })),
      ...Array.from({ length: 4 }, () => ({ ...good, name: '' })),
      ...Array.from({ length: 1500 }, () => ({ ...good, billing_country: 'Lummerland' })),
    ];
    for (const flags of [[], ['--quiet']]) {
      const { stderr } = await importPiped(org, csv(rows), flags);
      const lines = stderr.split('\n').filter((line) => line.startsWith('! '));
      expect(lines).toEqual([
        expect.stringMatching(/^! billing_country: "Lummerland" is .* \(1,500 rows\).* \[invalid_country\]$/),
        '! name: a name is required (4 rows) [name_required]',
        expect.stringMatching(/^! row 2, billing_country: "Atlantis" is /),
        expect.stringMatching(/^! row 3, billing_country: "Atlantis" is /),
        expect.stringMatching(/^! row 4, billing_country: "Atlantis" is /),
      ]);
      expect(stderr).not.toContain('more error');
    }
    const { report } = await setting.importText(org, csv(rows));
    expect(report.errors).toHaveLength(1000);
    expect(report.errors_total).toBe(1507);
    expect(report.errors[0]).toMatchObject({ row: 2, column: 'billing_country', value: 'Atlantis' });
  });

  test('with hostile cells and names does not affect the terminal', async () => {
    const org = await setting.newOrg();
    const hostile = '\x1b[2J\u202eÄ\x9b';
    const text = csv([
      { name: 'A', default_currency: hostile, default_language: hostile, [hostile]: 'x', email: hostile },
      // So much text that the few control characters do not make it a binary file.
      { name: 'x'.repeat(2000) },
    ]);
    for (const options of [{}, { terminal: { columns: 100 }, env: { NO_COLOR: '1' } }] as RunOptions[]) {
      const { stdout, stderr } = await importPiped(org, text, ['--no-rejects'], options);
      expect(stderr).toContain(String.raw`\x1b[2J\u202e`);
      // On a terminal progress may clear its own line; nothing else is sent.
      expect((stdout + stderr).replaceAll('\r\x1b[K', '')).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
    }
  });

  test('--quiet is silent when all went well, warnings included', async () => {
    const org = await setting.newOrg();
    const result = await importPiped(org, csv([good, good]), ['--quiet']);
    expect(result).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
    expect(await setting.stored(org)).toHaveLength(1);
  });

  test('--quiet reports what was rejected, and the database', async () => {
    const org = await setting.newOrg();
    const { exitCode, stdout, stderr } = await importPiped(org, csv([good, bad]), ['--quiet']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 3, stdout: '' });
    expect(stderr).toBe(
      `→ ${setting.server.target.user}@${where()}, org ${org.slug}\n` +
        '! row 3, default_currency: "EURX" is not an ISO 4217 code; did you mean EUR? [invalid_currency]\n' +
        '1 of 2 rows rejected; 1 imported, 0 updated, 0 unchanged\n' +
        `next: fix stdin.${org.slug}.rejected.csv, then run: orderflow-customers import stdin.${org.slug}.rejected.csv --org ${org.slug}\n`,
    );
  });

  test('--quiet reports a failure, over the budget too', async () => {
    const org = await setting.newOrg();
    const { exitCode, stdout, stderr } = await importPiped(org, csv([bad]), ['--quiet', '--atomic']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 6, stdout: '' });
    expect(stderr).toContain(
      'error: 1 of 1 rows were rejected, more than --atomic allows: nothing was written',
    );
    expect(stderr).toContain(`org ${org.slug}`);
  });

  test('never shows a password', async () => {
    const org = await setting.newOrg();
    const url = new URL(setting.server.url);
    url.searchParams.set('password', 'pa55word');
    const runs = [
      await run(['import', '-', '--org', org.slug], {
        stdin: csv([good, bad]),
        cwd: setting.directory,
        env: { ORDERFLOW_DATABASE_URL: url.href },
      }),
      await run(['import', '-', '--org', 'nobody', '--debug'], {
        stdin: csv([good]),
        env: { ORDERFLOW_DATABASE_URL: url.href },
      }),
      await run(['import', '-', '--org', 'nobody', '--debug', '--database', url.href], {
        stdin: csv([good]),
      }),
    ];
    for (const { stdout, stderr } of runs) {
      expect(stderr).not.toBe('');
      expect(stdout + stderr).not.toContain('pa55word');
    }
  });
});

describe('the next command', () => {
  test('is list after a run in which all went well', async () => {
    const org = await setting.newOrg();
    const { stderr } = await importPiped(org, csv([good]));
    expect(stderr).toContain(`next: orderflow-customers list --org ${org.slug}\n`);
  });

  test('is the import itself after a dry run, read in the same way', async () => {
    const org = await setting.newOrg();
    const flags = [
      '--delimiter',
      'tab',
      '--default',
      'currency=EUR',
      '--default',
      'language=de',
      '--blank',
      'keep',
    ];
    await setting.importText(org, 'name\tnotes\nA\tn\n', { name: 'it is.csv', flags });
    const other = await setting.newOrg();
    const { stderr } = await run(['import', 'it is.csv', '--org', other.slug, '--dry-run', ...flags], {
      database: setting.server,
      cwd: setting.directory,
    });
    const next = /^next: orderflow-customers (.*)$/m.exec(stderr)?.[1];
    expect(next).toBe(
      `import 'it is.csv' --org ${other.slug} --delimiter tab --default currency=EUR --default language=de --blank keep`,
    );
  });

  test('repeats the flags of the night and names the plan after a dry run, and runs as printed', async () => {
    const org = await setting.newOrg();
    await writeFile(path.join(setting.directory, 'night.csv'), csv([good]));
    const night = ['--source', 'erp', '--snapshot', '--missing-contacts', 'remove', '--edits', 'keep'];
    const guards = [
      '--allow',
      'deactivations=3',
      '--guard',
      'changed.notes=2.5%',
      '--guard',
      'cleared.notes=none',
    ];
    const flags = ['--org', org.slug, ...night, ...guards];
    const inDirectory = { database: setting.server, cwd: setting.directory };
    const { stderr } = await run(['import', 'night.csv', ...flags, '--plan-to', 'night.plan'], inDirectory);
    const next = /^next: orderflow-customers (.*)$/m.exec(stderr)?.[1] ?? '';
    expect(next).toBe(`import night.csv ${flags.join(' ')} --plan night.plan`);
    expect(await run(next.split(' '), inDirectory)).toMatchObject({ exitCode: 0 });
  });

  test('is there after a dry run that would only remove contacts', async () => {
    const org = await setting.newOrg();
    const night = ['--source', 'erp', '--snapshot', '--missing-contacts', 'remove'];
    await setting.importText(org, csv([{ ...good, contact_email: 'a@x.example' }]), { flags: night });
    await writeFile(path.join(setting.directory, 'without.csv'), csv([{ ...good, contact_email: '' }]));
    const { stderr } = await run(
      [
        'import',
        'without.csv',
        '--org',
        org.slug,
        ...night,
        '--guard',
        'cleared.contact_email=none',
        '--dry-run',
      ],
      { database: setting.server, cwd: setting.directory },
    );
    expect(stderr).toContain(`next: orderflow-customers import without.csv --org ${org.slug} --source erp`);
  });

  test('is missing after a dry run without changes', async () => {
    const org = await setting.newOrg();
    await setting.importText(org, csv([good]));
    const { stderr } = await run(['import', 'customers.csv', '--org', org.slug, '--dry-run'], {
      database: setting.server,
      cwd: setting.directory,
    });
    expect(stderr).not.toContain('next:');
  });
});

describe('--dry-run', () => {
  const before = [
    customerRow({
      erp_customer_number: '1',
      name: 'A',
      is_active: 'yes',
      contact_email: 'a@x.example',
      contact_is_primary: 'yes',
    }),
    customerRow({ erp_customer_number: '2', name: 'B', is_active: 'no', contact_is_primary: '' }),
    customerRow({ name: 'C', is_active: 'yes' }),
  ];
  const text = csv([
    customerRow({
      erp_customer_number: '1',
      name: 'Changed',
      contact_email: 'b@x.example',
      contact_is_primary: 'yes',
    }),
    customerRow({ erp_customer_number: '2', name: 'B' }),
    customerRow({ name: 'C' }),
    customerRow({ erp_customer_number: '3', name: 'New' }),
    customerRow({ erp_customer_number: '3', name: 'Newer' }),
    customerRow({ erp_customer_number: '4', name: '' }),
  ]);

  test('gives the result of the real run, and writes nothing', async () => {
    const org = await setting.newOrg();
    await setting.importText(org, csv(before));
    const standing = await setting.versions(org);
    const dry = await setting.importText(org, text, { name: 'dry.csv', flags: ['--dry-run'] });
    expect(await setting.versions(org)).toEqual(standing);
    expect(await setting.files()).not.toContain(`dry.csv.${org.slug}.rejected.csv`);
    const real = await setting.importText(org, text, { name: 'dry.csv' });
    const anyId: unknown = expect.any(String);
    expect(dry.exitCode).toBe(real.exitCode);
    expect(dry.report).toEqual({
      ...real.report,
      run_id: null,
      dry_run: true,
      rejects_file: null,
      duration_ms: expect.any(Number),
      // What is created gets another id.
      changes: real.report.changes.map((change: { kind: string }) => ({
        ...change,
        ...(change.kind === 'created' && { id: anyId }),
      })),
    });
    expect(real.report).toMatchObject({
      rows: 6,
      imported: 1,
      updated: 2,
      unchanged: 1,
      superseded: 1,
      failed: 1,
    });
    expect(await setting.versions(org)).not.toEqual(standing);
  });

  test('with --create-org makes no organization', async () => {
    const slug = 'only-dry';
    const { exitCode, report } = await setting.importText({ slug }, csv([good]), {
      flags: ['--dry-run', '--create-org'],
    });
    expect(exitCode).toBe(0);
    expect(report).toMatchObject({ org: slug, imported: 1, run_id: null });
    expect(await setting.database.query(sql`select from org where slug = ${slug}`)).toEqual([]);
  });

  test('writes a rejects file only where --rejects names one', async () => {
    const org = await setting.newOrg();
    const { report } = await setting.importText(org, csv([bad]), {
      flags: ['--dry-run', '--rejects', 'dry-rejects.csv'],
    });
    expect(report.rejects_file).toBe(path.join(setting.directory, 'dry-rejects.csv'));
    expect(await setting.file('dry-rejects.csv')).toContain('invalid_currency');
  });

  test('is over the budget where the real run would be', async () => {
    const org = await setting.newOrg();
    const { exitCode, report } = await setting.importText(org, csv([good, bad]), {
      flags: ['--dry-run', '--atomic'],
    });
    expect([exitCode, report.error.code]).toEqual([6, 'over_error_budget']);
  });

  test.for([
    ['nothing to change', [good], 0],
    ['a customer to change', [{ ...good, name: 'Changed' }], 10],
    ['a contact to add', [{ ...good, contact_email: 'b@x.example' }], 10],
    ['a row to reject', [good, bad], 3],
    ['a row to reject beside one to change', [{ ...good, name: 'Changed' }, bad], 3],
  ] as const)('--detailed-exitcode reports: %s', async ([, rows, expected]) => {
    const org = await setting.newOrg();
    await setting.importText(org, csv([good]));
    const flags = ['--dry-run', '--detailed-exitcode'];
    const { exitCode } = await setting.importText(org, csv([...rows]), { flags });
    expect(exitCode).toBe(expected);
  });

  test('--detailed-exitcode without it is a usage error', async () => {
    const org = await setting.newOrg();
    const { exitCode } = await setting.importText(org, csv([good]), { flags: ['--detailed-exitcode'] });
    expect(exitCode).toBe(2);
  });
});

describe('--create-org', () => {
  test('makes a missing organization in the same transaction', async () => {
    const first = await setting.importText({ slug: 'made-here' }, csv([good]), { flags: ['--create-org'] });
    expect(first).toMatchObject({ exitCode: 0, report: { org: 'made-here', imported: 1 } });
    const again = await setting.importText({ slug: 'made-here' }, csv([good]), { flags: ['--create-org'] });
    expect(again.report).toMatchObject({ unchanged: 1 });
  });

  test('makes none when the run writes nothing', async () => {
    const { exitCode } = await setting.importText({ slug: 'not-made' }, csv([bad]), {
      flags: ['--create-org', '--atomic'],
    });
    expect(exitCode).toBe(6);
    expect(await setting.database.query(sql`select from org where slug = 'not-made'`)).toEqual([]);
  });

  test('refuses an invalid slug', async () => {
    const { exitCode, report } = await setting.importText({ slug: 'Größe' }, csv([good]), {
      flags: ['--create-org'],
    });
    expect(exitCode).toBe(2);
    expect(report.error).toMatchObject({ code: 'invalid_value', hint: 'did you mean grosse?' });
  });
});

test('an organization is named by its id as well', async () => {
  const org = await setting.newOrg();
  const { exitCode, report } = await setting.importText({ slug: org.id }, csv([good]));
  expect([exitCode, report.org]).toEqual([0, org.slug]);
});

test('the run is in the ledger as reported', async () => {
  const org = await setting.newOrg();
  const { report } = await setting.importText(org, csv([good, bad, good], ';'), {
    name: 'ledger.csv',
    flags: ['--blank', 'keep'],
  });
  const shown = await run(['runs', 'show', report.run_id, '--org', org.slug, '--json'], {
    database: setting.server,
  });
  expect(shown.exitCode).toBe(0);
  expect(shown.json()).toEqual({
    id: report.run_id,
    file: 'ledger.csv',
    file_size: csv([good, bad, good], ';').length,
    started_at: expect.stringMatching(/Z$/),
    finished_at: expect.stringMatching(/Z$/),
    duration_ms: expect.any(Number),
    rows: 3,
    imported: 1,
    updated: 0,
    unchanged: 0,
    superseded: 1,
    failed: 1,
    contacts_imported: 1,
    contacts_updated: 0,
    contacts_unchanged: 0,
    warnings: 1,
    rejects_file: report.rejects_file,
    settings: { blank: 'keep', defaults: {}, delimiter: null },
    database_user: setting.server.target.user,
    tool_version: manifest.version,
    source: null,
    snapshot: false,
    deactivated: 0,
    outcome: 'done',
    code: null,
    message: null,
    exit_code: 3,
  });
});

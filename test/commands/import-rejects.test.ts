import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { csv, customerRow, readCsv, readCsvRows } from '../support/csv.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import { buildTool, startTool } from '../support/tool.ts';

let setting: ImportSetting;
beforeAll(async () => {
  [setting] = await Promise.all([importSetting(), buildTool()]);
});
afterAll(() => setting.close());

const good = customerRow({ erp_customer_number: 'good', name: 'Good' });
const bad = customerRow({ erp_customer_number: 'bad', name: 'Bad', default_currency: 'EURX' });

function fileOf(failed: number, total: number): string {
  return csv(
    Array.from({ length: total }, (_, index) =>
      index < failed
        ? { ...bad, erp_customer_number: `b${index}` }
        : { ...good, erp_customer_number: `g${index}` },
    ),
  );
}

/** The records of a rejects file without the row and line they name. */
function withoutPlace(rejects: string): Record<string, string>[] {
  return readCsvRows(rejects).map((row) => ({ ...row, _row: '', _line: '' }));
}

describe('a bad row', () => {
  test('is rejected alone, with all its errors, and the others are imported', async () => {
    const org = await setting.newOrg();
    const { exitCode, report } = await setting.importText(
      org,
      csv([
        { ...good, erp_customer_number: '1' },
        {
          erp_customer_number: '1,23E+11',
          name: '',
          default_currency: 'EURX',
          default_language: 'Deusch',
          email: 'a@@b',
          billing_country: 'Tirol',
          contact_email: 'nobody',
          contact_is_primary: 'maybe',
        },
        { ...good, erp_customer_number: '2' },
      ]),
    );
    expect(exitCode).toBe(3);
    expect(report).toMatchObject({ ok: false, rows: 3, imported: 2, failed: 1, errors_total: 8 });
    expect(report.run_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(
      report.errors.map(({ row, line, column, code }: Record<string, unknown>) => [row, line, column, code]),
    ).toEqual([
      [3, 3, 'name', 'name_required'],
      [3, 3, 'default_currency', 'invalid_currency'],
      [3, 3, 'default_language', 'invalid_language'],
      [3, 3, 'erp_customer_number', 'spreadsheet_damage'],
      [3, 3, 'email', 'invalid_email'],
      [3, 3, 'billing_country', 'invalid_country'],
      [3, 3, 'contact_email', 'invalid_email'],
      [3, 3, 'contact_is_primary', 'invalid_boolean'],
    ]);
    expect(report.errors[1]).toEqual({
      row: 3,
      line: 3,
      column: 'default_currency',
      value: 'EURX',
      code: 'invalid_currency',
      error: '"EURX" is not an ISO 4217 code',
      hint: 'did you mean EUR?',
    });
    expect((await setting.stored(org)).map(({ erp_customer_number: number }) => number)).toEqual(['1', '2']);
  });

  test.for([
    ['too few cells', 'X,EUR', 'too_few_cells'],
    ['too many cells', 'X,EUR,de,1', 'too_many_cells'],
    ['a quote in a cell', 'X"Y,EUR,de', 'stray_quote'],
    ['text behind a quote', '"X"Y,EUR,de', 'text_after_quote'],
    ['a NUL', 'X\0,EUR,de', 'forbidden_character'],
    ['a lost character', 'M\ufffdller,EUR,de', 'replacement_character'],
    ['text decoded twice', 'MÃ¼ller,EUR,de', 'decoded_twice'],
    ['half a character', Buffer.from('X\xff,EUR,de', 'latin1'), 'invalid_encoding'],
  ] as const)('is rejected by name and line: %s', async ([, line, code]) => {
    const org = await setting.newOrg();
    const text = Buffer.concat([
      Buffer.from('name,default_currency,default_language\n"Zwei\nZeilen",EUR,de\nÄ,EUR,de\n'),
      Buffer.from(line as string),
      Buffer.from('\nB,EUR,de\n'),
    ]);
    const { exitCode, report } = await setting.importText(org, text, { flags: ['--no-rejects'] });
    expect(exitCode).toBe(3);
    // The name with a line break in it is refused too: a name stands on one line.
    expect(report).toMatchObject({ rows: 4, imported: 2, failed: 2 });
    expect(report.errors[0]).toMatchObject({ row: 2, line: 2, column: 'name' });
    expect(report.errors[1]).toMatchObject({ row: 4, line: 5, code });
    expect(await setting.stored(org)).toMatchObject([{ name: 'B' }, { name: 'Ä' }]);
  });

  test('with an unclosed quote swallows no following row', async () => {
    const org = await setting.newOrg();
    const { report } = await setting.importText(
      org,
      'name,default_currency,default_language\nA,EUR,de\n"B,EUR,de\nC,EUR,de\nD,EUR,de\n',
    );
    expect(report).toMatchObject({ rows: 4, imported: 3, failed: 1 });
    expect(report.errors).toMatchObject([{ row: 3, line: 3, code: 'unclosed_quote' }]);
    expect(await setting.stored(org)).toMatchObject([{ name: 'A' }, { name: 'C' }, { name: 'D' }]);
  });

  test('is counted though only a thousand errors are listed', async () => {
    const org = await setting.newOrg();
    const rows = Array.from({ length: 1500 }, (_, index) => ({ ...bad, name: `N${index}`, email: '@' }));
    const { report } = await setting.importText(org, csv([good, ...rows]));
    expect(report).toMatchObject({ rows: 1501, imported: 1, failed: 1500, errors_total: 3000 });
    expect(report.errors).toHaveLength(1000);
    const rejects = readCsvRows(await setting.file(path.basename(report.rejects_file)));
    expect(rejects).toHaveLength(1500);
  });

  test('shows long values cut', async () => {
    const org = await setting.newOrg();
    const { report } = await setting.importText(org, csv([{ ...good, name: 'x'.repeat(5000) }]));
    expect(report.errors[0].value).toHaveLength(200);
    expect(report.errors[0]).toMatchObject({ column: 'name', code: 'too_long' });
  });
});

describe('the error budget', () => {
  test.for([
    [['--max-errors', '0'], 0, 4, true],
    [['--max-errors', '0'], 1, 4, false],
    [['--atomic'], 0, 4, true],
    [['--atomic'], 1, 4, false],
    [['--max-errors', '2'], 2, 4, true],
    [['--max-errors', '2'], 3, 4, false],
    [['--max-errors', '50%'], 2, 4, true],
    [['--max-errors', '50%'], 3, 4, false],
    [['--max-errors', '0.5%'], 1, 200, true],
    [['--max-errors', '0.5%'], 2, 200, false],
    [['--max-errors', '0%'], 1, 200, false],
    [['--max-errors', '100%'], 4, 4, true],
    [[], 4, 4, true],
  ] as const)('%j, %i of %i rows rejected: written is %s', async ([flags, failed, total, written]) => {
    const org = await setting.newOrg();
    const { exitCode, report } = await setting.importText(org, fileOf(failed, total), {
      flags: [...flags, '--no-rejects'],
    });
    expect(exitCode).toBe(written ? (failed === 0 ? 0 : 3) : 6);
    expect(await setting.stored(org)).toHaveLength(written ? total - failed : 0);
    expect(report).toMatchObject({ ok: failed === 0, rows: total, imported: total - failed, failed });
    expect(report.run_id === null).toBe(!written);
    const before = await setting.versions(org);
    // The org itself, the customers and the ledger's line.
    expect(before).toHaveLength(written ? 1 + total - failed + 1 : 1);
  });

  test('that is exceeded is reported in the same document, with the error', async () => {
    const org = await setting.newOrg();
    const { exitCode, report, stderr } = await setting.importText(org, csv([good, bad, bad]), {
      flags: ['--max-errors', '50%'],
    });
    expect(exitCode).toBe(6);
    expect(report).toMatchObject({
      ok: false,
      run_id: null,
      failed: 2,
      errors_total: 2,
      error: {
        code: 'over_error_budget',
        message: '2 of 3 rows were rejected, more than --max-errors 50% allows: nothing was written',
        hint: 'fix the rejected rows, or allow more with --max-errors',
      },
    });
    // The rejected rows are there to be mended all the same.
    expect(readCsvRows(await setting.file(path.basename(report.rejects_file)))).toHaveLength(2);
    expect(stderr).not.toContain('hint');
  });

  test.for(['-1', '1.5', '101%', 'some', '', '1 %%'])('--max-errors %j is a usage error', async (text) => {
    const org = await setting.newOrg();
    const { exitCode, report } = await setting.importText(org, csv([good]), {
      flags: [`--max-errors=${text}`],
    });
    expect([exitCode, report.error?.code]).toEqual([2, 'usage']);
    expect(await setting.stored(org)).toEqual([]);
  });

  test('--atomic beside --max-errors is a usage error', async () => {
    const org = await setting.newOrg();
    const { exitCode } = await setting.importText(org, csv([good]), {
      flags: ['--atomic', '--max-errors', '1'],
    });
    expect(exitCode).toBe(2);
  });
});

describe('the rejects file', () => {
  test('holds the rejected records as they stood, and why', async () => {
    const org = await setting.newOrg();
    const text = [
      'Name;ERP-Customer-Number;default currency;DEFAULT_LANGUAGE;notes;Unbekannt',
      'Gut;1;EUR;de;;',
      ' Müller ;"a;b"; eurx ;de;"zwei\nZeilen ""hier""";x',
      'Kurz;2',
      '"offen;3;EUR;de;;',
      '',
    ].join('\r\n');
    const { report } = await setting.importText(org, text, { name: 'kunden.csv' });
    expect(report.rejects_file).toBe(path.join(setting.directory, `kunden.csv.${org.slug}.rejected.csv`));
    const records = readCsv(await setting.file(`kunden.csv.${org.slug}.rejected.csv`), ';');
    expect(records[0]?.join(' ')).toBe(
      'Name ERP-Customer-Number default currency DEFAULT_LANGUAGE notes Unbekannt _row _line _column _code _error',
    );
    expect(records[1]?.slice(0, 6)).toEqual([' Müller ', 'a;b', ' eurx ', 'de', 'zwei\nZeilen "hier"', 'x']);
    expect(records[1]?.slice(6)).toEqual([
      '3',
      '3',
      'default currency',
      'invalid_currency',
      'default currency: "eurx" is not an ISO 4217 code; did you mean EUR?',
    ]);
    expect(records[2]?.slice(0, 2)).toEqual(['Kurz', '2']);
    expect(records[2]?.slice(-5, -1)).toEqual(['4', '5', '', 'too_few_cells']);
    expect(records[3]?.[0]).toBe('"offen;3;EUR;de;;');
    expect(records[3]?.slice(-5, -1)).toEqual(['5', '6', '', 'unclosed_quote']);
    expect(records).toHaveLength(4);
  });

  test('corrected and imported adds the rest, and then nothing is left to do', async () => {
    const org = await setting.newOrg();
    const rows = [good, bad, { ...bad, erp_customer_number: 'worse', name: '', email: 'x@x.example' }];
    const first = await setting.importText(org, csv(rows), { name: 'round.csv' });
    expect(first.report).toMatchObject({ imported: 1, failed: 2 });
    const rejects = await setting.file(`round.csv.${org.slug}.rejected.csv`);
    const mended = rejects.replaceAll('EURX', 'EUR').replace(/^,|(?<=\n),/gm, 'Named,');
    const second = await setting.importText(org, mended, { name: 'mended.csv' });
    expect(second).toMatchObject({ exitCode: 0, report: { rows: 2, imported: 2, failed: 0, warnings: [] } });
    expect(await setting.files()).not.toContain(`mended.csv.${org.slug}.rejected.csv`);
    const whole = await setting.importText(
      org,
      csv(rows.map((row) => ({ ...row, name: row.name || 'Named', default_currency: 'EUR' }))),
    );
    expect(whole.report).toMatchObject({ rows: 3, unchanged: 3 });
  });

  test('imported unmended is rejected again, with the columns of the first time replaced', async () => {
    const org = await setting.newOrg();
    const text = csv([good, { ...bad, notes: "'=1+1" }, { ...bad, notes: '+43 1 234' }]);
    await setting.importText(org, text, { name: 'again.csv' });
    const once = await setting.file(`again.csv.${org.slug}.rejected.csv`);
    const second = await setting.importText(org, null, { name: `again.csv.${org.slug}.rejected.csv` });
    expect(second.report).toMatchObject({ rows: 2, failed: 2, warnings: [] });
    const twice = await setting.file(`again.csv.${org.slug}.rejected.csv.${org.slug}.rejected.csv`);
    expect(readCsv(twice)[0]).toEqual(readCsv(once)[0]);
    expect(withoutPlace(twice)).toEqual(withoutPlace(once));
    expect(readCsvRows(twice).map(({ _row: row }) => row)).toEqual(['2', '3']);
    const mended = await setting.importText(org, twice.replaceAll('EURX', 'EUR'), { name: 'thrice.csv' });
    expect(mended.report).toMatchObject({ rows: 2, imported: 1, superseded: 1, failed: 0 });
    expect(await setting.stored(org)).toMatchObject([{ notes: '+43 1 234' }, { name: 'Good' }]);
  });

  test('cells that a spreadsheet would run are made harmless, and come back as they were', async () => {
    const org = await setting.newOrg();
    const notes = [
      '=HYPERLINK("http://x.example";"y")',
      '+43 1 234',
      '-1+1',
      '@SUM(A1)',
      "'=quoted",
      "''@",
      "'n Abend",
    ];
    const rows = notes.map((note, index) => ({ ...bad, erp_customer_number: `f${index}`, notes: note }));
    await setting.importText(org, csv(rows), { name: 'formula.csv' });
    const rejects = await setting.file(`formula.csv.${org.slug}.rejected.csv`);
    expect(readCsvRows(rejects).map((row) => row['notes'])).toEqual([
      '\'=HYPERLINK("http://x.example";"y")',
      "'+43 1 234",
      "'-1+1",
      "'@SUM(A1)",
      "''=quoted",
      "'''@",
      "'n Abend",
    ]);
    for (const cell of readCsv(rejects).flat()) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
    const mended = await setting.importText(org, rejects.replaceAll('EURX', 'EUR'), { name: 'f2.csv' });
    expect(mended.report).toMatchObject({ imported: notes.length, failed: 0 });
    expect((await setting.stored(org)).map((customer) => customer.notes)).toEqual(notes);
  });

  test('a header that a spreadsheet would run is made harmless too', async () => {
    const org = await setting.newOrg();
    const text = 'name,default_currency,default_language,"=cmd|\' /C calc\'!A0"\nX,EURX,de,1\n';
    await setting.importText(org, text, { name: 'header.csv' });
    const [header] = readCsv(await setting.file(`header.csv.${org.slug}.rejected.csv`));
    for (const cell of header ?? []) expect(cell).not.toMatch(/^[=+\-@\t\r]/);
  });

  test('keeps bytes that are not UTF-8 as they were', async () => {
    const org = await setting.newOrg();
    const text = Buffer.concat([
      Buffer.from('name,default_currency,default_language\nÄ,EUR,de\nÖ,EUR,de\n'),
      Buffer.from('M\xfcller,EUR,de\n', 'latin1'),
    ]);
    await setting.importText(org, text, { name: 'bytes.csv' });
    const rejects = await readFile(path.join(setting.directory, `bytes.csv.${org.slug}.rejected.csv`));
    expect(rejects.includes(Buffer.from('\nM\xfcller,EUR,de,4,4,', 'latin1'))).toBe(true);
  });

  test.for([
    ['tab', '\t'],
    ['pipe', '|'],
    ['semicolon', ';'],
  ])('has the delimiter of the file: %s', async ([name, delimiter]) => {
    const org = await setting.newOrg();
    await setting.importText(org, csv([good, bad], delimiter), { name: `${name}.csv` });
    const rejects = readCsvRows(await setting.file(`${name}.csv.${org.slug}.rejected.csv`), delimiter);
    expect(rejects).toMatchObject([{ name: 'Bad', _code: 'invalid_currency' }]);
  });

  test('of standard input is stdin.ORG.rejected.csv, of a gzip file it is plain text', async () => {
    const org = await setting.newOrg();
    const text = csv([good, bad]);
    await setting.importText(org, gzipSync(text), { name: 'packed.csv.gz' });
    expect(readCsvRows(await setting.file(`packed.csv.gz.${org.slug}.rejected.csv`))).toHaveLength(1);
    const piped = await setting.importText(org, null, { name: '-', stdin: text });
    expect(piped.report.rejects_file).toBe(path.join(setting.directory, `stdin.${org.slug}.rejected.csv`));
    expect(readCsvRows(await setting.file(`stdin.${org.slug}.rejected.csv`))).toHaveLength(1);
  });

  test('of two organizations in one directory are two, each named by its slug', async () => {
    const orgs = [await setting.newOrg(), await setting.newOrg()];
    for (const [index, org] of orgs.entries()) {
      const rows = csv([{ ...bad, name: `Bad ${index}` }]);
      // The second by its id.
      const { report } = await setting.importText({ slug: index === 0 ? org.slug : org.id }, rows, {
        name: 'shared.csv',
      });
      expect(path.basename(report.rejects_file)).toBe(`shared.csv.${org.slug}.rejected.csv`);
    }
    for (const [index, org] of orgs.entries()) {
      const rejects = readCsvRows(await setting.file(`shared.csv.${org.slug}.rejected.csv`));
      expect(rejects).toMatchObject([{ name: `Bad ${index}` }]);
    }
  });

  test('goes to --rejects PATH, is not written with --no-rejects, and not when nothing was rejected', async () => {
    const org = await setting.newOrg();
    await mkdir(path.join(setting.directory, 'other'));
    const named = await setting.importText(org, csv([good, bad]), {
      name: 'where.csv',
      flags: ['--rejects', 'other/r.csv'],
    });
    expect(named.report.rejects_file).toBe(path.join(setting.directory, 'other/r.csv'));
    const none = await setting.importText(org, csv([good, bad]), {
      name: 'where.csv',
      flags: ['--no-rejects'],
    });
    expect(none.report).toMatchObject({ failed: 1, rejects_file: null });
    const all = await setting.importText(org, csv([good]), { name: 'where.csv' });
    expect(all.report.rejects_file).toBe(null);
    expect((await setting.files()).filter((name) => name.includes('where'))).toEqual(['where.csv']);
  });

  test('takes the place of an older one, and never of the file itself', async () => {
    const org = await setting.newOrg();
    await writeFile(path.join(setting.directory, `old.csv.${org.slug}.rejected.csv`), 'old');
    await setting.importText(org, csv([good, bad]), { name: 'old.csv' });
    expect(await setting.file(`old.csv.${org.slug}.rejected.csv`)).toMatch(/^name,/);
    const { exitCode } = await setting.importText(org, csv([good, bad]), {
      name: 'old.csv',
      flags: ['--rejects', './other/../old.csv'],
    });
    expect(exitCode).toBe(2);
    expect(await setting.file('old.csv')).toBe(csv([good, bad]));
  });

  test('leaves no temporary file behind', async () => {
    expect((await setting.files()).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});

describe('a rejects file that cannot be written', () => {
  const many = csv([good, ...Array.from({ length: 2000 }, () => bad)]);

  test.for([
    ['the directory is not there', async (): Promise<string> => 'missing/r.csv'],
    ['nobody may write to the directory', async (): Promise<string> => '/proc/r.csv'],
    [
      'the directory is a file',
      async (directory: string): Promise<string> => {
        await writeFile(path.join(directory, 'file'), '');
        return 'file/r.csv';
      },
    ],
    [
      'the path is a directory',
      async (directory: string): Promise<string> => {
        await mkdir(path.join(directory, 'taken'));
        return 'taken';
      },
    ],
    [
      'the path is a device',
      async (directory: string): Promise<string> => {
        // Through a link, so that whatever takes its place, the device itself stays.
        await symlink('/dev/full', path.join(directory, 'full'));
        return 'full';
      },
    ],
  ] as const)('writes nothing to the database: %s', async ([, make]) => {
    const org = await setting.newOrg();
    const target = await make(setting.directory);
    for (const text of [csv([good, bad]), many]) {
      const { exitCode, report } = await setting.importText(org, text, { flags: ['--rejects', target] });
      expect(exitCode).toBe(5);
      expect(report).toMatchObject({ ok: false, error: { code: 'rejects_unwritable' } });
      expect(report.error.message).toContain(target);
      expect(report.error.hint).toContain('--no-rejects');
      expect(await setting.versions(org)).toHaveLength(1);
      expect((await setting.files()).filter((name) => name.startsWith('.'))).toEqual([]);
    }
  });

  test('writes nothing to the database: the disk is full', async () => {
    // What still fits must not pass for the whole, be it written in one piece or in several.
    for (const [index, text] of [csv([good, ...Array.from({ length: 200 }, () => bad)]), many].entries()) {
      const org = await setting.newOrg();
      await writeFile(path.join(setting.directory, `full${index}.csv`), text);
      const child = startTool(['import', `full${index}.csv`, '--org', org.slug, '--json'], {
        database: setting.server,
        cwd: setting.directory,
        largestFile: 8192,
      });
      const { exitCode, stdout } = await child.ended;
      expect(exitCode).toBe(5);
      expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code: 'rejects_unwritable' } });
      expect(await setting.versions(org)).toHaveLength(1);
      expect((await setting.files()).filter((name) => /^\.|full.*rejected/.test(name))).toEqual([]);
    }
  });

  test('does not matter as long as nothing is rejected', async () => {
    const org = await setting.newOrg();
    const { exitCode } = await setting.importText(org, csv([good]), {
      flags: ['--rejects', 'missing/r.csv'],
    });
    expect(exitCode).toBe(0);
    expect(await setting.stored(org)).toHaveLength(1);
  });
});

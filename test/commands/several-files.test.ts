import { execFileSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { link, mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import type { CsvRow } from '../support/csv.ts';
import { csv, customerRow, readCsv } from '../support/csv.ts';
import type { ImportRunResult, ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import { run } from '../support/run.ts';
import { workbookOf } from '../support/workbook.ts';

let setting: ImportSetting;
let org: Organization;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());
beforeEach(async () => {
  org = await setting.newOrg();
});

const nightly = ['--source', 'erp', '--snapshot'];
const place = (name: string) => path.join(setting.directory, name);

const customer = (number: number | string, fields: CsvRow = {}): CsvRow =>
  customerRow({ erp_customer_number: number, name: `Kunde ${number}`, notes: 'alt', ...fields });
const customers = (first: number, last: number): CsvRow[] =>
  Array.from({ length: last - first + 1 }, (_, index) => customer(first + index));

/** Writes the files and imports them in their order, with `--json`. */
async function importFiles(
  files: Record<string, CsvRow[] | string | Buffer>,
  flags: string[] = [],
): Promise<ImportRunResult> {
  for (const [name, rows] of Object.entries(files)) {
    await writeFile(place(name), Array.isArray(rows) ? csv(rows) : rows);
  }
  return importAgain(Object.keys(files), flags);
}

async function importAgain(
  names: string[],
  flags: string[] = [],
  options: { stdin?: string; signal?: AbortSignal } = {},
): Promise<ImportRunResult> {
  const argv = ['import', ...names, '--org', org.slug, '--json', ...flags];
  const result = await run(argv, { database: setting.server, cwd: setting.directory, ...options });
  return { ...result, report: result.json() };
}

async function active(): Promise<string[]> {
  const stored = await setting.stored(org);
  return stored.filter((found) => found.is_active).map((found) => found.erp_customer_number as string);
}

describe('several files', () => {
  test('are one snapshot: one run, and what no file has is deactivated', async () => {
    const first = await importFiles({ 'a.csv': customers(1, 20), 'b.csv': customers(21, 40) }, nightly);
    expect(first).toMatchObject({ exitCode: 0, report: { rows: 40, imported: 40, file: 'a.csv, b.csv' } });
    expect(first.report.files).toEqual([
      { file: 'a.csv', rows: 20, failed: 0, rejects_file: null },
      { file: 'b.csv', rows: 20, failed: 0, rejects_file: null },
    ]);
    const second = await importFiles({ 'a.csv': customers(2, 20), 'b.csv': customers(21, 39) }, nightly);
    expect(second).toMatchObject({ exitCode: 0, report: { deactivated: 2, unchanged: 38 } });
    expect(await active()).toHaveLength(38);
    const runs = (
      await run(['runs', 'list', '--org', org.slug, '--json'], { database: setting.server })
    ).json();
    expect(runs.total).toBe(2);
    expect(runs.items[0]).toMatchObject({
      file: 'a.csv, b.csv',
      rows: 38,
      snapshot: true,
      settings: { files: ['a.csv', 'b.csv'] },
    });
  });

  test('are held against one set of guards', async () => {
    await importFiles({ 'a.csv': customers(1, 20), 'b.csv': customers(21, 40) }, nightly);
    const { exitCode, report } = await importFiles(
      { 'a.csv': customers(4, 20), 'b.csv': customers(24, 40) },
      nightly,
    );
    expect(exitCode).toBe(5);
    expect(report.error.code).toBe('guard_exceeded');
    expect(report.guards).toMatchObject([
      { name: 'rows', count: 34, limit: 36 },
      { name: 'deactivations', count: 6, limit: 5 },
    ]);
    expect(await active()).toHaveLength(40);
  });

  test('may have their columns in another order and under other names, each its own encoding and kind', async () => {
    const rows = [
      ['Kundennummer', 'Firma', 'Notiz', 'Währung', 'Sprache'],
      ['3', 'Müller', 'x', 'EUR', 'de-DE'],
    ];
    const { exitCode, report } = await importFiles(
      {
        'a.csv': 'erp_customer_number,name,default_currency,default_language,notes\n1,Käufer,EUR,de-DE,x\n',
        'b.csv': Buffer.from(
          '\ufeffnotes;name;default_language;default_currency;erp_customer_number\r\nx;Größe;de-DE;EUR;2\r\n',
          'utf16le',
        ),
        'c.xlsx': workbookOf(rows),
        'd.csv': Buffer.from(
          'name\tKundennr\tnotes\tdefault_currency\tdefault_language\nB\xe4r\t4\tx\tEUR\tde-DE\n',
          'latin1',
        ),
      },
      nightly,
    );
    expect({ exitCode, ...report }).toMatchObject({ exitCode: 0, imported: 4, warnings: [] });
    expect((await setting.stored(org)).map(({ name }) => name)).toEqual(['Käufer', 'Größe', 'Müller', 'Bär']);
  });

  test.for([
    ['a column less', { notes: undefined }, 'only in a.csv: notes ("notes")'],
    ['a column more', { billing_city: 'Köln' }, 'only in b.csv: billing_city ("billing_city")'],
  ] as [string, CsvRow, string][])('with %s are refused', async ([, fields, said]) => {
    const other = customers(3, 4).map(({ notes, ...row }) =>
      'notes' in fields ? row : { ...row, notes, ...fields },
    );
    await importFiles({ 'a.csv': customers(1, 4) });
    const before = await setting.versions(org);
    for (const flags of [[], nightly, ['--dry-run']]) {
      const { exitCode, report } = await importFiles({ 'a.csv': customers(1, 2), 'b.csv': other }, flags);
      expect(exitCode).toBe(5);
      expect(report.error).toMatchObject({ code: 'columns_differ', message: expect.stringContaining(said) });
    }
    expect(await setting.versions(org)).toEqual(before);
  });

  test('of which one has a blank is_active are refused, for its customers would be deactivated', async () => {
    const saying = customers(1, 3).map((row) => ({ ...row, is_active: 'yes' }));
    const silent = customers(4, 6).map((row) => ({ ...row, is_active: '' }));
    const { exitCode, report } = await importFiles({ 'a.csv': saying, 'b.csv': silent });
    expect({ exitCode, code: report.error.code }).toEqual({ exitCode: 5, code: 'columns_differ' });
    expect(
      await importFiles({
        'a.csv': silent,
        'b.csv': customers(7, 8).map((row) => ({ ...row, is_active: '' })),
      }),
    ).toMatchObject({ exitCode: 0 });
    expect(await active()).toHaveLength(5);
  });

  test('are written completely or not at all: one that is missing, empty or without rows refuses the run', async () => {
    await importFiles({ 'a.csv': customers(1, 5), 'b.csv': customers(6, 10) }, nightly);
    const before = await setting.versions(org);
    await rm(place('b.csv'));
    const header = csv(customers(1, 1)).split('\n')[0] as string;
    expect(await importAgain(['a.csv', 'b.csv'], nightly)).toMatchObject({
      exitCode: 2,
      report: { error: { code: 'file_not_found', message: 'file not found: b.csv' } },
    });
    for (const [text, code] of [
      ['', 'empty_file'],
      [`${header}\n`, 'no_rows'],
    ] as const) {
      for (const names of [
        ['a.csv', 'b.csv'],
        ['b.csv', 'a.csv'],
      ]) {
        await writeFile(place('b.csv'), text);
        const { exitCode, report } = await importAgain(names, nightly);
        expect({ exitCode, code: report.error.code }).toEqual({ exitCode: 5, code });
        expect(report.error.message).toContain('b.csv');
      }
    }
    expect(await setting.versions(org)).toEqual(before);
  });

  test('of changes may be without rows where that is allowed', async () => {
    const header = csv(customers(1, 1)).split('\n')[0] as string;
    const files = { 'a.csv': customers(1, 2), 'b.csv': `${header}\n` };
    expect(await importFiles(files)).toMatchObject({ exitCode: 5, report: { error: { code: 'no_rows' } } });
    expect(await importFiles(files, ['--allow', 'rows=0'])).toMatchObject({
      exitCode: 0,
      report: { imported: 2 },
    });
  });

  test('name the file of each message', async () => {
    const long = customer(7, { name: 'Ä\nÖ' });
    const files = {
      'a.csv': [customer(1), customer(2, { default_currency: 'EURX' }), customer(9)],
      'b.csv': [long, customer(8, { default_language: 'xx-yy-zz' }), customer(1, { notes: 'neu' })],
    };
    const { exitCode, report, stderr } = await importFiles(files);
    expect(exitCode).toBe(3);
    expect(report.errors).toMatchObject([
      { file: 'a.csv', row: 3, line: 3, code: 'invalid_currency' },
      { file: 'b.csv', row: 2, line: 2, code: 'control_character' },
      { file: 'b.csv', row: 3, line: 4, code: 'invalid_language' },
    ]);
    expect(report.warnings).toMatchObject([
      {
        file: 'a.csv',
        row: 2,
        code: 'superseded',
        warning: expect.stringContaining('row 2 of a.csv and row 4 of b.csv have the ERP number "1"'),
      },
    ]);
    expect(stderr).not.toContain('row 3 ');
    const argv = ['import', 'a.csv', 'b.csv', '--org', org.slug, '--dry-run'];
    const told = await run(argv, { database: setting.server, cwd: setting.directory });
    expect(told.stderr).toContain('! a.csv:3, default_currency: "EURX"');
    expect(told.stderr).toContain('! b.csv:4 (row 3), default_language: ');
    expect((await setting.stored(org)).map(({ notes }) => notes)).toEqual(['neu', 'alt']);
  });

  test('of which rows only the database can refuse are named, too', async () => {
    await importFiles({ 'old.csv': [customer('0001'), customer('0002')] });
    const files = {
      'a.csv': [customer(5), customer(1)],
      'b.csv': [customer(6), customer(2), customer('', { name: 'Kunde 5' })],
    };
    const { report } = await importFiles(files);
    expect(report.errors).toMatchObject([
      { file: 'a.csv', row: 3, code: 'lost_leading_zeros' },
      { file: 'b.csv', row: 3, code: 'lost_leading_zeros' },
      {
        file: 'b.csv',
        row: 4,
        code: 'possible_duplicate',
        error: expect.stringContaining('row 2 of a.csv has'),
      },
    ]);
    expect(report).toMatchObject({ rows: 5, imported: 2, failed: 3 });
    expect(report.files.map(({ failed }: { failed: number }) => failed)).toEqual([1, 2]);
    const rejected = readCsv(await setting.file(path.basename(report.files[1].rejects_file)));
    expect(rejected.map((cells) => cells.slice(-5, -1))).toEqual([
      ['_row', '_line', '_column', '_code'],
      ['3', '3', 'erp_customer_number', 'lost_leading_zeros'],
      ['4', '4', 'name', 'possible_duplicate'],
    ]);
    const without = await importFiles(files, ['--no-rejects', '--dry-run']);
    expect(without.report.errors).toMatchObject([{ row: 3 }, { row: 3 }, { row: 4 }]);
  });

  test('have a file of rejected rows each, which can be imported again', async () => {
    await mkdir(place('x'), { recursive: true });
    const bad = { default_currency: 'EURX' };
    const semicolons = csv([customer(3, { ...bad, name: 'Größe' })]).replaceAll(',', ';');
    const files = {
      'a.csv': [customer(1), customer(2, bad)],
      'x/a.csv': Buffer.from(semicolons, 'latin1'),
    };
    const { report, exitCode } = await importFiles(files, [...nightly, '--encoding', 'windows-1252']);
    expect(exitCode).toBe(3);
    const paths: string[] = report.files.map((file: { rejects_file: string }) =>
      path.basename(file.rejects_file),
    );
    expect(paths).toEqual([`a.csv.${org.slug}.rejected.csv`, `a.csv.2.${org.slug}.rejected.csv`]);
    expect(report.rejects_file).toBe(place(paths[0] as string));
    for (const name of paths) await writeFile(place(name), (await setting.file(name)).replace('EURX', 'EUR'));
    const again = await importAgain(paths, ['--encoding', 'windows-1252']);
    expect(again).toMatchObject({ exitCode: 0, report: { imported: 2, failed: 0 } });
  });

  test('with --rejects have them in that directory', async () => {
    await mkdir(place('rejects'), { recursive: true });
    const bad = [customer(2, { default_currency: 'EURX' })];
    const { report } = await importFiles({ 'a.csv': bad, 'b.csv': customers(3, 4) }, [
      '--rejects',
      'rejects',
    ]);
    expect(report.rejects_file).toBe(place(`rejects/a.csv.${org.slug}.rejected.csv`));
    const refused = await importAgain(['a.csv', 'b.csv'], ['--rejects', 'rejects.csv']);
    expect(refused).toMatchObject({ exitCode: 2, report: { error: { code: 'usage' } } });
  });
});

test('a file of rejected rows among them is not overwritten', async () => {
  const bad = [customer(2, { default_currency: 'EURX' })];
  const name = `a.csv.${org.slug}.rejected.csv`;
  const { exitCode, report } = await importFiles({ 'a.csv': bad, [name]: customers(3, 4) });
  expect({ exitCode, ...report.error }).toMatchObject({
    exitCode: 2,
    message: 'the rejects file would take the place of the file itself',
  });
  expect(await setting.file(name)).toBe(csv(customers(3, 4)));
});

test.for([
  ['--changes-to', ['b.csv']],
  ['--report-to', ['./b.csv']],
  ['--plan-to', ['b.csv']],
  ['--metrics-to', ['b.csv', '--source', 'erp']],
  ['--changes-to', ['done.txt', '--done', 'done.txt']],
] as [string, string[]][])('%s %s is refused: it would replace what is read', async ([flag, words]) => {
  await writeFile(place('done.txt'), 'ready');
  const { exitCode, report } = await importFiles({ 'a.csv': customers(1, 2), 'b.csv': customers(3, 4) }, [
    flag,
    ...words,
  ]);
  expect({ exitCode, ...report.error }).toMatchObject({
    exitCode: 2,
    message: `${flag} would replace ${words[0]}, which the import reads`,
  });
  expect(await setting.file('b.csv')).toBe(csv(customers(3, 4)));
  expect(await setting.file('done.txt')).toBe('ready');
});

test.for([
  ['--changes-to and --report-to', ['--changes-to', 'out', '--report-to', './out']],
  ['--rejects and --changes-to', ['--rejects', 'out', '--changes-to', 'out']],
] as [string, string[]][])('%s into the same file are refused', async ([flags, words]) => {
  const { exitCode, report } = await importFiles({ 'a.csv': customers(1, 2) }, words);
  expect({ exitCode, ...report.error }).toMatchObject({
    exitCode: 2,
    message: `${flags} would both write ${words.at(-1)}`,
  });
});

describe('the same file twice', () => {
  test.for([
    ['under its name', ['a.csv', 'a.csv'], 'a.csv is given twice'],
    ['under another path', ['a.csv', './a.csv'], 'a.csv and ./a.csv are the same file'],
    ['by a link', ['a.csv', 'link.csv'], 'a.csv and link.csv are the same file'],
    ['by a hard link', ['a.csv', 'hard.csv'], 'a.csv and hard.csv are the same file'],
    ['as standard input', ['-', 'a.csv', '-'], '- is given twice'],
    ['as standard input by two names', ['-', '/dev/stdin'], '- and /dev/stdin are the same file'],
  ] as [string, string[], string][])('%s is a mistake', async ([, names, message]) => {
    await writeFile(place('a.csv'), csv(customers(1, 3)));
    await symlink('a.csv', place('link.csv')).catch(() => {});
    await link(place('a.csv'), place('hard.csv')).catch(() => {});
    const { exitCode, report } = await importAgain(names, [], { stdin: csv(customers(4, 5)) });
    expect({ exitCode, ...report.error }).toMatchObject({ exitCode: 2, code: 'usage', message });
  });

  test.for([
    ['under another name', ['a.csv', 'copy.csv'], 'a.csv and copy.csv'],
    ['by standard input', ['-', 'a.csv'], 'stdin and a.csv'],
    ['packed', ['a.csv.gz', 'other.csv', 'a.csv'], 'a.csv.gz and a.csv'],
    ['packed otherwise', ['a.csv.gz', 'fast.csv.gz'], 'a.csv.gz and fast.csv.gz'],
  ] as [string, string[], string][])('with the same bytes %s is refused', async ([, names, which]) => {
    const text = csv(customers(1, 4000));
    await writeFile(place('a.csv'), text);
    await writeFile(place('copy.csv'), text);
    await writeFile(place('other.csv'), `${text.slice(0, -5)}other`);
    await writeFile(place('a.csv.gz'), gzipSync(text));
    await writeFile(place('fast.csv.gz'), gzipSync(text, { level: 1 }));
    const { exitCode, report } = await importAgain(names, [], { stdin: text });
    expect({ exitCode, ...report.error }).toMatchObject({
      exitCode: 5,
      code: 'refused',
      message: `${which} have the same content`,
    });
  });
});

describe('standard input and pipes', () => {
  test('can be one of them', async () => {
    await writeFile(place('a.csv'), csv(customers(1, 3)));
    const flags = [...nightly, '--expect-rows', '5'];
    const { exitCode, report } = await importAgain(['a.csv', '-'], flags, { stdin: csv(customers(4, 5)) });
    expect({ exitCode, ...report }).toMatchObject({ exitCode: 0, file: 'a.csv, stdin', imported: 5 });
    const other = await importAgain(['-', 'a.csv'], nightly, { stdin: csv(customers(4, 5)) });
    expect(other).toMatchObject({ exitCode: 2, report: { error: { code: 'usage' } } });
    const fewer = await importAgain(['-', 'a.csv'], flags, { stdin: csv(customers(4, 4)) });
    expect(fewer.report.error).toMatchObject({
      code: 'row_count_differs',
      message: 'stdin, a.csv have 4 rows, and --expect-rows is 5',
    });
  });

  test('can be named pipes that one program writes one after the other', async () => {
    execFileSync('mkfifo', [place('one.fifo'), place('two.fifo')]);
    const many = csv(customers(1, 4000));
    const writing = (async () => {
      for (const [name, text] of [
        ['one.fifo', many],
        ['two.fifo', csv(customers(4001, 4002))],
      ] as const) {
        const stream = createWriteStream(place(name));
        await new Promise((resolve) => stream.end(text, () => resolve(undefined)));
      }
    })();
    const { exitCode, report } = await importAgain(['one.fifo', 'two.fifo']);
    expect({ exitCode, ...report }).toMatchObject({ exitCode: 0, imported: 4002 });
    await writing;
  });
});

/** Sets the files' times, in hours. */
async function writtenAt(hours: Record<string, number>): Promise<void> {
  for (const [name, hour] of Object.entries(hours)) {
    await utimes(place(name), 1_790_000_000 + hour * 3600, 1_790_000_000 + hour * 3600);
  }
}

/** The same customers with a contact each. */
const withContacts = (rows: CsvRow[]) =>
  rows.map((row) => ({ ...row, contact_email: `k${row['erp_customer_number']}@x.example` }));

describe('the state of several files', () => {
  const files = { 'a.csv': customers(1, 20), 'b.csv': customers(21, 40) };

  test('each is compared with the one of its name, or with the oldest', async () => {
    await importFiles(files);
    await writtenAt({ 'a.csv': 1, 'b.csv': 2 });
    expect(await importAgain(['a.csv', 'b.csv'], nightly)).toMatchObject({ exitCode: 0 });
    await writtenAt({ 'a.csv': 25 });
    expect(await importAgain(['a.csv', 'b.csv'], nightly)).toMatchObject({ exitCode: 0 });
    await writtenAt({ 'a.csv': 24 });
    const older = await importAgain(['b.csv', 'a.csv'], nightly);
    expect(older).toMatchObject({ exitCode: 5, report: { error: { code: 'older_file' } } });
    expect(older.report.error.message).toContain('a.csv was written at');
    await writeFile(place('c.csv'), csv(customers(1, 20)));
    await writtenAt({ 'c.csv': 3 });
    expect(await importAgain(['c.csv', 'b.csv'], nightly)).toMatchObject({ exitCode: 0 });
    await writtenAt({ 'b.csv': 1 });
    expect(await importAgain(['c.csv', 'b.csv'], nightly)).toMatchObject({ exitCode: 5 });
  });

  test('each must be young enough, and none younger than the file of --done', async () => {
    await importFiles(files);
    await writeFile(place('done'), '');
    await writtenAt({ 'a.csv': 5, 'b.csv': 1, done: 4 });
    const flags = [...nightly, '--done', 'done'];
    const late = await importAgain(['b.csv', 'a.csv'], flags);
    expect(late.report.error).toMatchObject({
      code: 'export_not_done',
      message: expect.stringContaining('is older than a.csv'),
    });
    await writtenAt({ done: 5 });
    expect(await importAgain(['b.csv', 'a.csv'], flags)).toMatchObject({ exitCode: 0 });
    await writeFile(place('a.csv'), csv(customers(1, 20)));
    const old = await importAgain(['a.csv', 'b.csv'], ['--max-file-age', '26h']);
    expect(old.report.error).toMatchObject({
      code: 'file_too_old',
      message: expect.stringMatching(/^b\.csv was last written/),
    });
  });

  test('a column that one of them no longer has is missed', async () => {
    const both = { 'a.csv': withContacts(customers(1, 20)), 'b.csv': withContacts(customers(21, 40)) };
    expect(await importFiles(both, nightly)).toMatchObject({ exitCode: 0 });
    const renamed = csv(withContacts(customers(21, 40))).replace('contact_email', 'kontakt');
    expect((await importFiles({ ...both, 'b.csv': renamed }, nightly)).report.error.code).toBe(
      'columns_differ',
    );
    const without = { 'a.csv': customers(1, 20), 'b.csv': customers(21, 40) };
    const changed = await importFiles(without, nightly);
    expect(changed.report.error).toMatchObject({
      code: 'columns_changed',
      message: expect.stringMatching(/^a\.csv lacks columns[^]*\nb\.csv lacks columns/),
    });
    const [, hash = ''] = /--accept-columns (\w+)/.exec(changed.report.error.hint) ?? [];
    expect(await importFiles(without, [...nightly, '--accept-columns', hash])).toMatchObject({ exitCode: 0 });
  });

  test('a last line without its end is missed in each', async () => {
    await importFiles(files, nightly);
    const cut = { ...files, 'b.csv': csv(customers(21, 40)).trimEnd() };
    const { report } = await importFiles(cut, nightly);
    expect(report.error).toMatchObject({
      code: 'no_final_line_break',
      message: expect.stringMatching(/^the last line of b\.csv/),
    });
  });

  test('--skip-if-unchanged knows them again, in their order', async () => {
    const flags = [...nightly, '--skip-if-unchanged'];
    await importFiles(files, flags);
    const names = Object.keys(files);
    expect((await importAgain(names, flags)).report).toMatchObject({
      skipped: true,
      rows: 40,
      unchanged: 40,
    });
    expect((await importAgain(names, flags)).report).toMatchObject({ skipped: true });
    expect((await importAgain(names.toReversed(), flags)).report.skipped).toBeUndefined();
    const other = await importFiles({ ...files, 'b.csv': customers(21, 41) }, flags);
    expect(other.report).toMatchObject({ imported: 1 });
    expect(other.report.skipped).toBeUndefined();
  });

  test('--settle watches all of them at once', async () => {
    await importFiles(files);
    const until = Date.now() + 1500;
    const touching = (async () => {
      while (Date.now() < until) await writeFile(place('b.csv'), csv(customers(21, 40)));
    })();
    expect(await importAgain(['a.csv', 'b.csv'], ['--settle', '1s'])).toMatchObject({ exitCode: 0 });
    expect(Date.now()).toBeGreaterThan(until);
    await touching;
  });
});

describe('what a run of several files writes', () => {
  const files = { 'a.csv': customers(1, 4), 'b.csv': customers(5, 8) };

  test('a dry run foretells it, and a plan holds for these files in this order', async () => {
    const dry = await importFiles(files, [...nightly, '--plan-to', 'p.plan', '--changes-to', 'c.ndjson']);
    expect(dry).toMatchObject({ exitCode: 0, report: { dry_run: true, imported: 8, changes_total: 8 } });
    expect((await setting.file('c.ndjson')).trim().split('\n')).toHaveLength(8);
    expect(await setting.stored(org)).toEqual([]);
    const swapped = await importAgain(['b.csv', 'a.csv'], [...nightly, '--plan', 'p.plan']);
    expect(swapped).toMatchObject({ exitCode: 5, report: { error: { code: 'plan_mismatch' } } });
    const planned = await importAgain(['a.csv', 'b.csv'], [...nightly, '--plan', 'p.plan']);
    expect(planned).toMatchObject({ exitCode: 0, report: { imported: 8, changes_total: 8 } });
  });

  test('the report and the metrics are of all of them', async () => {
    const bad = { ...files, 'b.csv': [customer(5), customer(6, { default_currency: 'EURX' })] };
    await importFiles(bad, [...nightly, '--report-to', 'r.html', '--metrics-to', 'm.prom']);
    const page = await setting.file('r.html');
    expect(page).toContain('a.csv, b.csv');
    expect(page).toContain('b.csv:3');
    expect(await setting.file('m.prom')).toMatch(/^orderflow_import_rows\{[^}]*\} 6$/m);
  });

  test('a mail names each file of rejected rows, with the command to run', async () => {
    const bad = { default_currency: 'EURX' };
    await importFiles({ 'a.csv': [customer(1, bad)], 'b.csv': [customer(2, bad)] }, ['--dry-run']);
    const argv = ['import', 'a.csv', 'b.csv', '--org', org.slug, '--quiet'];
    const { stdout, stderr } = await run(argv, { database: setting.server, cwd: setting.directory });
    expect(stdout).toBe('');
    for (const name of ['a.csv', 'b.csv']) {
      const file = `${name}.${org.slug}.rejected.csv`;
      expect(stderr).toContain(
        `next: fix ${file}, then run: orderflow-customers import ${file} --org ${org.slug}`,
      );
    }
  });

  test('a refused run is one attempt in the ledger, with all names', async () => {
    await importFiles({ 'a.csv': customers(1, 4), 'b.csv': 'name\n"' }, nightly);
    const attempts = await setting.database.query(sql`
      select file, outcome
      from customer_import_run
      where org_id = ${org.id}`);
    expect(attempts).toEqual([{ file: 'a.csv, b.csv', outcome: 'refused' }]);
  });

  test('an export of an unknown system among them is recognised by its name', async () => {
    const datev =
      'Konto;Name (Adressattyp Unternehmen);Name (Adressattyp natürl. Person);Ort;Postleitzahl\n10001;A;;B;1\n';
    const { exitCode, report } = await importFiles({ 'a.csv': customers(1, 4), 'b.csv': datev });
    expect(exitCode).toBe(5);
    expect(report.error.message).toContain('b.csv');
  });
});

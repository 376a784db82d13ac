import { appendFile, utimes } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import iconv from 'iconv-lite';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import { lockImports } from '../../src/store/import-lock/import-lock.ts';
import type { CsvRow } from '../support/csv.ts';
import { csv } from '../support/csv.ts';
import type { ImportRunResult, ImportSetting, StoredCustomer } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import { untilTool } from '../support/sessions.ts';

/*
 * Nights on which something is wrong with the file. Each changes exactly what a plain model of it says, or nothing, and says so:
 * with an exit code and in the ledger.
 */

const nightly = ['--source', 'erp', '--snapshot'];

const numberOf = (index: number): string => String(index).padStart(5, '0');

function row(index: number, fields: CsvRow = {}): CsvRow {
  return {
    erp_customer_number: numberOf(index),
    name: `Bäckerei Nummer ${index}`,
    email: `post${index}@x.example`,
    default_currency: 'EUR',
    default_language: 'de-DE',
    billing_street: `Weg ${index}`,
    billing_city: `Ort ${index}`,
    billing_postal_code: String(10_000 + index),
    notes: `Notiz ${index}`,
    contact_email: `anna${index}@x.example`,
    contact_name: `Anna Ö. ${index}`,
    contact_phone: `+49 89 ${index}`,
    ...fields,
  };
}

const rowsTo = (count: number) => Array.from({ length: count }, (_, index) => row(index + 1));

/** Last week, last night and tonight: a customer is new, another gone, a third has moved. */
const lastWeek = rowsTo(39);
const lastNight = rowsTo(40);
const tonight = [...rowsTo(39).with(2, row(3, { billing_city: 'Neustadt' })), row(41)];
const whole = csv(tonight);
const lines = whole.trimEnd().split('\n');

const mapped = (change: (row: CsvRow, index: number) => CsvRow): string => csv(tonight.map(change));
const blank = (...fields: string[]) =>
  mapped((cells) => ({ ...cells, ...Object.fromEntries(fields.map((field) => [field, ''])) }));
const renumbered = (change: (number: string) => string) =>
  mapped((cells) => ({ ...cells, erp_customer_number: change(String(cells.erp_customer_number)) }));
const renamed = (...names: [string, string][]) =>
  names.reduce((text, [from, to]) => text.replace(from, to), whole);
const damaged = (fields: CsvRow) => mapped((cells, index) => (index === 5 ? { ...cells, ...fields } : cells));

const without = (column: string) =>
  csv(tonight.map((cells) => Object.fromEntries(Object.entries(cells).filter(([name]) => name !== column))));

/** A file, and the code that refuses it. */
const refused: [string, string | Buffer, string, string[]?][] = [
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9].map((tenth): [string, string, string] => [
    `cut after ${tenth} tenths of its bytes`,
    whole.slice(0, Math.floor((whole.length * tenth) / 10) - 1),
    'no_final_line_break',
  ]),
  ...[1, 2, 3, 4, 5, 6, 7, 8].map((tenth): [string, string, string] => [
    `cut after ${tenth} tenths of its rows`,
    `${lines.slice(0, 1 + tenth * 4).join('\n')}\n`,
    'guard_exceeded',
  ]),
  [
    'cut after nine tenths of its rows, with --expect-rows',
    `${lines.slice(0, 37).join('\n')}\n`,
    'row_count_differs',
    ['--expect-rows', '40'],
  ],
  ...[1, 2, 3, 6, 9, 11, 12].map((cells): [string, string, string] => [
    `cut inside its last row, after ${cells} cells`,
    `${lines.slice(0, -1).join('\n')}\n${(lines.at(-1) as string).split(',').slice(0, cells).join(',')}`,
    'no_final_line_break',
  ]),
  ['packed and cut', gzipSync(whole).subarray(0, -20), 'broken_compression'],
  ['empty', '', 'empty_file'],
  ['a byte order mark', '\uFEFF', 'empty_file'],
  ['blank lines', '\n\n\n', 'empty_file'],
  ['a header', `${lines[0]}\n`, 'no_rows'],
  ['a header without its line break', `${lines[0]}`, 'no_rows'],
  ['a header and blank rows', `${lines[0]}\n${',,,,,,,,,,,\n'.repeat(40)}`, 'no_rows'],
  ...[
    'email',
    'billing_street',
    'billing_city',
    'billing_postal_code',
    'notes',
    'contact_name',
    'contact_phone',
  ].map((field): [string, string, string] => [`without values of ${field}`, blank(field), 'guard_exceeded']),
  ['without ERP numbers', blank('erp_customer_number'), 'guard_exceeded'],
  ['with more zeros', renumbered((number) => `00${number}`), 'guard_exceeded'],
  ['with a letter before its numbers', renumbered((number) => `K${number}`), 'guard_exceeded'],
  ['with a column renamed', renamed(['billing_city', 'Platz']), 'columns_changed'],
  ['with a column in another language', renamed(['billing_city', 'Ort']), 'columns_changed'],
  ['with two columns renamed', renamed(['notes', 'Feld 9'], ['contact_phone', 'Feld 12']), 'columns_changed'],
  ['without a column', without('notes'), 'columns_changed'],
  ['without a required column', without('name'), 'missing_column'],
  ['with a column twice', renamed(['notes', 'billing_city']), 'duplicate_column'],
  [
    'with two columns exchanged',
    renamed(['billing_street', 'Q9'], ['billing_city', 'billing_street'], ['Q9', 'billing_city']),
    'guard_exceeded',
  ],
  [
    'with names and notes exchanged',
    mapped((cells) => ({ ...cells, name: cells.notes, notes: cells.name })),
    'guard_exceeded',
  ],
  ['of another org', csv(tonight.map((_, index) => row(70_000 + index))), 'guard_exceeded'],
  [
    'of another org, with the same numbers',
    mapped((cells, index) => ({ ...row(70_000 + index), erp_customer_number: cells.erp_customer_number })),
    'guard_exceeded',
  ],
  ['with its umlauts lost', whole.replaceAll(/[äÖ]/g, '?'), 'guard_exceeded'],
  ['with every customer inactive', mapped((cells) => ({ ...cells, is_active: 'no' })), 'guard_exceeded'],
  [
    'with every currency another',
    mapped((cells) => ({ ...cells, default_currency: 'CHF' })),
    'guard_exceeded',
  ],
  [
    'its first half twice',
    `${[...lines.slice(0, 21), ...lines.slice(1, 21)].join('\n')}\n`,
    'guard_exceeded',
  ],
  [
    'a page that says that there was an error',
    '<!doctype html><p>502 Bad Gateway</p>\n',
    'unsupported_format',
  ],
  ['a message', 'ORA-12541: TNS: no listener\n', 'undecided_delimiter'],
];

/** A file that is imported: what it comes to, its exit code, and whether missing customers stay. */
interface Accepted {
  rows?: CsvRow[];
  exitCode?: number;
  withheld?: boolean;
  says?: string;
}

/** Without the row that is damaged. */
const others = tonight.filter((_, index) => index !== 5);

const accepted: [string, string | Buffer, Accepted][] = [
  ['as it should be', whole, {}],
  [
    'with its columns in another order',
    csv(tonight.map((cells) => Object.fromEntries(Object.entries(cells).toReversed()))),
    {},
  ],
  ['with its rows in another order', csv(tonight.toReversed()), {}],
  ['with a new column', mapped((cells) => ({ ...cells, Farbe: 'rot' })), { says: 'unknown_column' }],
  ['in Windows-1252', iconv.encode(whole, 'windows-1252'), {}],
  ['in UTF-16', iconv.encode(whole, 'utf16le', { addBOM: true }), {}],
  ['with semicolons', csv(tonight, ';'), {}],
  ['with CRLF', whole.replaceAll('\n', '\r\n'), {}],
  ['packed', gzipSync(whole), {}],
  ['last week’s, with a new time', csv(lastWeek), { rows: lastWeek }],
  ['cut after nine tenths of its rows', `${lines.slice(0, 37).join('\n')}\n`, { rows: tonight.slice(0, 36) }],
  [
    'two nights in one',
    `${csv(lastNight)}${lines.slice(1).join('\n')}\n`,
    { rows: [...tonight, row(40)], says: 'superseded' },
  ],
  [
    'two nights in one, with both headers',
    `${csv(lastNight)}${whole}`,
    { rows: [...tonight, row(40)], says: 'superseded' },
  ],
  [
    'with a rejected row of a readable number',
    damaged({ default_currency: 'EURX' }),
    { rows: tonight, exitCode: 3 },
  ],
  [
    'with a rejected row of a damaged number',
    damaged({ erp_customer_number: '1,23E+11' }),
    { rows: others, exitCode: 3, withheld: true },
  ],
  [
    'with a number that lost its zeros',
    damaged({ erp_customer_number: '6' }),
    { rows: tonight, exitCode: 3 },
  ],
  ['with an email that is none', damaged({ email: 'post6' }), { rows: tonight, exitCode: 3 }],
  [
    'with a suffix behind its numbers',
    renumbered((number) => `${number}.0`),
    { rows: [], exitCode: 3, withheld: true },
  ],
  [
    'read in a wrong encoding on its way',
    Buffer.from(iconv.decode(Buffer.from(whole), 'windows-1252')),
    { rows: rowsTo(39), exitCode: 3 },
  ],
  [
    'with a quote that is never closed',
    whole.replace('Ort 6', '"Ort 6'),
    { rows: others, exitCode: 3, withheld: true },
  ],
  ['with a row cut in two', whole.replace('Ort 6', 'Ort\n6'), { rows: others, exitCode: 3, withheld: true }],
];

let setting: ImportSetting;
/** After last night. The refused nights change nothing, so they share it. */
let shared: Organization;
beforeAll(async () => {
  setting = await importSetting();
  shared = await orgOfLastNight();
});
afterAll(() => setting.close());

async function orgOfLastNight(): Promise<Organization> {
  const org = await setting.newOrg();
  const first = await setting.importText(org, csv(lastNight), { name: 'first.csv', flags: nightly });
  expect(first).toMatchObject({ exitCode: 0, report: { imported: 40 } });
  return org;
}

/** Twice: what a dry run says is what the run does. */
async function night(
  org: Organization,
  text: string | Buffer | null,
  flags: string[] = [],
): Promise<ImportRunResult> {
  const tried = await setting.importText(org, text, { flags: [...nightly, ...flags, '--dry-run'] });
  const ended = await setting.importText(org, null, { flags: [...nightly, ...flags] });
  expect([tried.exitCode, tried.report.error]).toEqual([ended.exitCode, ended.report.error]);
  return ended;
}

async function attempts(org: Organization): Promise<string[]> {
  const found = await setting.database.query<{ code: string }>(sql`
    select code
    from customer_import_run
    where org_id = ${org.id}
    and outcome = 'refused'`);
  return found.map(({ code }) => code);
}

describe('a night is refused, changes nothing and is in the ledger if its file is', () => {
  test.for(refused)('%s', async ([, text, code, flags = []]) => {
    const before = await setting.versions(shared);
    const { length } = await attempts(shared);
    const { exitCode, report } = await setting.importText(shared, text, { flags: [...nightly, ...flags] });
    expect({ exitCode, code: report.error?.code }).toEqual({ exitCode: 5, code });
    expect(await setting.versions(shared)).toEqual(before);
    expect(await attempts(shared)).toHaveLength(length + 1);
  });

  test('older than the last one', async () => {
    const before = await setting.versions(shared);
    const name = 'customers.csv';
    await setting.importText(shared, csv(lastWeek), { name, flags: ['--source', 'none', '--dry-run'] });
    const aWeekAgo = new Date(Date.now() - 7 * 86_400_000);
    await utimes(path.join(setting.directory, name), aWeekAgo, aWeekAgo);
    expect(await night(shared, null)).toMatchObject({
      exitCode: 5,
      report: { error: { code: 'older_file' } },
    });
    expect(await setting.versions(shared)).toEqual(before);
  });

  test('growing while it is read', async () => {
    const before = await setting.versions(shared);
    const other = await setting.server.open();
    let running: Promise<ImportRunResult> | undefined;
    await other.transaction(async () => {
      await lockImports(other, { orgId: shared.id, slug: shared.slug, waitMilliseconds: 0 });
      running = setting.importText(shared, `${lines.slice(0, 38).join('\n')}\n`, {
        name: 'growing.csv',
        flags: [...nightly, '--lock-wait', '10m'],
      });
      await untilTool(setting.database, sql`wait_event_type = 'Lock'`);
      await appendFile(path.join(setting.directory, 'growing.csv'), `${lines.slice(38).join('\n')}\n`);
    });
    await other.close();
    expect(await running).toMatchObject({ exitCode: 5, report: { error: { code: 'file_changed' } } });
    expect(await setting.versions(shared)).toEqual(before);
  });
});

describe('a night changes exactly what its file says that is', () => {
  test.for(accepted)('%s', async ([, text, { rows = tonight, exitCode = 0, withheld = false, says }]) => {
    const org = await orgOfLastNight();
    const ended = await night(org, text);
    expect(ended.exitCode).toBe(exitCode);
    expect((await setting.stored(org)).map(cellsOf)).toEqual(expectedAfter(rows, { withheld }));
    const codes = ended.report.warnings.map(({ code }: { code: string }) => code);
    expect(codes).toEqual(
      expect.arrayContaining([
        ...(says === undefined ? [] : [says]),
        ...(withheld ? ['deactivation_withheld'] : []),
      ]),
    );
  });
});

function cellsOf(customer: StoredCustomer): CsvRow {
  const { billing_address: address, contacts } = customer;
  return {
    erp_customer_number: customer.erp_customer_number ?? '',
    name: customer.name,
    email: customer.email ?? '',
    billing_street: String(address?.street),
    billing_city: String(address?.city),
    notes: customer.notes ?? '',
    is_active: customer.is_active,
    contacts: contacts.map(({ email, name, phone }) => [email, name, phone].join()).join(),
  };
}

/** Last night's customers with the rows of tonight; those that are missing are inactive. */
function expectedAfter(rows: CsvRow[], { withheld }: { withheld: boolean }): CsvRow[] {
  const byNumber = new Map<unknown, CsvRow>(
    lastNight.map((cells) => [cells.erp_customer_number, { ...cells, is_active: withheld }]),
  );
  for (const cells of rows) byNumber.set(cells.erp_customer_number, { ...cells, is_active: true });
  return [...byNumber.values()]
    .toSorted((one, other) => (String(one.erp_customer_number) < String(other.erp_customer_number) ? -1 : 1))
    .map((cells) => ({
      erp_customer_number: cells.erp_customer_number,
      name: cells.name,
      email: cells.email,
      billing_street: cells.billing_street,
      billing_city: cells.billing_city,
      notes: cells.notes,
      is_active: cells.is_active,
      contacts: [cells.contact_email, cells.contact_name, cells.contact_phone].join(),
    }));
}

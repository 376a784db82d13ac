import { utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sql from 'sql-template-tag';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import type { CsvRow } from '../support/csv.ts';
import { csv, customerRow } from '../support/csv.ts';
import type { ImportRunResult, ImportSetting, StoredCustomer } from '../support/import.ts';
import { importSetting } from '../support/import.ts';
import { run } from '../support/run.ts';
import { modelUndo } from '../support/undo-model.ts';
import type { Edits, ErpCustomer, NightRow, YearModel } from '../support/year-model.ts';
import { createYearModel } from '../support/year-model.ts';

/* A year of nights with changes on both sides, faults and undos, held against a model. A whole one: YEAR_NIGHTS=365 YEAR_CUSTOMERS=2000. */
const nights = Number(process.env['YEAR_NIGHTS'] ?? 20);
const size = Number(process.env['YEAR_CUSTOMERS'] ?? 60);
const seed = Number(process.env['YEAR_SEED'] ?? 1);

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

/** Numbers below `limit`, the same ones for the same seed (mulberry32). */
function randomOf(start: number): (limit: number) => number {
  let state = start;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

const values = {
  name: (number: string, value: number) => `Kunde ${number} ${'ABC'[value % 3]}`,
  notes: (_: string, value: number) => ['', 'Rampe', 'Tor 3', 'Anruf vorher'][value % 4] as string,
  city: (_: string, value: number) => ['', 'Pirna', 'Köln', 'Ulm'][value % 4] as string,
  phone: (_: string, value: number) => ['', '+49 89 1', '+49 30 2', '+49 40 3'][value % 4] as string,
};
const fieldNames = ['name', 'notes', 'city', 'phone'] as const;

/** The limits that a person lifts on a night of which the changes are known; a faulty night has them. */
const lifted = [
  'deactivations',
  ...['cleared', 'changed'].flatMap((kind) =>
    ['name', 'notes', 'billing_city', 'contact_phone'].map((field) => `${kind}.${field}`),
  ),
].flatMap((name) => ['--guard', `${name}=none`]);

test.each(['keep', 'overwrite'] as const)('a year with --edits %s', { timeout: 3_600_000 }, async (edits) => {
  const year = await beginYear(edits);
  for (let night = 1; night <= nights; night++) await year.next(night);
  // What would make the year an easy one.
  for (const count of Object.values(year.seen)) expect(count).toBeGreaterThan(0);
});

async function beginYear(edits: Edits) {
  const random = randomOf(seed);
  const chance = (percent: number) => random(100) < percent;
  const org = await setting.newOrg();
  const model = createYearModel();
  const erp = new Map<string, ErpCustomer>();
  const seen = { faults: 0, undos: 0, kept: 0, rejected: 0, deactivated: 0, split: 0, skipped: 0 };
  let numbers = 0;
  /** Of the source's last run that is not undone, and of the one before. */
  let lastTime = 0;
  let timeBefore = 0;

  const pick = (): string => [...erp.keys()][random(erp.size)] as string;
  function addToErp(): void {
    const number = String(++numbers);
    const [name, notes, city, phone] = fieldNames.map((field) => values[field](number, random(12)));
    erp.set(number, { name, notes, city, phone } as ErpCustomer);
  }
  while (erp.size < size) addToErp();

  function changeErp(): void {
    for (let change = random(Math.ceil(size / 25) + 2); change > 0; change--) {
      const number = pick();
      const field = fieldNames[random(4)] as keyof ErpCustomer;
      (erp.get(number) as ErpCustomer)[field] = values[field](number, random(12));
    }
    for (let gone = random(3); gone > 0; gone--) {
      const number = pick();
      dropped.push([number, erp.get(number) as ErpCustomer]);
      erp.delete(number);
    }
    while (erp.size < size || chance(20)) {
      const back = chance(40) ? dropped.shift() : undefined;
      if (back === undefined) addToErp();
      else erp.set(...back);
    }
  }
  const dropped: [string, ErpCustomer][] = [];

  async function edit(): Promise<void> {
    for (let change = random(4); change > 0; change--) {
      const number = [...model.customers.keys()][random(model.customers.size)] as string;
      const field = (['name', 'notes', 'city', 'phone', 'active'] as const)[random(5)] as
        keyof ErpCustomer | 'active';
      const value = field === 'active' ? String(chance(50)) : values[field](number, random(12)) || null;
      model.edit(number, field, value);
      await editByHand(org, { number, field, value });
    }
    if (chance(10)) {
      const number = String(++numbers);
      const given = { name: `Von Hand ${number}`, notes: '', city: '', phone: '' };
      model.create(number, given);
      await createByHand(org, number, given.name);
      // The ERP may have it later.
      if (chance(50)) dropped.push([number, given]);
    }
  }

  const rowsOf = (): NightRow[] => [...erp].map(([number, given]) => ({ number, ...given, wrong: false }));

  async function deliver(
    files: Record<string, string>,
    night: number,
    flags: string[],
  ): Promise<ImportRunResult> {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(setting.directory, name);
      await writeFile(file, text);
      const time = 1_600_000_000 + night * 86_400;
      await utimes(file, time, time);
    }
    const argv = ['import', ...Object.keys(files), '--org', org.slug, '--json', '--no-rejects'];
    const nightly = ['--source', 'erp', '--snapshot', '--edits', edits];
    const result = await run([...argv, ...nightly, ...flags], {
      database: setting.server,
      cwd: setting.directory,
    });
    return { ...result, report: result.json() };
  }

  /** A night whose file is broken: nothing may change. */
  async function faultyNight(night: number): Promise<void> {
    seen.faults++;
    const fault = faults[random(faults.length)] as (typeof faults)[number];
    const { exitCode, report } = await deliver(
      fault.files(rowsOf()),
      fault.older === true ? lastTime - 1 : night,
      [],
    );
    expect({ night, fault: fault.name, exitCode, code: report.error?.code }).toEqual({
      night,
      fault: fault.name,
      exitCode: 5,
      code: expect.stringMatching(fault.code),
    });
  }

  async function goodNight(night: number): Promise<void> {
    const rows = rowsOf();
    if (chance(20)) for (const row of rows) row.wrong = random(rows.length) < 2;
    const unreadable = chance(5);
    if (unreadable) rows.push({ ...(rows[0] as NightRow), number: 'NULL', wrong: true });
    const failed = rows.filter(({ wrong }) => wrong).length;
    const before = copyOf(model.customers);
    const split = chance(25);
    const middle = 1 + random(rows.length - 1);
    const files = split
      ? { 'north.csv': textOf(rows.slice(0, middle)), 'south.csv': textOf(rows.slice(middle)) }
      : { 'customers.csv': textOf(rows) };
    const flags = [...lifted, ...(chance(50) ? ['--skip-if-unchanged'] : [])];
    const { exitCode, report } = await deliver(files, night, flags);
    [timeBefore, lastTime] = [lastTime, night];
    const { run: number, counts } = model.import(
      rows.filter((row) => row.number !== 'NULL'),
      { edits, unreadable },
    );
    const { imported, updated, deactivated, kept } = counts;
    const told = {
      night,
      exitCode,
      imported: report.imported,
      updated: report.updated,
      deactivated: report.deactivated,
    };
    const isSkipped = report.skipped === true;
    expect({ ...told, failed: report.failed }).toEqual({
      night,
      exitCode: failed > 0 && !isSkipped ? 3 : 0,
      imported,
      updated,
      deactivated,
      failed,
    });
    if (edits === 'keep' && !isSkipped) expect(report.kept).toBe(kept);
    await compare(night, model);
    seen.kept += edits === 'keep' ? kept : 1;
    seen.rejected += failed;
    seen.deactivated += deactivated;
    seen.split += split ? 1 : 0;
    if (chance(30)) {
      // The same file again, under a new time.
      const again = await deliver(files, night, flags);
      expect(again.report).toMatchObject({ imported: 0, updated: 0, deactivated: 0, failed });
      seen.skipped += again.report.skipped === true ? 1 : 0;
      await compare(night, model);
    } else if (chance(20) && imported + updated + deactivated > 0) {
      await undo(night, { number, id: report.run_id, before, files });
    }
  }

  /** Takes a night back, perhaps when people have edited what it wrote. */
  async function undo(
    night: number,
    taken: { number: number; id: string; before: StoredCustomer[]; files: Record<string, string> },
  ): Promise<void> {
    seen.undos++;
    lastTime = timeBefore;
    const after = copyOf(model.customers);
    if (chance(50)) await edit();
    model.undo(taken.number, modelUndo(taken.before, after, copyOf(model.customers)));
    const argv = ['runs', 'undo', taken.id, '--org', org.slug, '--yes', '--json'];
    expect(await run(argv, { database: setting.server })).toMatchObject({ exitCode: 0 });
    await compare(night, model);
    const held = await deliver(taken.files, night, lifted);
    expect(held).toMatchObject({ exitCode: 5, report: { error: { code: 'on_hold' } } });
    const resume = ['runs', 'resume', '--org', org.slug, '--source', 'erp'];
    expect(await run(resume, { database: setting.server })).toMatchObject({ exitCode: 0 });
  }

  async function compare(night: number, { customers }: YearModel): Promise<void> {
    const found = byNumber(await setting.stored(org));
    const expected = byNumber([...customers.values()]);
    for (const [number, customer] of expected) {
      expect({ night, number, customer: found.get(number) }).toEqual({ night, number, customer });
    }
    expect(found.size).toBe(expected.size);
  }

  return {
    seen,
    async next(night: number): Promise<void> {
      changeErp();
      if (night > 1) await edit();
      if (night > 1 && chance(20)) {
        await faultyNight(night);
        await compare(night, model);
      }
      // Some nights, nothing comes.
      if (night === 1 || chance(90)) await goodNight(night);
    },
  };
}

function byNumber(customers: StoredCustomer[]): Map<string, StoredCustomer> {
  return new Map(customers.map((customer) => [customer.erp_customer_number as string, customer]));
}

function copyOf(customers: Map<string, StoredCustomer>): StoredCustomer[] {
  return structuredClone([...customers.values()]);
}

function textOf(rows: NightRow[], rename: (row: CsvRow) => CsvRow = (row) => row): string {
  return csv(
    rows.map(({ number, name, notes, city, phone, wrong }) =>
      rename(
        customerRow({
          erp_customer_number: number,
          name,
          notes,
          billing_city: city,
          contact_email: number === 'NULL' ? '' : `k${number}@x.example`,
          contact_phone: number === 'NULL' ? '' : phone,
          default_currency: wrong ? 'EURX' : 'EUR',
        }),
      ),
    ),
  );
}

interface Fault {
  name: string;
  code: RegExp;
  files(rows: NightRow[]): Record<string, string>;
  /** Comes with a time before the last one. */
  older?: true;
}

const whole = (text: string) => ({ 'customers.csv': text });
const half = (rows: NightRow[]) => rows.slice(0, Math.floor(rows.length / 2));

const faults: Fault[] = [
  { name: 'a header alone', code: /^no_rows$/, files: (rows) => whole(textOf(rows).split('\n')[0] + '\n') },
  { name: 'an empty file', code: /^empty_file$/, files: () => whole('') },
  { name: 'half of it', code: /^guard_exceeded$/, files: (rows) => whole(textOf(half(rows))) },
  {
    name: 'cut inside its last row',
    code: /^(no_final_line_break|guard_exceeded)$/,
    files: (rows) => whole(textOf(rows).slice(0, -3)),
  },
  {
    name: 'half of it twice',
    code: /^guard_exceeded$/,
    files: (rows) => whole(textOf([...half(rows), ...half(rows), rows[0] as NightRow])),
  },
  {
    name: 'an emptied column',
    code: /^guard_exceeded$/,
    files: (rows) => whole(textOf(rows.map((row) => ({ ...row, city: '' })))),
  },
  {
    name: 'two columns exchanged',
    code: /^guard_exceeded$/,
    files: (rows) => whole(textOf(rows.map((row) => ({ ...row, notes: row.city, city: row.notes })))),
  },
  {
    name: 'a renamed column',
    code: /^columns_changed$/,
    files: (rows) => whole(textOf(rows, ({ notes, ...row }) => ({ ...row, notizen_neu: notes }))),
  },
  {
    name: 'the file of another org',
    code: /^guard_exceeded$/,
    files: (rows) => whole(textOf(rows.map((row) => ({ ...row, number: `9${row.number}0` })))),
  },
  {
    name: 'numbers with other zeros',
    code: /^guard_exceeded$/,
    files: (rows) => whole(textOf(rows.map((row) => ({ ...row, number: `00${row.number}` })))),
  },
  { name: 'an old file', code: /^older_file$/, older: true, files: (rows) => whole(textOf(rows)) },
  {
    name: 'one of two files without rows',
    code: /^no_rows$/,
    files: (rows) => ({ 'north.csv': textOf(rows), 'south.csv': textOf(rows).split('\n')[0] + '\n' }),
  },
  {
    name: 'one of two files that is a copy',
    code: /^refused$/,
    files: (rows) => ({ 'north.csv': textOf(half(rows)), 'south.csv': textOf(half(rows)) }),
  },
  {
    name: 'two files with other columns',
    code: /^columns_differ$/,
    files: (rows) => ({
      'north.csv': textOf(half(rows)),
      'south.csv': textOf(rows.slice(half(rows).length), ({ notes, ...row }) => ({ ...row, _notes: notes })),
    }),
  },
];

/** As the web service would, past this tool. */
async function editByHand(
  org: Organization,
  { number, field, value }: { number: string; field: keyof ErpCustomer | 'active'; value: string | null },
): Promise<void> {
  const customer = sql`
    org_id = ${org.id}
    and erp_customer_number = ${number}`;
  const statements = {
    name: sql`update customer set name = ${value} where ${customer}`,
    notes: sql`update customer set notes = ${value} where ${customer}`,
    city: sql`
      update customer
      set billing_address = ${value === null ? null : JSON.stringify({ city: value })}::jsonb
      where ${customer}`,
    active: sql`update customer set is_active = ${value === 'true'} where ${customer}`,
    phone: sql`
      update customer_contact
      set phone = ${value}
      where org_id = ${org.id}
      and customer_id = (select id from customer where ${customer})`,
  };
  await setting.database.execute(statements[field]);
}

async function createByHand(org: Organization, number: string, name: string): Promise<void> {
  await setting.database.execute(sql`
    with created as (
      insert into customer (org_id, erp_customer_number, name, default_currency, default_language)
      values (${org.id}, ${number}, ${name}, 'EUR', 'de-DE')
      returning org_id, id
    )
    insert into customer_contact (org_id, customer_id, email)
    select org_id, id, ${`k${number}@x.example`}
    from created`);
}

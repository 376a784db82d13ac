import sql from 'sql-template-tag';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import type { CsvRow } from '../support/csv.ts';
import { csv, customerRow } from '../support/csv.ts';
import type { ImportRunResult, ImportSetting, StoredCustomer } from '../support/import.ts';
import { foretold, importSetting } from '../support/import.ts';
import { run } from '../support/run.ts';

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

const noLimits = ['deactivations', 'rows', 'cleared.notes'].flatMap((name) => ['--guard', `${name}=none`]);
const nightly = ['--source', 'erp', '--snapshot', ...noLimits];
const keeping = [...nightly, '--edits', 'keep'];
const base: CsvRow = customerRow({
  erp_customer_number: 1,
  name: 'Kunde 1',
  email: 'k1@x.example',
  billing_street: 'Weg 1',
  billing_city: 'Köln',
  notes: 'alt',
  contact_email: 'anna@x.example',
  contact_name: 'Anna',
  contact_phone: '+49 89 1',
  contact_role: '',
  contact_is_primary: 'yes',
});
const contactOf = (number: number) => `anna${number}@x.example`;
const rowOf = (number: number): CsvRow => ({
  ...base,
  erp_customer_number: number,
  name: `Kunde ${number}`,
  contact_email: contactOf(number),
});
const noContact: CsvRow = {
  contact_email: '',
  contact_name: '',
  contact_phone: '',
  contact_role: '',
  contact_is_primary: '',
};
const other: CsvRow = { ...base, ...noContact, erp_customer_number: 99, name: 'Kunde 99', email: '' };

async function tool(org: Organization, ...argv: string[]): Promise<any> {
  const ended = await run([...argv, '--org', org.slug, '--yes', '--json'], { database: setting.server });
  expect(ended.exitCode).toBe(0);
  return ended.json();
}

/** An import with a dry run before it, which must foretell all of it. */
async function night(org: Organization, rows: CsvRow[], flags = keeping): Promise<ImportRunResult['report']> {
  const tried = await setting.importText(org, csv(rows), { flags: [...flags, '--dry-run'] });
  const ended = await setting.importText(org, null, { flags });
  expect(ended).toMatchObject({ exitCode: 0 });
  expect(foretold(tried.report)).toEqual(foretold(ended.report));
  return ended.report;
}

async function first(org: Organization): Promise<StoredCustomer> {
  return (await setting.stored(org))[0] as StoredCustomer;
}

async function names(org: Organization): Promise<string[]> {
  return (await first(org)).contacts.map(({ email }) => email.replace('@x.example', ''));
}

const update =
  (...flags: string[]) =>
  (org: Organization, number = 1) =>
    tool(org, 'update', `${number}`, ...flags);

/** What the customer has, by the names of the file's columns. */
function cellsOf(customer: StoredCustomer): CsvRow {
  const [contact] = customer.contacts;
  return {
    name: customer.name,
    email: customer.email ?? '',
    billing_street: (customer.billing_address?.street as string) ?? '',
    billing_city: (customer.billing_address?.city as string) ?? '',
    notes: customer.notes ?? '',
    is_active: customer.is_active ? 'yes' : 'no',
    contact_email: contact?.email ?? '',
    contact_name: contact?.name ?? '',
    contact_phone: contact?.phone ?? '',
    contact_is_primary: contact?.is_primary === true ? 'yes' : 'no',
  };
}

describe('--edits keep', () => {
  /** Each is done to a customer of its own. */
  const edits: [(org: Organization, number: number) => Promise<unknown>, CsvRow, number?][] = [
    [update('--name', 'Müller'), { name: 'Müller' }],
    [update('--email', 'neu@x.example'), { email: 'neu@x.example' }],
    [update('--clear', 'email'), { email: '' }],
    [update('--billing-city', 'Ulm'), { billing_city: 'Ulm' }],
    [update('--clear', 'billing_city'), { billing_city: '' }],
    [update('--notes', 'von Hand'), { notes: 'von Hand' }],
    [update('--notes', 'x', '--name', 'y'), { notes: 'x', name: 'y' }, 2],
    [
      async (org, number) => {
        await update('--notes', 'x')(org, number);
        await update('--notes', 'y')(org, number);
      },
      { notes: 'y' },
    ],
    [update('--inactive'), { is_active: 'no' }],
    [
      (org, number) => tool(org, 'contact', 'update', `${number}`, contactOf(number), '--phone', '+49 30 2'),
      { contact_phone: '+49 30 2' },
    ],
    [
      (org, number) =>
        setting.database.execute(sql`
          update customer_contact
          set is_primary = false
          where org_id = ${org.id}
          and email = ${contactOf(number)}`),
      { contact_is_primary: 'no' },
    ],
    [
      (org, number) => tool(org, 'contact', 'remove', `${number}`, contactOf(number)),
      { contact_email: '', contact_name: '', contact_phone: '', contact_is_primary: 'no' },
    ],
    [
      (org, number) =>
        setting.database.execute(sql`
          update customer_contact
          set email = 'anna.neu@x.example'
          where org_id = ${org.id}
          and email = ${contactOf(number)}`),
      { contact_email: 'anna.neu@x.example' },
    ],
    [
      (org, number) =>
        setting.importText(org, csv([{ ...rowOf(number), notes: 'Datei' }]), { name: 'edit.csv' }),
      { notes: 'Datei' },
    ],
  ];

  test('keeps every kind of edit, night after night', async () => {
    const org = await setting.newOrg();
    const rows = edits.map((_, index) => rowOf(index + 1));
    const cells = async () =>
      (await setting.stored(org))
        .toSorted((one, next) => Number(one.erp_customer_number) - Number(next.erp_customer_number))
        .map(cellsOf);
    await night(org, rows);
    const before = await cells();
    for (const [index, [edit]] of edits.entries()) await edit(org, index + 1);
    const edited = edits.map(([, fields], index) => ({ ...before[index], ...fields }));
    expect(await cells()).toEqual(edited);
    const kept = edits.reduce((sum, [, , fields = 1]) => sum + fields, 0);
    for (const more of [[other], [{ ...other, notes: 'neu' }]]) {
      const { warnings, ...report } = await night(org, [...rows, ...more]);
      expect({ warnings, kept: report.kept }).toEqual({ warnings: [], kept });
      expect((await cells()).slice(0, -1)).toEqual(edited);
    }
    // What is not edited is still the file's; without the flag, everything is.
    await night(
      org,
      rows.map((row) => ({ ...row, billing_street: 'Gasse 2' })),
    );
    expect((await cells()).slice(0, -1)).toEqual(
      edited.map((row) => ({ ...row, billing_street: 'Gasse 2' })),
    );
    await night(org, rows, nightly);
    expect((await cells()).map(({ notes, is_active: active, name }) => [notes, active, name])).toMatchObject([
      ...rows.map(({ name }) => ['alt', 'yes', name]),
      ['neu', 'no', other.name],
    ]);
  });

  test.for([
    [
      'notes',
      update('--notes', 'von Hand'),
      { notes: 'neu' },
      '"neu" replaces "von Hand", which was edited since the file had "alt"',
    ],
    ['cleared notes', update('--notes', 'von Hand'), { notes: '' }, 'no value replaces "von Hand"'],
    [
      'a city',
      update('--billing-city', 'Ulm'),
      { billing_city: 'Bonn' },
      '"Bonn" replaces "Ulm", which was edited since the file had "Köln"',
    ],
    [
      'a phone',
      (org: Organization) => tool(org, 'contact', 'update', '1', 'anna@x.example', '--phone', '+49 30 2'),
      { contact_phone: '+49 40 3' },
      'replaces "+49 30 2"',
    ],
  ] as [string, (org: Organization) => Promise<unknown>, CsvRow, string][])(
    'follows the file in %s where both have changed, and says so',
    async ([, edit, changed, said]) => {
      const org = await setting.newOrg();
      await night(org, [base, other]);
      await edit(org);
      const report = await night(org, [{ ...base, ...changed }, other]);
      expect(report).toMatchObject({ kept: 0, warnings_total: 1 });
      expect(report.warnings[0]).toMatchObject({ row: 2, line: 2, code: 'edit_overwritten' });
      expect(report.warnings[0].column).toBe(Object.keys(changed)[0]);
      expect(report.warnings[0].warning).toContain(said);
      const again = await night(org, [{ ...base, ...changed }, other]);
      expect(again).toMatchObject({ kept: 0, updated: 0, warnings_total: 0 });
    },
  );

  test('keeps a customer active that a person has made active again', async () => {
    const org = await setting.newOrg();
    await night(org, [base, other]);
    expect(await night(org, [other])).toMatchObject({ deactivated: 1 });
    await update('--active')(org);
    expect(await night(org, [other])).toMatchObject({ deactivated: 0 });
    expect(await night(org, [other], nightly)).toMatchObject({ deactivated: 1 });
  });

  test('takes no other source, no undoing and nothing from before its first file for an edit', async () => {
    const org = await setting.newOrg();
    await setting.importText(org, csv([{ ...base, notes: 'zuerst' }]));
    await update('--notes', 'alt')(org);
    await update('--notes', 'von Hand')(org);
    await night(org, [base, other]);
    expect(await first(org)).toMatchObject({ notes: 'alt' });
    await setting.importText(org, csv([{ ...base, notes: 'Shop' }]), { flags: ['--source', 'shop'] });
    expect(await night(org, [base, other])).toMatchObject({ kept: 0, updated: 1 });
    const { run_id: wrong } = await night(org, [{ ...base, notes: 'falsch' }, other]);
    await tool(org, 'runs', 'undo', wrong);
    await tool(org, 'runs', 'resume', '--source', 'erp');
    expect(await night(org, [{ ...base, notes: 'falsch' }, other])).toMatchObject({ kept: 0, updated: 1 });
    expect(await first(org)).toMatchObject({ notes: 'falsch' });
  });

  test('goes with several rows for a customer, each with a contact', async () => {
    const org = await setting.newOrg();
    const rows = [
      base,
      { ...base, contact_email: 'bert@x.example', contact_name: 'Bert', contact_is_primary: '' },
    ];
    await night(org, rows);
    await tool(org, 'contact', 'update', '1', 'anna@x.example', '--name', 'Anne');
    await tool(org, 'contact', 'update', '1', 'bert@x.example', '--name', 'Berthold');
    expect(await night(org, rows)).toMatchObject({ kept: 2, contacts: { updated: 0 } });
    await tool(org, 'contact', 'remove', '1', 'anna@x.example');
    expect(await night(org, rows)).toMatchObject({ contacts: { imported: 0, updated: 0 } });
    expect((await first(org)).contacts.map(({ name }) => name)).toEqual(['Berthold']);
  });
});

describe('--missing-contacts', () => {
  const contact = (name: string, fields: CsvRow = {}) => ({
    ...base,
    contact_email: `${name}@x.example`,
    contact_name: name,
    contact_is_primary: '',
    ...fields,
  });
  const both = [contact('anna'), contact('bert'), other];
  const removing = [...nightly, '--missing-contacts', 'remove', '--guard', 'cleared.contact_email=none'];

  test.for([
    ['one of two', [contact('bert'), other], removing, ['bert'], 1],
    ['all of them', [{ ...base, ...noContact }, other], removing, [], 2],
    [
      'none that is only written otherwise',
      [contact('ANNA'), contact('bert'), other],
      removing,
      ['anna', 'bert'],
      0,
    ],
    [
      'one that another takes the place of',
      [contact('carl'), contact('bert'), other],
      removing,
      ['bert', 'carl'],
      1,
    ],
    ['none of a customer that is missing', [other], removing, ['anna', 'bert'], 0],
    ['none by default', [contact('bert'), other], nightly, ['anna', 'bert'], undefined],
  ] as [string, CsvRow[], string[], string[], number | undefined][])(
    'removes %s',
    async ([, rows, flags, left, removed]) => {
      const org = await setting.newOrg();
      await night(org, both);
      const report = await night(org, rows, flags);
      expect(report.contacts.removed).toBe(removed);
      expect(await names(org)).toEqual(left);
      expect((await night(org, rows, flags)).contacts.removed).toBe(removed === undefined ? undefined : 0);
    },
  );

  test('removes no contact of a customer with a rejected row, or while a number is unreadable', async () => {
    const org = await setting.newOrg();
    await night(org, both);
    for (const damage of [{ default_currency: 'EURX' }, { erp_customer_number: '1,23E+11' }]) {
      const rows = csv([contact('bert'), contact('anna', damage), other]);
      const { exitCode, report } = await setting.importText(org, rows, { flags: removing });
      expect({ exitCode, removed: report.contacts.removed }).toEqual({ exitCode: 3, removed: 0 });
      expect(JSON.stringify(report.warnings).includes('missing contacts were not removed')).toBe(
        'erp_customer_number' in damage,
      );
    }
    expect(await names(org)).toEqual(['anna', 'bert']);
  });

  test('is guarded, and can be undone', async () => {
    const org = await setting.newOrg();
    await night(org, both);
    const flags = [...nightly, '--missing-contacts', 'remove'];
    const refused = await setting.importText(org, csv([contact('bert'), other]), { flags });
    expect(refused).toMatchObject({ exitCode: 5, report: { error: { code: 'guard_exceeded' } } });
    expect(refused.report.error.hint).toContain('--allow cleared.contact_email=1');
    const { run_id: id } = await night(
      org,
      [contact('bert'), other],
      [...flags, '--allow', 'cleared.contact_email=1'],
    );
    await tool(org, 'runs', 'undo', id);
    expect(await names(org)).toEqual(['anna', 'bert']);
  });

  test('leaves contacts alone that a person has added, if edits are kept', async () => {
    const org = await setting.newOrg();
    await night(org, both);
    await tool(org, 'contact', 'add', '1', '--email', 'dora@x.example');
    await night(org, [contact('bert'), other], [...removing, '--edits', 'keep']);
    expect(await names(org)).toEqual(['bert', 'dora']);
    await night(org, [contact('bert'), other], removing);
    expect(await names(org)).toEqual(['bert']);
  });

  test('needs contacts in the file', async () => {
    const org = await setting.newOrg();
    const { exitCode, report } = await setting.importText(
      org,
      csv([customerRow({ erp_customer_number: 1 })]),
      {
        flags: removing,
      },
    );
    expect({ exitCode, code: report.error.code }).toEqual({ exitCode: 5, code: 'missing_column' });
  });
});

test.for([[['--edits', 'keep']], [['--missing-contacts', 'remove']], [[...nightly, '--edits', 'merge']]])(
  '%j is a usage error',
  async ([flags]) => {
    const org = await setting.newOrg();
    const ended = await run(['import', 'a.csv', '--org', org.slug, ...(flags as string[])], {
      database: setting.server,
      cwd: setting.directory,
    });
    expect(ended.exitCode).toBe(2);
  },
);

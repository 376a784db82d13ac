import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Organization } from '../../src/model/organization.ts';
import { csv, customerRow } from '../support/csv.ts';
import { insertCustomer } from '../support/customers.ts';
import type { ImportSetting } from '../support/import.ts';
import { foretold, importSetting } from '../support/import.ts';

/* An address whose domain has letters beyond ASCII, in its two forms: letters, and `xn--` as mail's protocols have it. */

const letters = 'info@müller.example';
const ascii = 'info@xn--mller-kva.example';

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

async function filled(): Promise<Organization> {
  const org = await setting.newOrg();
  for (const [number, name, email] of [
    ['1', 'Buchstaben', letters],
    ['2', 'Ascii', ascii],
    [null, 'Ohne', ascii],
    ['3', 'Andere', 'info@andere.example'],
  ] as const) {
    await insertCustomer(setting.database, org, {
      name,
      erp_customer_number: number,
      email,
      contacts: [{ email, name: 'Anna' }],
    });
  }
  return org;
}

/** The report and the contacts afterwards; a dry run foretells it, and a second run changes nothing. */
async function imported(org: Organization, rows: Record<string, string>[], flags: string[] = []) {
  const text = csv(rows.map((row) => customerRow(row)));
  const dry = await setting.importText(org, text, { flags: [...flags, '--dry-run'] });
  const { report } = await setting.importText(org, text, { flags });
  expect(foretold(dry.report)).toEqual(foretold(report));
  const standing = await setting.versions(org);
  await setting.importText(org, text, { flags });
  expect(await setting.versions(org)).toEqual(expect.arrayContaining(standing));
  const stored = await setting.stored(org);
  return {
    report,
    found: stored.map(({ name, email, contacts }) => [
      name,
      email,
      ...contacts.map((contact) => `${contact.email} ${contact.name}`),
    ]),
  };
}

const asStored = [
  ['Buchstaben', letters, `${letters} Anna`],
  ['Ascii', ascii, `${ascii} Anna`],
  ['Andere', 'info@andere.example', 'info@andere.example Anna'],
  ['Ohne', ascii, `${ascii} Anna`],
];

test.for([
  ['with the number', [{ erp_customer_number: '1', name: 'Buchstaben', email: ascii, contact_email: ascii }]],
  [
    'the other way round',
    [{ erp_customer_number: '2', name: 'Ascii', email: letters, contact_email: letters }],
  ],
  ['without a number', [{ name: 'Ohne', email: letters, contact_email: letters }]],
  ['as it is', [{ erp_customer_number: '2', name: 'Ascii', email: ascii, contact_email: ascii }]],
  [
    'in capitals',
    [
      {
        erp_customer_number: '2',
        name: 'Ascii',
        email: 'Info@MÜLLER.example',
        contact_email: 'INFO@XN--MLLER-KVA.EXAMPLE',
      },
    ],
  ],
] as const)('%s a known address in the other form changes nothing', async ([, rows]) => {
  const { report, found } = await imported(
    await filled(),
    rows.map((row) => ({ ...row, contact_name: 'Anna' })),
  );
  expect(report).toMatchObject({ unchanged: rows.length, imported: 0, updated: 0, failed: 0 });
  expect(report.contacts).toMatchObject({ imported: 0, updated: 0 });
  expect(found).toEqual(asStored);
});

test('a contact is updated by the other form', async () => {
  const row = { erp_customer_number: '2', name: 'Ascii', email: ascii };
  const { report, found } = await imported(await filled(), [
    { ...row, contact_email: letters, contact_name: 'Berta' },
  ]);
  expect(report.contacts).toMatchObject({ imported: 0, updated: 1 });
  expect(found[1]).toEqual(['Ascii', ascii, `${ascii} Berta`]);
});

test('both forms in one file are one contact', async () => {
  const row = { erp_customer_number: '9', name: 'Neu', email: '' };
  const { report, found } = await imported(await filled(), [
    { ...row, contact_email: letters, contact_name: 'Anna' },
    { ...row, contact_email: ascii, contact_name: 'Berta' },
    {
      erp_customer_number: '3',
      name: 'Andere',
      email: 'info@andere.example',
      contact_email: ascii,
      contact_name: 'Ute',
    },
  ]);
  expect(report.contacts).toMatchObject({ imported: 2 });
  expect(found.find(([name]) => name === 'Neu')).toEqual(['Neu', null, `${letters} Berta`]);
  expect(found.find(([name]) => name === 'Andere')).toContain(`${letters} Ute`);
});

test('a customer that has both keeps both', async () => {
  const org = await filled();
  const contacts = [letters, ascii].map((email) => ({ email, name: 'Anna' }));
  await insertCustomer(setting.database, org, { name: 'Beide', erp_customer_number: '8', contacts });
  const row = { erp_customer_number: '8', name: 'Beide', email: '' };
  const { report, found } = await imported(org, [{ ...row, contact_email: ascii, contact_name: 'Berta' }]);
  expect(report.contacts).toMatchObject({ imported: 0, updated: 1 });
  expect(found.find(([name]) => name === 'Beide')).toEqual([
    'Beide',
    null,
    `${letters} Anna`,
    `${ascii} Berta`,
  ]);
});

test('a row without a number that has the address of a customer is a possible duplicate', async () => {
  const org = await setting.newOrg();
  await insertCustomer(setting.database, org, { name: 'Alt', erp_customer_number: '1', email: ascii });
  const { report } = await imported(org, [{ name: 'Ganz anders', email: letters }]);
  expect(report).toMatchObject({ failed: 1, errors: [{ code: 'possible_duplicate', column: 'email' }] });
});

test('--match email finds the customer by either form, and refuses a row that fits two', async () => {
  const org = await setting.newOrg();
  const contacts = [{ email: ascii, name: 'Anna' }];
  await insertCustomer(setting.database, org, {
    name: 'Alt',
    erp_customer_number: '1',
    email: ascii,
    contacts,
  });
  const row = { name: 'Neu', email: letters, contact_email: letters, contact_name: 'Anna' };
  const { report, found } = await imported(org, [row], ['--match', 'email']);
  expect(report).toMatchObject({ imported: 0, updated: 1, contacts: { imported: 0, updated: 0 } });
  expect(found).toEqual([['Neu', ascii, `${ascii} Anna`]]);
  await insertCustomer(setting.database, org, { name: 'Zwei', erp_customer_number: '2', email: letters });
  for (const email of [letters, ascii]) {
    const twice = await imported(org, [{ ...row, email }], ['--match', 'email']);
    expect(twice.report.errors).toMatchObject([{ code: 'ambiguous_customer' }]);
    const numbered = await imported(org, [{ ...row, email, erp_customer_number: '1' }], ['--match', 'email']);
    expect(numbered.report).toMatchObject({ unchanged: 1 });
  }
});

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CsvRow } from '../support/csv.ts';
import { csv, customerRow } from '../support/csv.ts';
import { insertCustomer } from '../support/customers.ts';
import type { ImportSetting } from '../support/import.ts';
import { importSetting } from '../support/import.ts';

/*
 * Files that change what decides about their other rows: a second import of the same file finds another state, and
 * changes nothing nevertheless.
 */

let setting: ImportSetting;
beforeAll(async () => {
  setting = await importSetting();
});
afterAll(() => setting.close());

interface Case {
  /** The customers before, as [number, name, email]. */
  known: [string, string, string?][];
  rows: CsvRow[];
  flags?: string[];
  /** Rejected rows. */
  errors?: [number, string][];
  /** The customers afterwards, as `number name email`. */
  left: string[];
}

const text = (rows: CsvRow[]) => csv(rows.map((row) => customerRow(row)));

/** What a first import leaves, and what a second one of the same file then changes. */
async function importedTwice({ known, rows, flags = [] }: Case) {
  const org = await setting.newOrg();
  for (const [number, name, email] of known) {
    const erp_customer_number = number === '' ? null : number;
    await insertCustomer(setting.database, org, { erp_customer_number, name, email: email ?? null });
  }
  const options = { flags: [...flags, '--no-rejects'] };
  const { report: first } = await setting.importText(org, text(rows), options);
  const stored = await setting.stored(org);
  const { report: second } = await setting.importText(org, text(rows), options);
  return {
    errors: first.errors.map(({ row, code }: { row: number; code: string }) => [row, code]),
    left: stored
      .map(({ erp_customer_number: number, name, email }) =>
        [number ?? '-', name, ...(email === null ? [] : [email])].join(' '),
      )
      .toSorted(),
    changed: second.imported + second.updated + second.contacts.imported + second.contacts.updated,
    otherRejects: second.failed - first.failed,
  };
}

const stable = ({ errors = [], left }: Case) => ({ errors, left, changed: 0, otherRejects: 0 });

describe('a row without a number', () => {
  test.for([
    [
      'with the name that another row replaces is a new customer',
      {
        known: [['1', 'Alt GmbH']],
        rows: [{ name: 'Neu GmbH', erp_customer_number: '1' }, { name: 'ALT GmbH' }],
        left: ['- ALT GmbH', '1 Neu GmbH'],
      },
    ],
    [
      'with the name that another row introduces is a possible duplicate',
      {
        known: [['1', 'Alt GmbH']],
        rows: [{ name: 'neu gmbh' }, { name: 'Neu GmbH', erp_customer_number: '1' }],
        errors: [[2, 'possible_duplicate']],
        left: ['1 Neu GmbH'],
      },
    ],
    [
      'with the email that another row replaces is a new customer',
      {
        known: [['1', 'Eins', 'x@x.example']],
        rows: [
          { name: 'Eins', erp_customer_number: '1', email: 'y@x.example' },
          { name: 'Zwei', email: 'x@x.example' },
        ],
        left: ['- Zwei x@x.example', '1 Eins y@x.example'],
      },
    ],
    [
      'with an email that another row clears is a possible duplicate where blank values are kept',
      {
        known: [['1', 'Eins', 'x@x.example']],
        rows: [
          { name: 'Eins neu', erp_customer_number: '1', email: '' },
          { name: 'Zwei', email: 'X@x.example' },
        ],
        flags: ['--blank', 'keep'],
        errors: [[3, 'possible_duplicate']],
        left: ['1 Eins neu x@x.example'],
      },
    ],
  ] as [string, Case][])('%s', async ([, example]) => {
    expect(await importedTwice(example)).toEqual(stable(example));
  });
});

test('a number without its leading zeros is a new one where another row replaces the one with zeros', async () => {
  const example: Case = {
    known: [['001', 'Eins', 'x@x.example']],
    rows: [
      { name: 'Eins', erp_customer_number: '5', email: 'x@x.example' },
      { name: 'Zwei', erp_customer_number: '1', email: 'y@x.example' },
    ],
    flags: ['--match', 'email'],
    left: ['1 Zwei y@x.example', '5 Eins x@x.example'],
  };
  expect(await importedTwice(example)).toEqual(stable(example));
});

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

/** Rows of `--match email`, as [number, name, email]. */
const byEmail = (...rows: [string, string, string][]): Pick<Case, 'rows' | 'flags'> => ({
  rows: rows.map(([number, name, email]) => ({ name, erp_customer_number: number, email })),
  flags: ['--match', 'email'],
});

describe('with --match email', () => {
  test.for([
    [
      'an email that another customer has stays with it, also where its row is blank',
      {
        known: [
          ['1', 'Eins', 'x@x.example'],
          ['2', 'Zwei'],
        ],
        ...byEmail(['2', 'Zwei', 'X@x.example'], ['1', 'Eins', '']),
        errors: [
          [2, 'ambiguous_customer'],
          [3, 'depends_on_rejected'],
        ],
        left: ['1 Eins x@x.example', '2 Zwei'],
      },
    ],
    [
      'two customers cannot exchange their emails: it could be their numbers',
      {
        known: [
          ['1', 'Eins', 'i@müller.example'],
          ['2', 'Zwei', 'y@x.example'],
        ],
        ...byEmail(['1', 'Eins', 'y@x.example'], ['2', 'Zwei', 'i@xn--mller-kva.example']),
        errors: [
          [2, 'ambiguous_customer'],
          [3, 'ambiguous_customer'],
        ],
        left: ['1 Eins i@müller.example', '2 Zwei y@x.example'],
      },
    ],
    [
      'of two customers with one email, none loses it while a row with it is ambiguous',
      {
        known: [
          ['', 'Ohne', 'x@x.example'],
          ['1', 'Eins', 'x@x.example'],
        ],
        ...byEmail(['2', 'Zwei', 'x@x.example'], ['1', 'Eins', 'y@x.example']),
        errors: [
          [2, 'ambiguous_customer'],
          [3, 'depends_on_rejected'],
        ],
        left: ['- Ohne x@x.example', '1 Eins x@x.example'],
      },
    ],
    [
      'an email that every customer gives up is ambiguous, and they keep it',
      {
        known: [
          ['1', 'Eins', 'x@x.example'],
          ['2', 'Zwei', 'x@x.example'],
        ],
        ...byEmail(['', 'Neu', 'x@x.example'], ['2', 'Zwei', ''], ['1', 'Eins', '']),
        errors: [
          [2, 'ambiguous_customer'],
          [3, 'depends_on_rejected'],
          [4, 'depends_on_rejected'],
        ],
        left: ['1 Eins x@x.example', '2 Zwei x@x.example'],
      },
    ],
    [
      'a customer keeps the number that a rejected row has',
      {
        known: [
          ['', 'Ohne', 'x@x.example'],
          ['1', 'Eins', 'z@x.example'],
        ],
        ...byEmail(['1', 'Neu', 'x@x.example'], ['2', 'Eins', 'z@x.example']),
        errors: [
          [2, 'ambiguous_customer'],
          [3, 'depends_on_rejected'],
        ],
        left: ['- Ohne x@x.example', '1 Eins z@x.example'],
      },
    ],
    [
      'a row that is understood only by a rejected one is rejected, too',
      {
        known: [['1', 'Eins', 'z@x.example']],
        ...byEmail(['1', 'Neu', 'y@x.example'], ['', 'Neu', 'y@x.example'], ['3', 'Neu', 'z@x.example']),
        errors: [
          [2, 'contradicting_rows'],
          [3, 'depends_on_rejected'],
          [4, 'contradicting_rows'],
        ],
        left: ['1 Eins z@x.example'],
      },
    ],
    [
      'contradictions are the same when one of the emails is stored',
      {
        known: [
          ['3', 'Drei'],
          ['2', 'Zwei'],
        ],
        ...byEmail(['3', 'Drei', 'z@x.example'], ['2', 'Zwei', 'x@x.example'], ['2', 'Zwei', 'z@x.example']),
        errors: [
          [2, 'depends_on_rejected'],
          [3, 'contradicting_rows'],
          [4, 'contradicting_rows'],
        ],
        left: ['2 Zwei', '3 Drei'],
      },
    ],
    [
      'an email stays where a row without a number needs it',
      {
        known: [
          ['3', 'Drei', 'y@x.example'],
          ['2', 'Zwei'],
        ],
        ...byEmail(['', 'Drei', 'y@x.example'], ['3', 'Drei', ''], ['2', 'Zwei', 'y@x.example']),
        errors: [[4, 'ambiguous_customer']],
        left: ['2 Zwei', '3 Drei y@x.example'],
      },
    ],
  ] as [string, Case][])('%s', async ([, example]) => {
    expect(await importedTwice(example)).toEqual(stable(example));
  });
});

import { expect, test } from 'vitest';
import { mapColumns } from '../../../src/import/columns/required-columns.ts';
import { collectMessages } from '../../../src/import/outcome/messages.ts';
import { problem } from '../../../src/model/problem.ts';

const source = { name: 'customers.csv' };
const ofOneFile = () => collectMessages([source.name], (row) => ({ file: undefined, row }));

const finding = (value: string | null) => ({
  column: 'name',
  value,
  problem: problem('too_long', 'it is too long', 'make it shorter'),
});

test('an error is reported with its position, value, code and fix', () => {
  const messages = ofOneFile();
  messages.addErrors('customers.csv', { row: 3, line: 5, findings: [finding('x'), finding(null)] });
  expect(messages.errors).toEqual([
    {
      row: 3,
      line: 5,
      column: 'name',
      value: 'x',
      code: 'too_long',
      error: 'it is too long',
      hint: 'make it shorter',
    },
    {
      row: 3,
      line: 5,
      column: 'name',
      value: null,
      code: 'too_long',
      error: 'it is too long',
      hint: 'make it shorter',
    },
  ]);
  expect(messages.errorsTotal()).toBe(2);
});

test('all are counted, and a thousand are listed', () => {
  const messages = ofOneFile();
  for (let row = 2; row < 2502; row++) {
    messages.addErrors('customers.csv', { row, line: row, findings: [finding('x'), finding('y')] });
    messages.addWarning('customers.csv', { row, line: row, finding: finding('x') });
  }
  expect(messages.errorsTotal()).toBe(5000);
  expect(messages.errors).toHaveLength(1000);
  expect(messages.warningsTotal()).toBe(2500);
  expect(messages.warnings).toHaveLength(1000);
});

test('a value is cut to what a report can show, and never in the middle of a character', () => {
  const messages = ofOneFile();
  for (const value of ['a'.repeat(200), 'b'.repeat(1_000_000), `${'c'.repeat(198)}👩👩`, 'M\udcfcller']) {
    messages.addErrors('customers.csv', { row: 2, line: 2, findings: [finding(value)] });
    messages.addWarning('customers.csv', { row: 2, line: 2, finding: finding(value) });
  }
  for (const values of [messages.errors, messages.warnings].map((all) => all.map(({ value }) => value))) {
    expect(values.slice(0, 2)).toEqual(['a'.repeat(200), `${'b'.repeat(199)}…`]);
    for (const value of values) {
      expect(value?.length).toBeLessThanOrEqual(200);
      expect(value?.isWellFormed()).toBe(true);
    }
  }
});

test('lines above the header are reported one by one', () => {
  const messages = ofOneFile();
  messages.addFileWarnings({
    source,
    columns: mapColumns(['name', 'default_currency', 'default_language'], {}),
    preamble: [
      { line: 1, raw: 'Kunden vom 1.11.' },
      { line: 2, raw: ' ' },
    ],
  });
  expect(messages.warnings).toMatchObject([
    {
      row: null,
      line: 1,
      value: 'Kunden vom 1.11.',
      code: 'preamble',
      warning: 'line 1, above the header, is skipped: "Kunden vom 1.11."',
    },
  ]);
});

test('a column for a field that another column fills is reported with that column', () => {
  const messages = ofOneFile();
  messages.addFileWarnings({
    source,
    columns: mapColumns(
      ['Kundennummer', 'Firma', 'Name', 'Währung', 'Sprache', 'email', 'E-Mail-Adresse'],
      {},
    ),
    preamble: [],
  });
  expect(messages.warnings).toMatchObject([
    {
      column: 'Firma',
      code: 'unknown_column',
      warning: 'the columns "Name" and "Firma" mean the same field; "Firma" is ignored',
      hint: 'if "Firma" is the right one, leave the other column out, or choose it in a mapping',
    },
    { warning: 'the columns "email" and "E-Mail-Adresse" mean the same field; "E-Mail-Adresse" is ignored' },
  ]);
});

test('unknown columns are reported with a suggestion', () => {
  const messages = ofOneFile();
  messages.addFileWarnings({
    source,
    columns: mapColumns(
      ['name', 'default_currency', 'default_language', 'Emial', 'Rabatt\x1b', '', '_intern'],
      {},
    ),
    preamble: [],
  });
  expect(messages.warnings).toMatchObject([
    {
      row: null,
      line: null,
      column: 'Emial',
      code: 'unknown_column',
      warning: 'the column "Emial" is not known and is ignored',
      hint: 'did you mean email?',
    },
    {
      warning: 'the column "Rabatt\\x1b" is not known and is ignored',
      hint: 'a name that begins with _ is ignored without a warning',
    },
    { warning: 'a column without a name is ignored' },
  ]);
});

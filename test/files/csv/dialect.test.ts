import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detectDialect } from '../../../src/files/csv/dialect.ts';
import { knownField } from '../../../src/import/columns/header-names.ts';
import { fieldNames } from '../../../src/model/fields.ts';
import { failureOf } from './pieces.ts';

const detect = (text: string) => detectDialect(text, { complete: true, columnKey: knownField });
const refusal = (text: string) => failureOf(Promise.resolve().then(() => detect(text)));

const delimiters = [',', ';', '\t', '|'];

describe.each(delimiters)('the delimiter %j', (delimiter) => {
  const others = delimiters.filter((other) => other !== delimiter).join('');

  test.each([
    ['plain names', ['name', 'default_currency', 'default_language']],
    ['two names', ['name', 'email']],
    ['one known name among strange ones', ['Kundengruppe', 'Rabatt', 'email', 'Skonto']],
    ['names that nobody knows', ['Rabattstufe', 'Skontotage', 'Kreditlimit']],
    ['quoted names', ['"name"', '"default_currency"']],
    ['names that hold the other delimiters', [`"${others}"`, `"Rabatt${others}Skonto"`, '"name"', 'email']],
    ['a name over two lines', ['"default\ncurrency"', 'name', 'email']],
    ['a name with a quote in it', ['"Rohre 12"" lang"', 'name', 'email']],
    ['empty names', ['', '', 'name', 'email']],
  ])('is found by %s', (_name, cells) => {
    for (const lineEnd of ['\n', '\r\n', '\r', '']) {
      expect(detect(`${cells.join(delimiter)}${lineEnd}`)).toMatchObject({ delimiter, headerLine: 1 });
    }
    const rows = `${cells.map((_, index) => `"${others}${index}"`).join(delimiter)}\n`.repeat(3);
    expect(detect(`${cells.join(delimiter)}\n${rows}`)).toMatchObject({ delimiter, headerLine: 1 });
    expect(detect(`\r\n\n${cells.join(delimiter)}\n${rows}`)).toMatchObject({ delimiter, headerLine: 3 });
  });

  test('is found in any header with two known names, whatever else is in it', () => {
    const strange = fc.stringMatching(/^[A-ZÄÖÜ][a-zäöüß ,;|\t]{0,8}$/).map((text) => `"${text}"`);
    const known = fc.uniqueArray(fc.constantFrom(...fieldNames), { minLength: 2 });
    fc.assert(
      fc.property(known, fc.array(strange), (names, strangers) => {
        expect(detect([...strangers, ...names].join(delimiter)).delimiter).toBe(delimiter);
      }),
    );
  });

  test('is found by the rows where some of them are damaged', () => {
    const row = ['Müller', 'EUR', '"x"'].join(delimiter);
    const damaged = [
      ['M"x', 'y', 'z'],
      ['"M', 'y', 'z'],
      ['M', 'y'],
    ].map((cells) => cells.join(delimiter));
    const text = [
      ['name', 'default_currency', 'Rabatt'].join(delimiter),
      ...Array(9).fill(row),
      ...damaged,
    ].join('\n');
    expect(detect(`${text}\n`).delimiter).toBe(delimiter);
  });

  test('is taken from a line sep=, and the header follows it', () => {
    expect(detect(`sep=${delimiter}\r\nname${delimiter}email\r\n`)).toMatchObject({
      delimiter,
      headerLine: 2,
    });
  });
});

test('a file of names alone needs no delimiter', () => {
  expect(detect('name\nMüller\nMeier\n').headerLine).toBe(1);
});

test('rows of text full of commas do not outweigh a header that is known', () => {
  expect(detect(`name;email\n${'a,b,c,d,e;x\n'.repeat(10)}`).delimiter).toBe(';');
});

test('lines above the header are reported', () => {
  expect(detect('Kundenliste\nStand 2024\n\nname;email\nMüller;a@b.example\n')).toMatchObject({
    headerLine: 4,
    preamble: [
      { line: 1, raw: 'Kundenliste' },
      { line: 2, raw: 'Stand 2024' },
    ],
  });
});

test.each(['4711\n', 'Kundenliste\nMüller\n', '{"title":"x"}\n', 'a,b;c\n1,2;3\n4,5;6\n'])(
  '%j does not tell what separates its cells',
  async (text) => {
    expect(await refusal(text)).toMatchObject({ code: 'undecided_delimiter', exitCode: 5 });
  },
);

test('of two tables, one below the other, the first is read, though the second names more fields', () => {
  const first = 'erp_customer_number;name;default_currency\n1;Alpha;EUR\n2;Beta;EUR\n';
  const second = 'erp_customer_number;name;default_currency;default_language;notes\n3;Gamma;EUR;de-DE;x\n';
  expect(detect(first + second)).toMatchObject({ headerLine: 1, preamble: [] });
});

test('a row above the line that names the columns is not passed over', async () => {
  const row = 'Huber;EUR;de-AT';
  const failure = await refusal(`${row}\nname;default_currency;default_language\n${row}\n`);
  expect(failure.code).toBe('missing_column');
  expect(failure.hint).toContain('--skip-lines 1');
});

test.each([...delimiters, '~', '^', ' ', "'"])('an export says itself that it is cut at %j', (delimiter) => {
  const misleading = `${['1', `"a;b,c|d\te"`, '"x\n\ny"'].join(delimiter)}\n`.repeat(3);
  expect(detect(`${['_orderflow_id', 'name', 'notes'].join(delimiter)}\n${misleading}`)).toMatchObject({
    delimiter,
    quote: '"',
    headerLine: 1,
  });
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exportColumn, rejectColumns } from '../../../src/files/csv/own-columns.ts';
import { fieldOf } from '../../../src/import/columns/header-names.ts';
import { matchColumns } from '../../../src/import/columns/match-columns.ts';
import { mapColumns } from '../../../src/import/columns/required-columns.ts';
import { fieldNames } from '../../../src/model/fields.ts';
import { failureOf } from '../../files/csv/pieces.ts';

const needed = ['name', 'default_currency', 'default_language'];
const map = (more: string[] = [], defaults = {}) => mapColumns([...needed, ...more], defaults);
const refusal = (header: string[], defaults = {}) =>
  failureOf(Promise.resolve().then(() => mapColumns(header, defaults)));

describe('a header', () => {
  test('of every column there is maps each to its place', () => {
    const { mapped, unknown, has } = mapColumns([...fieldNames], {});
    expect(mapped).toEqual(fieldNames.map((field, index) => ({ index, name: field, field, via: 'name' })));
    expect(unknown).toEqual([]);
    expect(fieldNames.every(has)).toBe(true);
  });

  test.each([
    ['Name', 'name'],
    [' NAME ', 'name'],
    ['\ufeffname', 'name'],
    ['\u00a0Name\u00a0', 'name'],
    ['ERP Customer Number', 'erp_customer_number'],
    ['erp-customer-number', 'erp_customer_number'],
    ['ErpCustomerNumber', 'erp_customer_number'],
    ['E-Mail', 'email'],
    ['billing street 2', 'billing_street2'],
    ['Contact__Is--Primary', 'contact_is_primary'],
  ])('%j is the column %s', (name, field) => {
    expect(fieldOf(name)).toBe(field);
  });

  test.each([
    '',
    ' ',
    'nom',
    'name2',
    '_name',
    ' _name',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
  ])('%j is not a column', (name) => {
    expect(fieldOf(name)).toBeUndefined();
  });

  test('matches in any spelling that differs in case, outer space and separators', () => {
    const spelled = fc.constantFrom(...fieldNames).chain((field) =>
      fc
        .tuple(
          fc.array(fc.constantFrom('_', '-', ' ', '', ' - '), { minLength: 3, maxLength: 3 }),
          fc.array(fc.boolean(), { minLength: field.length, maxLength: field.length }),
          fc.constantFrom('', ' ', '\t', '\u00a0'),
        )
        .map(([separators, capitals, space]) => {
          let turn = 0;
          const cased = field.replace(/./g, (character, index) =>
            capitals[index as number] ? character.toUpperCase() : character,
          );
          return { field, text: space + cased.replaceAll('_', () => separators[turn++] as string) + space };
        }),
    );
    fc.assert(
      fc.property(spelled, ({ field, text }) => {
        expect(fieldOf(text)).toBe(field);
      }),
    );
  });

  test('keeps columns apart whatever their names are', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (names) => {
        const own = names.filter((name) => fieldOf(name) === undefined && !/^sep=/i.test(name));
        const { mapped, unknown, header } = map(own);
        expect(header).toEqual([...needed, ...own]);
        expect(mapped.map(({ field }) => field)).toEqual(needed);
        expect(unknown.map(({ name }) => name)).toEqual(own.filter((name) => !/^\s*_/.test(name)));
      }),
    );
  });
});

describe('a column that is not known', () => {
  test('is listed, and one that begins with _ is not', () => {
    const { unknown } = map(['Kundengruppe', '_intern', ' _intern2', '', '__proto__', 'constructor']);
    expect(unknown).toEqual([
      { name: 'Kundengruppe', meant: undefined },
      { name: '', meant: undefined },
      { name: 'constructor', meant: undefined },
    ]);
  });

  test('is listed with the column that was perhaps meant', () => {
    expect(map(['Emial', 'Nummer']).unknown).toEqual([
      { name: 'Emial', meant: 'email' },
      { name: 'Nummer', meant: 'erp_customer_number' },
    ]);
  });

  test('was not meant to be a column that the file has', () => {
    expect(map(['nmae', 'email', 'e_maill']).unknown).toEqual([
      { name: 'nmae', meant: undefined },
      { name: 'e_maill', meant: undefined },
    ]);
  });

  test('may occur a thousand times, under one name or many', () => {
    const names = Array.from({ length: 1000 }, (_, index) => (index % 2 ? 'same' : `column ${index}`));
    expect(map(names).unknown.map(({ name }) => name)).toEqual(names);
  });
});

describe('refused is a header', () => {
  test('with two columns for one field', async () => {
    expect(await refusal([...needed, 'E-Mail', 'email'])).toMatchObject({
      code: 'duplicate_column',
      message: 'two columns are email: "E-Mail" and "email"',
      hint: 'rename the one that you do not need; a name that begins with _ is ignored',
    });
  });

  test('without a column that is needed', async () => {
    expect(await refusal(['nom', 'devise', 'idioma'])).toMatchObject({
      code: 'missing_column',
      message:
        'the header has no column for name, default_currency, default_language; it has "nom", "devise", "idioma"',
      hint: 'rename the columns as docs/import-guide.md lists them, map them with --mapping, or check --delimiter',
    });
  });

  test('without a currency, which a flag can give', async () => {
    expect(await refusal(['name', 'default_language'])).toMatchObject({
      message: 'the header has no column for default_currency; it has "name", "default_language"',
      hint: 'add --default currency=EUR if that is right for new customers',
    });
    expect(await refusal(['name'])).toMatchObject({
      hint: 'add --default currency=EUR --default language=de-DE if that is right for new customers',
    });
  });

  test('where a needed column is mistyped, which the hint names', async () => {
    expect(await refusal(['nmae', 'default_currency', 'default_language'])).toMatchObject({
      code: 'missing_column',
      hint: 'rename "nmae" if it is meant to be name, or map it with --mapping',
    });
    expect(await refusal(['name', 'WKZ', 'default_language'])).toMatchObject({
      hint: 'rename "WKZ" if it is meant to be default_currency, or map it with --mapping',
    });
  });

  test('of very many columns is shown in part', async () => {
    const { message } = await refusal(
      Array.from({ length: 1000 }, (_, index) => `c${index}${'x'.repeat(500)}`),
    );
    expect(message.length).toBeLessThan(700);
    expect(message).toMatch(/…$/);
  });

  test.each(['contact_name', 'contact_phone', 'contact_role', 'contact_is_primary'])(
    'with %s but no contact_email',
    async (column) => {
      expect(await refusal([...needed, column])).toMatchObject({
        code: 'missing_column',
        message: `"${column}" needs a contact_email column`,
        hint: 'add it, or let the names of the contact columns begin with _ to leave contacts out',
      });
      expect(map([column, 'contact_email']).has('contact_email')).toBe(true);
    },
  );

  test.each([
    [['sep=;'], 'remove that line; the delimiter is ";"'],
    [['SEP=', ''], 'remove that line'],
    [['sep=\t'], 'remove that line; the delimiter is "\\t"'],
  ])('that is Excel’s %j', async (header, hint) => {
    expect(await refusal(header)).toMatchObject({
      code: 'unsupported_format',
      message: 'the first line is Excel’s “sep=”, not the header',
      hint,
    });
  });

  test('with control characters, which the message shows escaped', async () => {
    expect((await refusal(['a\x1b[31m', '\u202eb'])).message).toContain('"a\\x1b[31m", "\\u202eb"');
  });
});

test('an export is known by its first column, which finds the customers', () => {
  const { madeSafe, unknown, ignored, match, id } = map([exportColumn]);
  expect({ madeSafe, unknown, ignored, match, id }).toEqual({
    madeSafe: true,
    unknown: [],
    ignored: [],
    match: 'id',
    id: { index: 3, name: exportColumn },
  });
});

test('--default replaces a missing column', () => {
  expect(mapColumns(['name'], { currency: 'EUR', language: 'de' }).has('default_currency')).toBe(false);
});

describe('the header of a rejects file', () => {
  test('is known by its last columns, which are ignored', () => {
    const { madeSafe, unknown, mapped } = map([...rejectColumns]);
    expect(madeSafe).toBe(true);
    expect(unknown).toEqual([]);
    expect(mapped).toHaveLength(3);
  });

  test('is recognised too if a person has deleted some of them', () => {
    expect(map(['_row', '_error']).madeSafe).toBe(true);
    expect(map(['_row']).madeSafe).toBe(false);
    expect(map([]).madeSafe).toBe(false);
  });

  test('has its own names back, those too that a spreadsheet would have run', () => {
    const { header, mapped } = mapColumns(
      ["'-name", 'default_currency', 'default_language', "'=x()", ...rejectColumns],
      {},
    );
    expect(header.slice(0, 4)).toEqual(['-name', 'default_currency', 'default_language', '=x()']);
    expect(mapped[0]).toEqual({ index: 0, name: '-name', field: 'name', via: 'name' });
  });

  test('is not recognised by names that begin with an apostrophe by chance', () => {
    expect(map(["'=x()"]).header.at(-1)).toBe("'=x()");
  });
});

const streets = (header: string[]) =>
  matchColumns(header)
    .mapped.filter(({ field }) => field.startsWith('billing_street'))
    .map(({ name, field }) => [name, field]);

describe('a second street', () => {
  test.each(['Straße 2', 'Strasse2', 'Street 2', 'Address 2'])(
    '%s is the second line of an address',
    (name) => {
      expect(streets(['Firma', 'Straße', name, 'PLZ', 'Ort'])).toContainEqual([name, 'billing_street2']);
    },
  );

  test.each(['PLZ 2', 'Ort 2', 'Land 2', 'City 2', 'Zip 2'])(
    'beside %s it is that of another address',
    (part) => {
      expect(streets(['Firma', 'Straße', 'Straße 2', 'PLZ', 'Ort', part])).toEqual([
        ['Straße', 'billing_street'],
      ]);
      const { unknown } = matchColumns(['Firma', 'Straße', 'Straße 2', part]);
      expect(unknown.find(({ name }) => name === 'Straße 2')?.meant).toBeUndefined();
    },
  );

  test('with the field’s own name is what it says', () => {
    expect(streets(['billing_street2', 'PLZ 2'])).toEqual([['billing_street2', 'billing_street2']]);
  });
});

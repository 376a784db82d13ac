import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Failure } from '../../../src/errors.ts';
import { mapColumns } from '../../../src/import/columns/required-columns.ts';
import { parseMapping, readMapping } from '../../../src/import/columns/mapping-file.ts';
import type { ThrowAwayDirectory } from '../../support/throw-away.ts';
import { throwAwayDirectory } from '../../support/throw-away.ts';
import { failureOf } from '../../files/csv/pieces.ts';
import { readCustomers } from '../read-customers.ts';

const mappingOf = (text: string) => parseMapping(text, 'm.yaml');
const refusal = (text: string) => failureOf(Promise.resolve().then(() => mappingOf(text)));
/** The code of the failure that it ends with, if any. */
function outcomeOf(act: () => unknown): string {
  try {
    act();
    return 'fine';
  } catch (error) {
    return error instanceof Failure ? error.code : String(error);
  }
}

const defaults = { currency: 'EUR', language: 'de' };

/** The customers of a small file under a mapping, without what every row has. */
async function read(text: string, mapping: string) {
  const outcome = await readCustomers({ text }, { mapping: mappingOf(mapping), defaults });
  const customers = outcome.customers.map(
    ({ default_currency: _currency, default_language: _language, ...customer }) => customer,
  );
  return { ...outcome, customers };
}

describe('a mapping', () => {
  test('may be YAML or JSON, and is the same', () => {
    const yaml = mappingOf('columns:\n  Konto: erp_customer_number\nconstants:\n  default_currency: EUR\n');
    expect(
      mappingOf('{"columns": {"Konto": "erp_customer_number"},\n\t"constants": {"default_currency": "EUR"}}'),
    ).toEqual(yaml);
  });

  test('holds texts: no number loses its zeros, and no country becomes a boolean', () => {
    const { constants, columns } = mappingOf(
      'constants: {billing_postal_code: 01067, billing_country: NO, is_active: yes}\n' +
        'columns: {Z: {field: email, values: {1.0: a, 010: b, null: c}}}',
    );
    expect(constants).toEqual({ billing_postal_code: '01067', billing_country: 'NO', is_active: 'yes' });
    expect(columns['Z']?.values).toEqual({ '1.0': 'a', '010': 'b', null: 'c' });
  });

  test('may say nothing', () => {
    expect(mappingOf('')).toEqual(mappingOf('# only a comment\n'));
  });

  test.each([
    ['colums:\n  A: name', 'm.yaml, line 1: the key "colums" is not known', 'did you mean columns?'],
    ['columns:\n  A: nmae', 'm.yaml, line 2: columns, "A": "nmae" is not a field', 'did you mean name?'],
    [
      'columns:\n  A: PLZ',
      'm.yaml, line 2: columns, "A": "PLZ" is not a field',
      'did you mean billing_postal_code?',
    ],
    [
      'columns:\n  A: {fild: name}',
      'm.yaml, line 2: columns, "A": the key "fild" is not known',
      'did you mean field?',
    ],
    ['columns:\n  A: name\n  A: email', 'm.yaml, line 3: Map keys must be unique', undefined],
    [
      'columns:\n  A: name\n  B: [email, name]',
      'm.yaml, line 3: columns, "B": name is filled twice, from "A" and "B"',
      'join the columns, or ignore one',
    ],
    [
      'join:\n  - {field: name, columns: [A]}\ncolumns: {B: name}',
      'm.yaml, line 2: join, number 1: name is filled twice, from "B" and "A"',
      'join the columns, or ignore one',
    ],
    ['constants:\n  nmae: x', 'm.yaml, line 2: constants: the key "nmae" is not known', 'did you mean name?'],
    [
      'constants:\n  default_currency: EURX',
      'm.yaml, line 2: constants, "default_currency": default_currency: "EURX" is not an ISO 4217 code',
      'did you mean EUR?',
    ],
    [
      'skip:\n  - {column: A}',
      'm.yaml, line 2: skip, number 1: one of equals, not_equals and starts_with is needed',
      undefined,
    ],
    [
      'skip:\n  - {column: A, matches: .*}',
      'm.yaml, line 2: skip, number 1: the key "matches" is not known',
      undefined,
    ],
    [
      'columns:\n  A: {values: {x: y}}',
      'm.yaml, line 2: columns, "A": either field or split is needed',
      undefined,
    ],
    [
      'columns:\n  A: {split: {by: "", fields: [name, email]}}',
      'm.yaml, line 2: columns, "A", "split", "by": a text is needed',
      undefined,
    ],
    [
      'delimiter: ";;"',
      'm.yaml, line 1: delimiter: one character is needed, such as , ; | or the word tab',
      undefined,
    ],
    ['join: {field: name}', 'm.yaml, line 1: join: a list is needed here', undefined],
    ['[columns]', 'm.yaml, line 1: a map (key: value) is needed here', undefined],
    ['columns: {A: name', 'm.yaml, line 1: Flow map', undefined],
    ['columns: {}\n---\ncolumns: {}', 'm.yaml, line', undefined],
  ])('%j is refused by key and line', async (text, message, hint) => {
    const failure = await refusal(text);
    expect(failure).toMatchObject({ code: 'mapping_invalid', exitCode: 2 });
    expect(failure.message.slice(0, message.length)).toBe(message);
    const general = 'docs/import-guide.md shows what a mapping file holds';
    expect(failure.hint).toBe(hint ?? general);
  });

  test.each([
    ['an alias', 'a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]', 'aliases (*…) are not supported'],
    [
      'a key that JavaScript takes for its own',
      'columns: {__proto__: name}',
      'the key "__proto__" is not allowed',
    ],
    ['a key that is no text', 'columns: {[a, b]: name}', 'a key must be a text'],
    ['a tag that makes an object', 'columns: !!js/function "x"', 'Unresolved tag'],
    ['very deep nesting', '['.repeat(200_000), 'nested too deep'],
    ['very deep nesting that closes', `a: ${'['.repeat(9000)}${']'.repeat(9000)}`, 'nested too deep'],
  ])('with %s is refused', async (_what, text, message) => {
    const failure = await refusal(text);
    expect(failure.code).toBe('mapping_invalid');
    expect(failure.message).toContain(message);
  });

  test('of a YAML version with yes as a boolean is read as text too', () => {
    expect(mappingOf('%YAML 1.1\n---\nconstants: {billing_country: NO}').constants).toEqual({
      billing_country: 'NO',
    });
  });

  test('is understood or refused, whatever it is', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'columns:',
        'join:',
        '- ',
        '  ',
        '\n',
        '{',
        '}',
        '[',
        ']',
        ':',
        ': ',
        '"',
        'name',
        '&a ',
        '*a',
        '!!x ',
        '? ',
        '|',
        '#',
      ),
      fc.string({ unit: 'binary', maxLength: 4 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        expect(outcomeOf(() => mappingOf(pieces.join('')))).toMatch(/^(fine|mapping_invalid)$/);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a mapping file', () => {
  let directory: ThrowAwayDirectory;
  beforeAll(async () => {
    directory = await throwAwayDirectory();
  });
  afterAll(() => directory.remove());

  async function readFile(content: string | Buffer) {
    await writeFile(path.join(directory.path, 'm.yaml'), content);
    return readMapping('m.yaml', { cwd: directory.path });
  }

  test('is found from the working directory, with or without a byte order mark', async () => {
    expect(await readFile('\ufeffcolumns: {Müller: name}')).toMatchObject({
      file: 'm.yaml',
      columns: { Müller: { fields: ['name'] } },
    });
  });

  test('that is missing, not a file, too large or not UTF-8 is refused', async () => {
    await mkdir(path.join(directory.path, 'folder'));
    await symlink('/dev/zero', path.join(directory.path, 'endless'));
    const cwd = directory.path;
    expect(await failureOf(readMapping('nowhere.yaml', { cwd }))).toMatchObject({
      code: 'file_not_found',
      message: 'mapping file not found: "nowhere.yaml"',
    });
    expect((await failureOf(readMapping('folder', { cwd }))).code).toBe('file_unreadable');
    expect((await failureOf(readMapping('endless', { cwd }))).code).toBe('file_unreadable');
    expect(await failureOf(readFile(Buffer.alloc((1 << 20) + 1, '#')))).toMatchObject({
      code: 'mapping_invalid',
      hint: 'is this really the mapping, not the customers?',
    });
    expect(await failureOf(readFile(Buffer.from([0xff, 0xfe, 0x41])))).toMatchObject({
      message: 'm.yaml is not UTF-8',
    });
  });
});

describe('a column', () => {
  test('is read as the field that the mapping names, and the others by their names', async () => {
    const { customers, columns } = await read(
      'No.;Firma;Fax;Ort\n007;Ärzte GmbH;1;Köln\n',
      'columns: {No.: erp_customer_number, Fax: ignore}',
    );
    expect(customers).toEqual([
      { erp_customer_number: '007', name: 'Ärzte GmbH', billing_address: { city: 'Köln' } },
    ]);
    expect(columns.mapped.map(({ name, via }) => [name, via])).toEqual([
      ['No.', 'mapping'],
      ['Firma', 'synonym'],
      ['Ort', 'synonym'],
    ]);
    expect(columns).toMatchObject({ ignored: ['Fax'], unknown: [], transform: undefined });
  });

  test('that the mapping does not name is not read where it says so', async () => {
    const { columns } = await read('A,Ort,email\nx,y,z\n', 'columns: {A: name}\nother_columns: ignore');
    expect(columns.mapped).toEqual([{ index: 0, name: 'A', field: 'name', via: 'mapping' }]);
    expect(columns).toMatchObject({ ignored: ['Ort', 'email'], unknown: [] });
  });

  test('for a field that the mapping fills otherwise is ignored and reported', async () => {
    const { customers, columns } = await read('A,name\nx,y\n', 'columns: {A: name}');
    expect(customers).toEqual([{ name: 'x' }]);
    expect(columns.unknown).toEqual([{ name: 'name', meant: undefined, instead: 'A' }]);
  });

  test('can fill several fields', async () => {
    const { customers } = await read('name,E-Mail\nx,a@x.de\n', 'columns: {E-Mail: [email, contact_email]}');
    expect(customers).toEqual([{ name: 'x', email: 'a@x.de', contact_email: 'a@x.de' }]);
  });

  test('is named as in the file, to the letter', async () => {
    expect(await failureOf(read('name,ort\nx,y\n', 'columns: {Ort: billing_city}'))).toMatchObject({
      code: 'mapping_mismatch',
      message: 'm.yaml does not fit this file: missing: "Ort"',
    });
    const { customers } = await read(
      'name, Stra\u00dfe\u00a0,u\u0308\nx,y,z\n',
      'columns: {Straße: billing_street, ü: notes}',
    );
    expect(customers).toEqual([{ name: 'x', billing_address: { street: 'y' }, notes: 'z' }]);
  });

  test('may be missing where the mapping says so', async () => {
    const { customers, columns } = await read(
      'name\nx\n',
      'columns: {Ort: {field: billing_city, optional: true}}',
    );
    expect(customers).toEqual([{ name: 'x' }]);
    expect(columns.has('billing_city')).toBe(false);
  });

  test('that occurs twice in the file is refused if the mapping names it', async () => {
    expect(await failureOf(read('name,A,A\nx,y,z\n', 'columns: {A: notes}'))).toMatchObject({
      code: 'duplicate_column',
      message: 'two columns are named "A", which m.yaml maps',
    });
    expect((await read('name,A,A\nx,y,z\n', 'columns: {name: name}')).customers).toEqual([{ name: 'x' }]);
  });
});

describe('a value table', () => {
  const mapping = 'columns: {L: {field: billing_country, values: {D: DE, "": AT, constructor: CH}}}';

  test('gives each value that is in it another', async () => {
    const { customers } = await read('name,L\na,D\nb, D \nc,\nd,FR\ne,constructor\n', mapping);
    expect(customers.map(({ billing_address: address }) => address)).toEqual(
      ['DE', 'DE', 'AT', 'FR', 'CH'].map((country) => ({ country })),
    );
  });

  test('leaves other values unchanged, so that they are judged, and the error names the place to add them', async () => {
    const { rejects } = await read('name,L\na,Deutschlnd\nb,toString\n', mapping);
    expect(rejects.map(({ cells }) => cells)).toEqual([
      ['a', 'Deutschlnd'],
      ['b', 'toString'],
    ]);
    expect(rejects[0]?.findings).toEqual([
      {
        column: 'L',
        value: 'Deutschlnd',
        problem: expect.objectContaining({
          code: 'invalid_country',
          hint: 'did you mean DE?, or give it a value under "L" in m.yaml',
        }),
      },
    ]);
  });
});

describe('columns are joined', () => {
  const mapping = 'join: [{field: name, columns: [N1, N2], with: " – ", else: [Person]}]';

  test('without the blank ones, and by others where all are blank', async () => {
    const { customers } = await read('N1,N2,Person\nA,B,P\n A ,,P\n,B,P\n, ,P\n', mapping);
    expect(customers.map(({ name }) => name)).toEqual(['A – B', 'A', 'B', 'P']);
  });

  test('and an error names them', async () => {
    const { rejects } = await read('N1,N2,Person,notes\n,,,x\n', mapping);
    expect(rejects[0]?.findings).toMatchObject([{ column: 'N1 + N2', problem: { code: 'name_required' } }]);
  });

  test('without the prefix of each', async () => {
    const { customers } = await read(
      "A,B\n'1,'2\n1,'\n",
      'join: [{field: name, columns: [A, B], strip: "\'"}]',
    );
    expect(customers.map(({ name }) => name)).toEqual(['1 2', '1']);
  });
});

describe('a column is split', () => {
  const mapping = 'columns: {PLZ Ort: {split: {by: " ", fields: [billing_postal_code, billing_city]}}}';

  test('at the first sign, the last part having what is left', async () => {
    const { customers } = await read('name,PLZ Ort\na,01067 Dresden\nb,1010  Wien Mitte\nc,\n', mapping);
    expect(customers.map(({ billing_address: address }) => address)).toEqual([
      { postal_code: '01067', city: 'Dresden' },
      { postal_code: '1010', city: 'Wien Mitte' },
      undefined,
    ]);
  });

  test('or the row is rejected, with its other errors: one part is not put into the other’s field', async () => {
    const { customers, rejects, tally } = await read('name,PLZ Ort\n,Dresden\nb,01067\n', mapping);
    expect(customers).toEqual([]);
    expect(tally).toMatchObject({ rows: 2, failed: 2 });
    expect(
      rejects.map(({ findings }) => findings.map(({ column, problem: { code } }) => [column, code])),
    ).toEqual([
      [
        ['PLZ Ort', 'invalid_value'],
        ['name', 'name_required'],
      ],
      [['PLZ Ort', 'invalid_value']],
    ]);
    expect(rejects[1]?.findings[0]?.problem.message).toBe(
      '"01067" does not have the 2 parts billing_postal_code and billing_city, with " " between them',
    );
  });
});

describe('a constant', () => {
  test('fills a field that no column gives, and no other', async () => {
    const mapping = 'constants: {default_currency: usd, billing_country: CH, notes: from the ERP}';
    const { customers } = await readCustomers(
      { text: 'name,default_language,Land\na,de,AT\n' },
      { mapping: mappingOf(mapping) },
    );
    expect(customers).toEqual([
      {
        name: 'a',
        default_language: 'de',
        default_currency: 'USD',
        billing_address: { country: 'AT' },
        notes: 'from the ERP',
      },
    ]);
  });
});

describe('a record is skipped', () => {
  test.each([
    ['equals: K', ['a', 'c', 'd']],
    ['equals: [K, ""]', ['a', 'c']],
    ['not_equals: D', ['a']],
    ['starts_with: [K, D9]', ['a', 'd']],
  ])('where %s', async (rule, kept) => {
    const { customers, tally, rejects } = await read(
      'name,Art\na,D\nb, K \nc,D9\nd,\n',
      `skip: [{column: Art, ${rule}}]`,
    );
    expect(customers.map(({ name }) => name)).toEqual(kept);
    expect(tally).toMatchObject({ rows: kept.length, skipped: 4 - kept.length, failed: 0 });
    expect(rejects).toEqual([]);
  });

  test('by a column that is no field, and is not reported as unknown', async () => {
    const { columns } = await read('name,Art,Land\na,D,DE\n', 'skip: [{column: Art, equals: K}]');
    expect(columns).toMatchObject({ ignored: ['Art'], unknown: [] });
    const byKind = 'rows: [{when: {column: Typ, equals: L}, of: {number: Konto}, shipping: {city: Ort}}]';
    const kinds = await read('Konto,name,Typ,Ort,Art\n7,a,K,,D\n', byKind);
    expect(kinds.columns).toMatchObject({ ignored: ['Typ'], unknown: [{ name: 'Art' }] });
  });

  test('by a column that is read as well', async () => {
    const { customers } = await read('name,Land\na,DE\nb,CH\n', 'skip: [{column: Land, equals: CH}]');
    expect(customers).toMatchObject([{ name: 'a', billing_address: { country: 'DE' } }]);
  });

  test('and the others keep their numbers', async () => {
    const { rejects } = await read('name,Art\nx,K\nx,K\n,D\n', 'skip: [{column: Art, equals: K}]');
    expect(rejects).toMatchObject([{ row: 4, line: 4 }]);
  });

  test('by signs that mean themselves, not patterns', async () => {
    const { customers } = await read('name,Art\na,D\nb,.*\n', 'skip: [{column: Art, equals: ".*"}]');
    expect(customers.map(({ name }) => name)).toEqual(['a']);
  });
});

describe('the columns a mapping expects', () => {
  const mapping = 'expects: [name, Ort, Fax]\ncolumns: {Fax: ignore}';

  test('may be in any order', async () => {
    expect((await read('Fax,Ort,name\n1,Ulm,x\n', mapping)).customers).toHaveLength(1);
  });

  test('are what the file must have: it is refused with what is new and what is gone', async () => {
    expect(await failureOf(read('name,Stadt,Fax,Neu\na,b,c,d\n', mapping))).toMatchObject({
      code: 'mapping_mismatch',
      exitCode: 5,
      message: 'm.yaml does not fit this file: missing: "Ort"; new: "Stadt", "Neu"',
      hint: 'look at the file, then bring columns and expects in m.yaml up to date',
    });
    expect((await failureOf(read('name,Ort,Fax,Ort\na,b,c,d\n', mapping))).message).toContain('new: "Ort"');
  });

  test('do not count those that a rejects file has', async () => {
    const { customers } = await read(
      'name,Ort,Fax,_row,_line,_column,_code,_error\nx,Ulm,1,2,2,name,c,e\n',
      mapping,
    );
    expect(customers).toEqual([{ name: 'x', billing_address: { city: 'Ulm' } }]);
  });

  test('hold whatever their names are', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 20 }), (names) => {
        const header = [...names, 'name', 'default_currency', 'default_language'].filter(
          (name) => !/^sep=/i.test(name),
        );
        const text = JSON.stringify({ expects: header, other_columns: 'match' });
        const expecting = parseMapping(text, 'm.json');
        // A generated name may be a field's own by chance.
        expect(outcomeOf(() => mapColumns(header, {}, expecting))).toMatch(
          /^(fine|duplicate_column|missing_column)$/,
        );
        expect(() => mapColumns([...header, 'one more'], {}, expecting)).toThrow('new: "one more"');
      }),
    );
  });
});

describe('contact cells without a contact’s email', () => {
  const text = 'name,contact_email,Ansprechpartner\na,a@x.de,Ann\nb,,Bob\n';

  test('are an error', async () => {
    const { rejects } = await read(text, '');
    expect(rejects).toMatchObject([{ row: 3, findings: [{ problem: { code: 'contact_email_required' } }] }]);
  });

  test('are left out where the mapping says so, and other uses of the column stay', async () => {
    const { customers } = await read(
      text,
      'contact_without_email: ignore\ncolumns: {Ansprechpartner: [contact_name, notes]}',
    );
    expect(customers).toEqual([
      { name: 'a', contact_email: 'a@x.de', contact_name: 'Ann', notes: 'Ann' },
      { name: 'b', notes: 'Bob' },
    ]);
  });
});

test('the delimiter of the mapping is taken, unless the command line says another', async () => {
  const mapping = mappingOf('delimiter: "|"');
  expect(
    (await readCustomers({ text: 'name|notes\na,b|c\n' }, { mapping, defaults })).customers,
  ).toMatchObject([{ name: 'a,b', notes: 'c' }]);
  expect(
    (await readCustomers({ text: 'name,notes\na|b,c\n' }, { mapping, defaults, delimiter: ',' })).customers,
  ).toMatchObject([{ name: 'a|b', notes: 'c' }]);
});

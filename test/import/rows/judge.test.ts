import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ColumnDefaults } from '../../../src/import/columns/columns.ts';
import { mapColumns } from '../../../src/import/columns/required-columns.ts';
import { createJudge } from '../../../src/import/rows/judge.ts';
import type { FieldName } from '../../../src/model/fields.ts';
import { fieldNames, fields } from '../../../src/model/fields.ts';
import { findDamagedPostalCode } from '../../../src/model/postal-code.ts';
import { anyText } from '../../model/any-text.ts';
import { copiedValues } from '../copied-values.ts';

const valid: Partial<Record<FieldName, string>> = {
  name: 'Müller GmbH',
  default_currency: 'EUR',
  default_language: 'de-DE',
};

function judgeOf(
  names: readonly string[],
  { defaults = {}, blank = 'clear' }: { defaults?: ColumnDefaults; blank?: 'clear' | 'keep' } = {},
) {
  const columns = mapColumns([...names], defaults);
  const judge = createJudge(columns, { blank });
  return {
    judge,
    /** What is staged of a row by column, or what is wrong with it. */
    judged: (row: Partial<Record<string, string>>, number = 2, line = 2) => {
      const { errors, warnings, ...counted } = judge.judge(names.map((name) => row[name] ?? ''));
      return {
        counted,
        staged:
          errors.length === 0 ? copiedValues(judge.stagedColumns, judge.copyLine(number, line)) : undefined,
        errors: errors.map(({ column, value, problem }) => ({ column, value, code: problem.code })),
        warnings: warnings.map(({ column, value, problem }) => ({ column, value, code: problem.code })),
      };
    },
  };
}

const whole = judgeOf(fieldNames);
const judged = (row: Partial<Record<FieldName, string>>) =>
  whole.judged({ ...valid, contact_email: 'a@b.example', ...row });
const errorsOf = (row: Partial<Record<FieldName, string>>) => judged(row).errors;

const long = (length: number) => 'x'.repeat(length + 1);

describe('each field is judged by its own rule:', () => {
  test.each<[FieldName, string, string]>([
    ['name', long(500), 'too_long'],
    ['name', 'Mü\ufffdller', 'replacement_character'],
    ['name', 'MÃ¼ller', 'decoded_twice'],
    ['name', 'a\tb', 'control_character'],
    ['name', 'a\nb', 'control_character'],
    ['name', '#NAME?', 'spreadsheet_damage'],
    ['erp_customer_number', long(100), 'too_long'],
    ['erp_customer_number', '1,23E+11', 'spreadsheet_damage'],
    ['email', 'nobody', 'invalid_email'],
    ['default_currency', 'EURX', 'invalid_currency'],
    ['default_language', 'xx-YY', 'invalid_language'],
    ['notes', long(10_000), 'too_long'],
    ['notes', 'a\tb', 'control_character'],
    ['is_active', 'perhaps', 'invalid_boolean'],
    ...(['billing', 'shipping'] as const).flatMap((side): [FieldName, string, string][] => [
      [`${side}_street`, long(200), 'too_long'],
      [`${side}_street2`, long(200), 'too_long'],
      [`${side}_city`, long(100), 'too_long'],
      [`${side}_postal_code`, long(20), 'too_long'],
      [`${side}_postal_code`, '1,23E+11', 'spreadsheet_damage'],
      [`${side}_state`, long(100), 'too_long'],
      [`${side}_country`, 'XX', 'invalid_country'],
    ]),
    ['contact_email', 'nobody', 'invalid_email'],
    ['contact_name', long(200), 'too_long'],
    ['contact_phone', long(50), 'too_long'],
    ['contact_phone', '4,36E+11', 'spreadsheet_damage'],
    ['contact_role', long(100), 'too_long'],
    ['contact_is_primary', 'perhaps', 'invalid_boolean'],
  ])('%s %j is %s', (field, value, code) => {
    expect(errorsOf({ [field]: value })).toEqual([{ column: field, value, code }]);
  });

  test.each(fieldNames)('%s takes no NUL, no half character and no byte that is not UTF-8', (field) => {
    for (const [sign, code] of [
      ['\0', undefined],
      ['\ud800', undefined],
      ['\udcfc', 'invalid_encoding'],
    ] as const) {
      const [error, ...others] = errorsOf({ [field]: `M${sign}ller` });
      expect(others).toEqual([]);
      expect(error).toMatchObject({ column: field, ...(code === undefined ? {} : { code }) });
    }
  });

  test('what the columns are called in the file is what the errors call them', () => {
    const { judged: judgedAs } = judgeOf(['Name', 'Default Currency', 'DEFAULT-LANGUAGE']);
    expect(judgedAs({ Name: '', 'Default Currency': 'EURX', 'DEFAULT-LANGUAGE': '?' }).errors).toEqual([
      { column: 'Name', value: null, code: 'name_required' },
      { column: 'Default Currency', value: 'EURX', code: 'invalid_currency' },
      { column: 'DEFAULT-LANGUAGE', value: '?', code: 'invalid_language' },
    ]);
  });
});

describe('a row', () => {
  test('gets all its errors reported, in the order of the columns', () => {
    const bad = Object.fromEntries(fieldNames.map((name) => [name, 'a\0b']));
    expect(whole.judged(bad).errors.map(({ column }) => column)).toEqual(fieldNames);
  });

  test('that is blank misses what is needed, and no contact', () => {
    expect(whole.judged({}).errors).toEqual([
      { column: 'name', value: null, code: 'name_required' },
      { column: 'default_currency', value: null, code: 'currency_required' },
      { column: 'default_language', value: null, code: 'language_required' },
    ]);
    expect(
      whole.judged({ name: ' ', default_currency: '\u00a0', default_language: '\t' }).errors,
    ).toHaveLength(3);
  });

  test.each<[FieldName, string]>([
    ['contact_name', 'Anna'],
    ['contact_phone', '+49 89 1234'],
    ['contact_role', 'Einkauf'],
    ['contact_is_primary', 'ja'],
  ])('with a %s needs a contact_email', (field, value) => {
    expect(errorsOf({ contact_email: '', [field]: value })).toEqual([
      { column: 'contact_email', value: null, code: 'contact_email_required' },
    ]);
    expect(errorsOf({ [field]: value })).toEqual([]);
  });

  test('that says no primary contact and no contact has none', () => {
    expect(errorsOf({ contact_email: '', contact_is_primary: 'nein' })).toEqual([]);
  });

  test('with a contact without email and with a wrong phone gets both errors', () => {
    expect(errorsOf({ contact_email: ' ', contact_phone: '4,36E+11' })).toEqual([
      { column: 'contact_phone', value: '4,36E+11', code: 'spreadsheet_damage' },
      { column: 'contact_email', value: null, code: 'contact_email_required' },
    ]);
  });

  test('with a wrong contact email is not reported as missing it', () => {
    expect(errorsOf({ contact_email: 'nobody', contact_name: 'Anna' })).toMatchObject([
      { code: 'invalid_email' },
    ]);
  });

  test('may be doubtful and good', () => {
    const { staged, warnings } = judged({ default_currency: 'HRK' });
    expect(warnings).toEqual([{ column: 'default_currency', value: 'HRK', code: 'withdrawn_currency' }]);
    expect(staged).toMatchObject({ default_currency: 'HRK' });
  });

  test('leaves nothing behind for the next', () => {
    expect(judged({ name: '', default_currency: 'HRK' })).toMatchObject({ staged: undefined });
    expect(judged({})).toMatchObject({
      errors: [],
      warnings: [],
      staged: { name: 'Müller GmbH', email: null },
    });
    expect(judged({ erp_customer_number: '7', is_active: '' }).counted).toEqual({
      activeSaid: false,
      contactEmail: 'a@b.example',
      erpNumber: '7',
      hasContact: true,
      blankActive: true,
    });
    expect(judged({ contact_email: '', is_active: 'ja' }).counted).toEqual({
      activeSaid: true,
      contactEmail: '',
      erpNumber: '',
      hasContact: false,
      blankActive: false,
    });
  });
});

const awkward = (more: string[]) =>
  fc.string({
    unit: fc.constantFrom('\\', 'n', 'N', '.', '"', "'", '{', 'ä', '株', '👩', '\u00a0', ' ', ...more),
    maxLength: 15,
  });
const textOf = (name: FieldName) =>
  fc.oneof(
    {
      weight: 20,
      arbitrary: awkward(/notes|street|city|state/.test(name) ? ['\n', '\r\n', '\u2028'] : []),
    },
    {
      weight: 20,
      arbitrary: fc.constantFrom('', '', '\\N', '\\.', '\\', '""', 'null', '{}', '\u00a0', ' x'),
    },
    { weight: 1, arbitrary: anyText },
  );

describe('what is staged', () => {
  test('is what the rules make of each cell', () => {
    const { staged } = whole.judged(
      {
        name: '  Mu\u0308ller \\ Söhne ',
        default_currency: 'eur',
        default_language: 'DE-de',
        erp_customer_number: '00042',
        email: ' Info@Müller.Example ',
        notes: 'a\r\nb\\n\tc'.replace('\t', ' '),
        is_active: 'Wahr',
        billing_street: 'Straße "1"\nHof',
        billing_postal_code: '01067',
        billing_country: 'de',
        contact_email: 'Anna@X.example',
        contact_is_primary: 'x',
      },
      17,
      23,
    );
    expect(staged).toEqual({
      row_no: '17',
      line_no: '23',
      name: 'Müller \\ Söhne',
      default_currency: 'EUR',
      default_language: 'de-DE',
      erp_customer_number: '00042',
      email: 'info@müller.example',
      notes: 'a\nb\\n c',
      is_active: 'true',
      billing_address: { street: 'Straße "1"\nHof', postal_code: '01067', country: 'DE' },
      shipping_address: null,
      contact_email: 'anna@x.example',
      contact_name: null,
      contact_phone: null,
      contact_role: null,
      contact_is_primary: 'true',
    });
  });

  test.each(['a\nb', 'a\\b', '\\', '\\n', '\\.', 'a\\N', 'a"b', 'a\\"b', '\n"\n'.trim()])(
    'comes back when %j is the only thing in the row that needs an escape',
    (text) => {
      expect(judged({ notes: text }).staged).toMatchObject({ notes: text });
      expect(judged({ billing_street: text }).staged).toMatchObject({ billing_address: { street: text } });
    },
  );

  test('has a column only for what the file has', () => {
    expect(judgeOf(['default_language', 'name', 'default_currency']).judge.stagedColumns).toEqual([
      'row_no',
      'line_no',
      'name',
      'default_currency',
      'default_language',
    ]);
    expect(judgeOf([...Object.keys(valid), 'shipping_city']).judge.stagedColumns).toContain(
      'shipping_address',
    );
  });

  test('needs no currency and language where a default fills them, in a missing column and a blank cell', () => {
    const defaults = { currency: 'CHF', language: 'de-CH' };
    expect(judgeOf(['name'], { defaults }).judged({ name: 'A' }).staged).not.toHaveProperty(
      'default_currency',
    );
    const { judged: judgedHere } = judgeOf(['name', 'default_currency'], { defaults });
    expect(judgedHere({ name: 'A', default_currency: 'EUR' }).staged).toMatchObject({
      default_currency: 'EUR',
    });
    expect(judgedHere({ name: 'A' })).toMatchObject({ errors: [], staged: { default_currency: null } });
    const { judged: without } = judgeOf(['name', 'default_currency'], { defaults: { language: 'de-CH' } });
    expect(without({ name: 'A' }).errors).toMatchObject([{ code: 'currency_required' }]);
  });

  test('says no for a blank is_active, and nothing with --blank keep', () => {
    const names = [...Object.keys(valid), 'is_active'];
    expect(judgeOf(names).judged(valid).staged).toMatchObject({ is_active: 'false' });
    const kept = judgeOf(names, { blank: 'keep' });
    expect(kept.judged(valid).staged).toMatchObject({ is_active: null });
    expect(kept.judged(valid).counted.blankActive).toBe(false);
    expect(judgeOf(Object.keys(valid)).judged(valid).staged).not.toHaveProperty('is_active');
  });

  const cellOf: Partial<Record<FieldName, fc.Arbitrary<string>>> = {
    default_currency: fc.constantFrom('EUR', 'usd', 'HRK', 'CHF', 'EURX'),
    default_language: fc.constantFrom('de', 'EN-gb', 'zh-hant-tw', 'de-AT', '?'),
    email: fc.constantFrom('a@b.example', 'Ä@Ö.example', '', '"@b.example'),
    contact_email: fc.constantFrom('a@b.example', "o'neill+x@b.example", ''),
    is_active: fc.constantFrom('ja', 'NEIN', '', 'x'),
    contact_is_primary: fc.constantFrom('1', '0', ''),
    billing_country: fc.constantFrom('at', 'DE', ''),
    shipping_country: fc.constantFrom('at', 'DE', ''),
  };
  const anyRow = fc.record(
    Object.fromEntries(fieldNames.map((name) => [name, cellOf[name] ?? textOf(name)])) as Record<
      FieldName,
      fc.Arbitrary<string>
    >,
  );

  test('comes back from COPY as exactly what was accepted, whatever the cells', () => {
    let accepted = 0;
    fc.assert(
      fc.property(anyRow, (row) => {
        const parsed = Object.fromEntries(fieldNames.map((name) => [name, fields[name].parse(row[name])]));
        const { staged, errors } = whole.judged(row);
        expect(staged === undefined).toBe(errors.length > 0);
        for (const name of fieldNames) {
          const country = parsed[name.replace('postal_code', 'country') as FieldName];
          const damaged =
            name.endsWith('_postal_code') &&
            typeof parsed[name] === 'string' &&
            typeof country === 'string' &&
            findDamagedPostalCode(parsed[name], country) !== undefined;
          expect(errors.some(({ column, value }) => column === name && value !== null)).toBe(
            typeof parsed[name] !== 'string' || damaged,
          );
        }
        if (staged === undefined) return;
        accepted++;
        const storedOf = (name: FieldName) => (parsed[name] === '' ? null : parsed[name]);
        const addressOf = (side: 'billing' | 'shipping') => {
          const parts = fieldNames.filter((name) => name.startsWith(`${side}_`) && parsed[name] !== '');
          return parts.length === 0
            ? null
            : Object.fromEntries(parts.map((name) => [name.slice(side.length + 1), parsed[name]]));
        };
        const scalars = fieldNames.filter((name) => !/^(?:billing|shipping)_/.test(name));
        expect(staged).toEqual({
          row_no: '2',
          line_no: '2',
          ...Object.fromEntries(scalars.map((name) => [name, storedOf(name)])),
          is_active: storedOf('is_active') ?? 'false',
          billing_address: addressOf('billing'),
          shipping_address: addressOf('shipping'),
        });
      }),
      { numRuns: 3000 },
    );
    expect(accepted).toBeGreaterThan(80);
  });
});

import type { RecordFault, SheetMarks, TableOptions } from '../../../src/files/table.ts';
import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Failure } from '../../../src/errors.ts';
import { knownField } from '../../../src/import/columns/header-names.ts';
import { openTableFile } from '../../../src/files/table-file.ts';
import { sourceOf } from './source-of.ts';
import type { Cell } from '../../support/workbook.ts';
import { workbookOf, workbookParts, zipOf } from '../../support/workbook.ts';

interface ReadRow {
  line: number;
  cells: string[];
  marks?: SheetMarks;
}

async function read(bytes: Buffer, options: TableOptions = {}) {
  const file = await openTableFile(sourceOf(bytes), { columnKey: knownField, ...options });
  const rows: ReadRow[] = [];
  const faults: RecordFault[] = [];
  const passedOver: number[] = [];
  const remarks: string[] = [];
  const reading = file.read({
    row: (cells, line, marks) =>
      rows.push({ line, cells, ...(marks === undefined ? {} : { marks: [...marks] }) }),
    fault: (fault) => faults.push(fault),
    passedOver: (_problem, line) => passedOver.push(line),
    remark: ({ code, message }) => remarks.push(`${code}: ${message}`),
  });
  while ((await reading.next()).done !== true);
  return { file, header: file.header, rows, faults, passedOver, remarks };
}

/** The text and the mark of one cell in the second row. */
async function cellOf(cell: Cell, options: Parameters<typeof workbookOf>[1] = {}) {
  const { rows } = await read(
    workbookOf(
      [
        ['name', 'value'],
        ['x', cell],
      ],
      options,
    ),
  );
  return [rows[0]?.cells[1], rows[0]?.marks?.[1]];
}

const styledCell = (format: string, value: string, type = '') =>
  cellOf({ xml: `<c r="{r}" s="1"${type}><v>${value}</v></c>` }, { formats: [format] });
const sharedCell = (index: number): Cell => ({ xml: `<c r="{r}" t="s"><v>${index}</v></c>` });
const sheetOf = (rows: string) => workbookOf([{ rows }]);
const textCell = (reference: string, value: string) => `<c r="${reference}" t="str"><v>${value}</v></c>`;
const bareCell = (value: string) => `<c t="str"><v>${value}</v></c>`;
const withSheet = (content: string | Buffer) =>
  workbookOf([['name']], { parts: { 'xl/worksheets/sheet1.xml': content } });

const failure = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) as unknown });

describe('cells', () => {
  test.for<[string, string, (string | undefined)[]]>([
    [
      'an inline string',
      '<c r="{r}" t="inlineStr"><is><t> Müller &amp; Söhne </t></is></c>',
      [' Müller & Söhne ', undefined],
    ],
    [
      'rich text, its runs joined',
      '<c r="{r}" t="inlineStr"><is><r><rPr><b/></rPr><t>Mül</t></r><r><t>ler</t></r></is></c>',
      ['Müller', undefined],
    ],
    [
      'Japanese text without its pronunciation',
      '<c r="{r}" t="inlineStr"><is><t>課</t><rPh sb="0" eb="1"><t>カ</t></rPh></is></c>',
      ['課', undefined],
    ],
    [
      'an escaped character',
      '<c r="{r}" t="inlineStr"><is><t>a_x000D_b_x005F_x0041_</t></is></c>',
      ['a\rb_x0041_', undefined],
    ],
    ['CDATA', '<c r="{r}" t="inlineStr"><is><t><![CDATA[a<b]]></t></is></c>', ['a<b', undefined]],
    ['true', '<c r="{r}" t="b"><v>1</v></c>', ['true', undefined]],
    ['false', '<c r="{r}" t="b"><v>0</v></c>', ['false', undefined]],
    ['an error', '<c r="{r}" t="e"><f>A1+#REF!</f><v>#REF!</v></c>', ['#REF!', 'error']],
    ['a formula’s text', '<c r="{r}" t="str"><f>A1&amp;"b"</f><v>ab</v></c>', ['ab', undefined]],
    ['a formula’s number', '<c r="{r}"><f>A1+1</f><v>42</v></c>', ['42', 'number']],
    ['a formula’s empty text', '<c r="{r}" t="str"><f>""</f><v></v></c>', ['', undefined]],
    ['a formula that was never calculated', '<c r="{r}"><f>A1+1</f></c>', ['', 'uncalculated']],
    [
      'a formula that was never calculated, with a blank result',
      '<c r="{r}"><f>A1+1</f><v></v></c>',
      ['', 'uncalculated'],
    ],
    ['an integer', '<c r="{r}"><v>10001</v></c>', ['10001', 'number']],
    ['an integer in scientific notation', '<c r="{r}"><v>1.0001E4</v></c>', ['10001', 'number']],
    ['a negative integer', '<c r="{r}"><v>-7</v></c>', ['-7', 'number']],
    ['noise behind the 15th digit', '<c r="{r}"><v>0.30000000000000004</v></c>', ['0.3', 'fraction']],
    ['a fraction', '<c r="{r}"><v>4711.5</v></c>', ['4711.5', 'fraction']],
    ['eleven digits', '<c r="{r}"><v>12345678901</v></c>', ['12345678901', 'number']],
    [
      'twelve digits, which Excel shows as 1.23457E+11',
      '<c r="{r}"><v>123456789012</v></c>',
      ['123456789012', 'scientific'],
    ],
    ['sixteen digits', '<c r="{r}"><v>1234567890123450</v></c>', ['1234567890123450', 'rounded']],
    ['a huge number', '<c r="{r}"><v>1.23E+25</v></c>', [expect.stringMatching(/^12[23]\d{23}$/), 'rounded']],
    ['text said to be a number', '<c r="{r}"><v>abc</v></c>', ['abc', 'unreadable']],
    ['an ISO date', '<c r="{r}" t="d"><v>2026-01-31T00:00:00</v></c>', ['2026-01-31', 'date']],
  ])('%s', async ([, xml, expected]) => {
    expect(await cellOf({ xml })).toEqual(expected);
  });

  test.for<[string, string, string, string]>([
    ['00000', '1067', '01067', 'number'],
    ['00000', '123456', '123456', 'number'],
    ['"K-"0000', '12', 'K-0012', 'number'],
    ['\\K0', '12', 'K12', 'number'],
    ['000-0000', '5551234', '555-1234', 'number'],
    ['+0', '43123456789', '+43123456789', 'number'],
    ['[Red]00000;[Blue]-00000', '7', '00007', 'number'],
    ['00000', '0', '00000', 'number'],
    ['0', '123456789012', '123456789012', 'number'],
    ['#,##0', '10001', '10001', 'number'],
    ['0.00', '10001', '10001', 'number'],
    ['0.00E+00', '10001', '10001', 'scientific'],
    ['@', '10001', '10001', 'number'],
    ['[<=9999999]###-####;(###) ###-####', '5551234', '555-1234', 'number'],
    ['yyyy-mm-dd', '46053', '2026-01-31', 'date'],
    ['[$-407]d. mmmm yyyy;@', '46053', '2026-01-31', 'date'],
    ['dd.mm.yy hh:mm', '46053.573', '2026-01-31 13:45:07', 'date'],
    ['[h]:mm', '0.5', '12:00:00', 'date'],
    ['d/m/yyyy', '1', '1900-01-01', 'date'],
    ['d/m/yyyy', '59', '1900-02-28', 'date'],
    ['d/m/yyyy', '61', '1900-03-01', 'date'],
    ['d/m/yyyy', '60', '60', 'date'],
    ['d/m/yyyy', '-1', '-1', 'date'],
    ['d/m/yyyy', '2958466', '2958466', 'date'],
    ['d/m/yyyy', '2958465.99999', '9999-12-31 23:59:59', 'date'],
  ])('the number format %s shows %s as %s', async ([format, value, text, mark]) => {
    expect(await styledCell(format, value)).toEqual([text, mark]);
  });

  test('days count from 1904 where the workbook says so', async () => {
    const options = { formats: ['d/m/yyyy'], date1904: true };
    expect(await cellOf({ xml: '<c r="{r}" s="1"><v>0</v></c>' }, options)).toEqual(['1904-01-01', 'date']);
  });

  test('texts are shared, and may be rich', async () => {
    const strings = [
      '<t>name</t>',
      '<r><t xml:space="preserve">Müller </t></r><r><t>KG</t></r>',
      '<t/>',
      '<t>😀</t>',
    ];
    const { rows } = await read(
      workbookOf(
        [
          [sharedCell(0), 'b', 'c'],
          [sharedCell(1), sharedCell(2), sharedCell(3)],
        ],
        { strings },
      ),
    );
    expect(rows).toEqual([{ line: 2, cells: ['Müller KG', '', '😀'] }]);
  });

  test('many texts and rows come whole', async () => {
    const count = 30_000;
    const strings = Array.from(
      { length: count },
      (_none, index) => `<t>Straße ${index} ${'x'.repeat(index % 300)}</t>`,
    );
    const cells = Array.from({ length: count }, (_none, index): Cell[] => [
      { xml: `<c r="{r}" t="s"><v>${index}</v></c>` },
      index,
    ]);
    const { rows } = await read(workbookOf([['name', 'number'], ...cells], { strings }));
    expect(rows).toHaveLength(count);
    for (const [index, { cells: found, line }] of rows.entries()) {
      expect([line, ...found]).toEqual([
        index + 2,
        `Straße ${index} ${'x'.repeat(index % 300)}`,
        String(index),
      ]);
    }
  });
});

describe('rows', () => {
  test('keep the number that the spreadsheet shows, blank ones are left out', async () => {
    const { rows, header } = await read(
      sheetOf(
        `<row r="3">${textCell('B3', 'name')}${textCell('C3', 'city')}</row><row r="4"/><row r="5"><c r="B5" s="1"/></row>` +
          `<row r="9">${textCell('B9', 'a')}</row><row r="10">${textCell('A10', ' ')}</row><row r="11">${textCell('C11', 'b')}</row>`,
      ),
    );
    expect(header).toEqual(['', 'name', 'city']);
    expect(rows).toEqual([
      { line: 9, cells: ['', 'a', ''] },
      { line: 11, cells: ['', '', 'b'] },
    ]);
  });

  test('gaps between columns are blank cells, also far to the right', async () => {
    const { rows } = await read(
      sheetOf(
        `<row r="1">${textCell('A1', 'a')}${textCell('AB1', 'b')}</row><row r="2">${textCell('AB2', 'x')}</row>`,
      ),
    );
    expect(rows[0]?.cells).toEqual([...Array.from({ length: 27 }, () => ''), 'x']);
  });

  test('without numbers and references come one after the other', async () => {
    const { rows } = await read(
      sheetOf(`<row>${bareCell('a')}${bareCell('b')}</row><row>${bareCell('1')}${bareCell('2')}</row>`),
    );
    expect(rows).toEqual([{ line: 2, cells: ['1', '2'] }]);
  });

  test('a prefix before every element does not matter', async () => {
    const parts = workbookParts([['name'], ['Müller']]).map(({ name, content }) => ({
      name,
      content: String(content)
        .replaceAll(/<(\/?)(?=[a-zA-Z])/g, '<$1x:')
        .replaceAll('xmlns=', 'xmlns:x='),
    }));
    expect((await read(zipOf(parts))).rows).toEqual([{ line: 2, cells: ['Müller'] }]);
  });

  test('trailing blank columns and styled blank cells are ignored', async () => {
    const { header, rows } = await read(
      sheetOf(
        `<row r="1">${textCell('A1', 'name')}<c r="B1" s="1"/>${textCell('C1', ' ')}</row><row r="2">${textCell('A2', 'a')}<c r="E2"/></row>`,
      ),
    );
    expect({ header, rows }).toEqual({ header: ['name'], rows: [{ line: 2, cells: ['a'] }] });
  });

  test('a cell beyond the header rejects its row and names the column', async () => {
    const { faults, rows } = await read(
      workbookOf([
        ['name', 'city'],
        ['a', 'b', null, 'note'],
        ['c', 'd'],
      ]),
    );
    expect(faults).toEqual([
      expect.objectContaining({
        code: 'too_many_cells',
        line: 2,
        message: expect.stringContaining('column D') as unknown,
      }),
    ]);
    expect(rows).toEqual([{ line: 3, cells: ['c', 'd'] }]);
  });

  test('merged cells have their value in the first cell, as stored', async () => {
    const parts = workbookParts([['name', 'city'], ['a', 'b'], ['c']]).map((part) => ({
      ...part,
      content: String(part.content).replace(
        '</worksheet>',
        '<mergeCells count="1"><mergeCell ref="B2:B3"/></mergeCells></worksheet>',
      ),
    }));
    expect((await read(zipOf(parts))).rows).toEqual([
      { line: 2, cells: ['a', 'b'] },
      { line: 3, cells: ['c', ''] },
    ]);
  });

  test('the header is found below a title, and the title is reported', async () => {
    const { file, rows } = await read(workbookOf([['Kunden 2026'], [], ['name', 'email'], ['a', 'b']]));
    expect(file.header).toEqual(['name', 'email']);
    expect(file.dialect).toMatchObject({ headerLine: 3, preamble: [{ line: 1, raw: 'Kunden 2026' }] });
    expect(rows).toEqual([{ line: 4, cells: ['a', 'b'] }]);
  });

  test('--skip-lines and --header-lines say where the header is', async () => {
    const { header, rows } = await read(
      workbookOf([
        ['name', 'email'],
        ['billing', 'billing'],
        ['street', 'city'],
        ['a', 'b'],
      ]),
      { skipLines: 1, headerLines: 2 },
    );
    expect(header).toEqual(['billing street', 'billing city']);
    expect(rows).toEqual([{ line: 4, cells: ['a', 'b'] }]);
  });

  test('the header again is passed over, a row of totals is rejected', async () => {
    const { rows, faults, passedOver } = await read(
      workbookOf([
        ['name', 'city', 'x', 'y'],
        ['a', 'b', 'c'],
        ['name', 'city', 'x', 'y'],
        ['Summe', null, 12],
      ]),
    );
    expect(rows).toHaveLength(1);
    expect(passedOver).toEqual([3]);
    expect(faults).toEqual([expect.objectContaining({ code: 'totals_row', line: 4 })]);
  });

  test.for<[string, string]>([
    ['rows out of order', '<row r="2"/><row r="1"/>'],
    ['a row that no sheet has', '<row r="1048577"/>'],
    ['a row that is none', '<row r="x"/>'],
    ['cells out of order', `<row r="1">${textCell('B1', 'b')}${textCell('A1', 'a')}</row>`],
    ['a cell twice', `<row r="1">${textCell('A1', 'b')}${textCell('A1', 'a')}</row>`],
    ['a cell of another row', `<row r="1">${textCell('A2', 'b')}</row>`],
    ['a column that no sheet has', `<row r="1">${textCell('XFE1', 'b')}</row>`],
    ['a text that is not there', '<row r="1"><c r="A1" t="s"><v>7</v></c></row>'],
    ['a cell of an unknown type', '<row r="1"><c r="A1" t="z"><v>7</v></c></row>'],
    ['broken XML', '<row r="1"><c></row>'],
  ])('%s are refused', async ([, rows]) => {
    await expect(read(sheetOf(rows))).rejects.toEqual(
      failure('broken_workbook', /^customers\.xlsx is a damaged workbook: /),
    );
  });
});

describe('what other writers make of a sheet', () => {
  const head = `<row r="1">${textCell('A1', 'name')}${textCell('B1', 'email')}</row>`;

  test.for<[string, string, string[][]]>([
    [
      'small letters in references',
      '<row r="2"><c r="a2" t="str"><v>x</v></c><c r="b2" t="str"><v>y</v></c></row>',
      [['x', 'y']],
    ],
    [
      'a shared string without a number',
      '<row r="2"><c r="A2" t="str"><v>x</v></c><c r="B2" t="s"><v/></c></row>',
      [['x', '']],
    ],
    [
      'a boolean without a value',
      '<row r="2"><c r="A2" t="str"><v>x</v></c><c r="B2" t="b"><v></v></c></row>',
      [['x', '']],
    ],
    [
      'a row in two pieces',
      `<row r="2">${textCell('A2', 'x')}</row><row r="2">${textCell('B2', 'y')}</row>`,
      [['x', 'y']],
    ],
    [
      'two rows of one number',
      `<row r="2">${textCell('A2', 'x')}</row><row r="2">${textCell('A2', 'y')}</row>`,
      [
        ['x', ''],
        ['y', ''],
      ],
    ],
    [
      'blank rows of one number',
      `<row r="2"/><row r="2"/><row r="2">${textCell('A2', 'y')}</row>`,
      [['y', '']],
    ],
  ])('%s', async ([, rows, expected]) => {
    expect((await read(sheetOf(head + rows))).rows.map(({ cells }) => cells)).toEqual(expected);
  });

  test('rows counted from 0', async () => {
    const rows = `<row r="0">${textCell('A0', 'name')}</row><row r="1">${textCell('A1', 'a')}</row>`;
    expect((await read(sheetOf(rows))).rows).toEqual([{ line: 2, cells: ['a'] }]);
  });

  test('a first shared string that is blank', async () => {
    const cells = [
      ['name', 'email'].map((_, index) => sharedCell(index + 1)),
      [sharedCell(0), sharedCell(3)],
    ];
    const bytes = workbookOf(cells, { strings: ['<t/>', '<t>name</t>', '<t>email</t>', '<t>b</t>'] });
    expect((await read(bytes)).rows).toEqual([{ line: 2, cells: ['', 'b'] }]);
  });

  test.for([
    ['1', 'true'],
    ['TRUE', 'true'],
    ['0', 'false'],
    ['False', 'false'],
    ['WAHR', 'WAHR'],
    ['-1', '-1'],
  ] as const)('the boolean %s is %s', async ([kept, text]) => {
    expect(await cellOf({ xml: `<c r="{r}" t="b"><v>${kept}</v></c>` })).toEqual([text, undefined]);
  });

  test.for<[string, string, string]>([
    ['#\\ ##0', '4711', '4711'],
    ['# ##0', '1234567', '1234567'],
    ['#\u00a0##0', '4711', '4711'],
    ["#'##0", '4711', '4711'],
    ['#’##0', '4711', '4711'],
    ['#\\.##0', '4711', '4711'],
    ['# ### ##0', '4711', '4711'],
    ['0 000', '4711', '4711'],
    ['000 000', '4711', '004 711'],
    ['Standard', '4711', '4711'],
    ['[<=99999]00000;00000\\-0000', '4711', '04711'],
    ['[<=99999]00000;00000\\-0000', '123456789', '12345-6789'],
  ])('the format %s shows %s as %s', async ([format, kept, text]) => {
    expect(await styledCell(format, kept)).toEqual([text, 'number']);
  });

  test('a workbook that the extension list says more of still counts from 1904', async () => {
    const parts = workbookParts(
      [
        ['name', 'day'],
        ['a', { xml: '<c r="{r}" s="1"><v>44000</v></c>' }],
      ],
      {
        formats: ['yyyy-mm-dd'],
        date1904: true,
      },
    ).map((part) =>
      part.name === 'xl/workbook.xml'
        ? {
            ...part,
            content: String(part.content).replace(
              '</workbook>',
              '<extLst><ext><x15:workbookPr xmlns:x15="x" chartTrackingRefBase="1"/></ext></extLst></workbook>',
            ),
          }
        : part,
    );
    expect((await read(zipOf(parts))).rows[0]?.cells).toEqual(['a', '2024-06-19']);
  });

  test('a workbook in a part of another name', async () => {
    const parts = workbookParts([['name'], ['a']]).map(({ name, content }) => ({
      name: name.replace('workbook.xml', 'book.xml'),
      content: String(content).replaceAll('workbook.xml', 'book.xml'),
    }));
    expect((await read(zipOf(parts))).rows).toEqual([{ line: 2, cells: ['a'] }]);
  });
});

describe('sheets', () => {
  const sheets = [
    { name: 'Notizen', state: 'hidden' as const, rows: [['geheim']] },
    { name: 'Kunden & Co', rows: [['name'], ['Müller']] },
    { name: 'Lieferanten', rows: [['name'], ['Maier']] },
  ];

  test('the first that is visible is read', async () => {
    expect((await read(workbookOf(sheets))).rows).toEqual([{ line: 2, cells: ['Müller'] }]);
  });

  test.for(['Lieferanten', 'LIEFERANTEN', ' lieferanten '])('--sheet %o names another', async (sheet) => {
    expect((await read(workbookOf(sheets), { sheets: [sheet] })).rows).toEqual([
      { line: 2, cells: ['Maier'] },
    ]);
  });

  const customers = [
    { name: 'Anleitung', rows: [['So geht es'], ['Bitte nichts ändern']] },
    {
      name: 'A–M',
      rows: [
        ['name', 'email'],
        ['Alpha', 'a@x.example'],
      ],
    },
    { name: 'N–Z', rows: [[], ['email', 'Name'], ['n@x.example', 'Nu'], ['z@x.example', 'Zeta']] },
    {
      name: 'Preise',
      rows: [
        ['Artikel', 'Preis'],
        ['Schraube', 7],
      ],
    },
  ];

  test('several are read one after the other, each with its columns', async () => {
    const { rows, header, file, remarks } = await read(workbookOf(customers), { sheets: ['A–M', 'n–z'] });
    expect([header, file.sheet, remarks]).toEqual([['name', 'email'], 'A–M, N–Z', []]);
    expect(rows).toEqual([
      { line: 2, cells: ['Alpha', 'a@x.example'] },
      { line: 3, cells: ['Nu', 'n@x.example'] },
      { line: 4, cells: ['Zeta', 'z@x.example'] },
    ]);
  });

  test('with other columns cannot be read together', async () => {
    await expect(read(workbookOf(customers), { sheets: ['A–M', 'Preise'] })).rejects.toEqual(
      failure('unsupported_format', /"A–M" and "Preise" have different columns/),
    );
  });

  test('others that may have customers are named', async () => {
    const message = 'only the sheet "A–M" is read; "N–Z" may have customers, too';
    expect((await read(workbookOf(customers.slice(1)))).remarks).toEqual([`other_sheets: ${message}`]);
    expect((await read(workbookOf(customers))).file.otherTables).toEqual(['A–M', 'N–Z']);
    expect((await read(workbookOf([customers[1]!, customers[3]!]))).remarks).toEqual([]);
    const hidden = { ...customers[2]!, state: 'hidden' as const };
    expect((await read(workbookOf([customers[1]!, hidden]))).remarks).toEqual([]);
  });

  test('rows that are hidden are read, and counted', async () => {
    const rows =
      `<row r="1">${textCell('A1', 'name')}</row><row r="2" hidden="1">${textCell('A2', 'a')}</row>` +
      `<row r="3">${textCell('A3', 'b')}</row><row r="4" hidden="true">${textCell('A4', 'c')}</row>`;
    const { rows: found, remarks } = await read(sheetOf(rows));
    expect(found.map(({ cells }) => cells)).toEqual([['a'], ['b'], ['c']]);
    expect(remarks).toEqual([
      'hidden_rows: 2 rows are hidden in the workbook, by a filter or by hand, and read like the others',
    ]);
  });

  test('a missing sheet is refused, and the others are listed', async () => {
    await expect(read(workbookOf(sheets), { sheets: ['Kunden'] })).rejects.toMatchObject({
      code: 'usage',
      message: 'customers.xlsx has no sheet "Kunden"',
      hint: 'its sheets: "Notizen" (hidden), "Kunden & Co", "Lieferanten"',
    });
  });

  test('an empty sheet is refused, and the others are listed', async () => {
    await expect(read(workbookOf([{ rows: [] }, { name: 'Kunden', rows: [['a']] }]))).rejects.toMatchObject({
      code: 'empty_file',
      hint: 'name another by --sheet: Kunden',
    });
  });

  test('--sheet is refused for a CSV file', async () => {
    await expect(read(Buffer.from('name;city\na;b\n'), { sheets: ['Kunden'] })).rejects.toEqual(
      failure('usage', /is not a workbook/),
    );
  });

  test('a sheet of another place in the archive is found by its relationship', async () => {
    const parts = workbookParts([['name'], ['a']]).map(({ name, content }) => ({
      name: name.replace('worksheets/sheet1', 'daten/tabelle').replaceAll('/', '\\').toUpperCase(),
      content: String(content).replace('worksheets/sheet1.xml', '../XL/daten/tabelle.xml'),
    }));
    expect((await read(zipOf(parts))).rows).toEqual([{ line: 2, cells: ['a'] }]);
  });

  test('a sheet outside the workbook is never fetched', async () => {
    const relations = workbookParts([['name']]).find(({ name }) => name === 'xl/_rels/workbook.xml.rels');
    const external = String(relations?.content).replace(
      'Target="worksheets/sheet1.xml"',
      'Target="http://x.example/" TargetMode="External"',
    );
    await expect(
      read(workbookOf([['name']], { parts: { 'xl/_rels/workbook.xml.rels': external } })),
    ).rejects.toMatchObject({ code: 'empty_file' });
  });
});

describe('a file that is not a workbook', () => {
  test.for<[string, Buffer, RegExp]>([
    ['an .xls', Buffer.concat([Buffer.from('d0cf11e0a1b11ae1', 'hex'), Buffer.alloc(600)]), /\.xls$/],
    [
      'a workbook with a password',
      Buffer.concat([
        Buffer.from('d0cf11e0a1b11ae1', 'hex'),
        Buffer.alloc((1 << 16) - 20),
        Buffer.from('EncryptedPackage', 'utf16le'),
      ]),
      /with a password$/,
    ],
    [
      'an .ods',
      zipOf([
        { name: 'mimetype', content: 'application/vnd.oasis.opendocument.spreadsheet', stored: true },
        { name: 'content.xml', content: '<x/>' },
      ]),
      /OpenDocument/,
    ],
    [
      'an .xlsb',
      zipOf([
        { name: '[Content_Types].xml', content: '' },
        { name: 'xl/workbook.bin', content: '' },
      ]),
      /\.xlsb$/,
    ],
    [
      'a Word document',
      zipOf([
        { name: '[Content_Types].xml', content: '' },
        { name: 'word/document.xml', content: '' },
      ]),
      /Word$/,
    ],
    ['a Numbers document', zipOf([{ name: 'Index/Document.iwa', content: '' }]), /Numbers$/],
    ['a zip archive', zipOf([{ name: 'customers.csv', content: 'name\n' }]), /zip archive/],
    ['an empty zip archive', zipOf([]), /zip archive/],
  ])('%s is refused by its name', async ([, bytes, message]) => {
    await expect(read(bytes)).rejects.toEqual(failure('unsupported_format', message));
  });

  test.for<[string, (whole: Buffer) => Buffer]>([
    ['cut off', (whole) => whole.subarray(0, whole.length - 200)],
    ['cut short after its first bytes', (whole) => whole.subarray(0, 6)],
    ['changed in the middle', (whole) => Buffer.from(whole).fill(0xff, 300, 340)],
  ])('a workbook %s is refused', async ([, damage]) => {
    await expect(read(damage(workbookOf([['name'], ['a']])))).rejects.toMatchObject({
      code: 'broken_workbook',
    });
  });

  test.for<[string, (content: string) => object]>([
    ['of another checksum', () => ({ checksum: 1 })],
    ['smaller than it says', (content) => ({ declared: content.length + 10 })],
    ['larger than it says', (content) => ({ declared: content.length - 10 })],
    ['that is encrypted', () => ({ encrypted: true })],
    ['not in UTF-8', (content) => ({ content: Buffer.from(content.replace('Mueller', 'Müller'), 'latin1') })],
    ['that is empty', () => ({ content: '' })],
  ])('a workbook with a part %s is refused', async ([, damage]) => {
    const parts = workbookParts([['name'], ['Mueller']]).map((part) =>
      part.name.endsWith('sheet1.xml') ? { ...part, ...damage(String(part.content)) } : part,
    );
    await expect(read(zipOf(parts))).rejects.toMatchObject({ code: 'broken_workbook' });
  });

  test('a part that occurs twice in the archive is refused', async () => {
    const parts = workbookParts([['name'], ['a']]);
    await expect(read(zipOf([...parts, ...parts.slice(-1)]))).rejects.toEqual(
      failure('broken_workbook', /twice/),
    );
  });
});

describe('hostile workbooks', () => {
  test.for(['xl/worksheets/sheet1.xml', 'xl/sharedStrings.xml', 'xl/workbook.xml', '_rels/.rels'])(
    'a bomb in %s is stopped before it is unpacked',
    async (name) => {
      const bomb = workbookOf([['name']], { parts: { [name]: Buffer.alloc(24 << 20, '<row/>') } });
      expect(bomb.length).toBeLessThan(400_000);
      const before = process.memoryUsage().rss;
      await expect(read(bomb)).rejects.toMatchObject({ code: 'workbook_too_large' });
      expect(process.memoryUsage().rss - before).toBeLessThan(64e6);
    },
  );

  test('a part that claims gigabytes is stopped', async () => {
    const parts = workbookParts([['name']]).map((part) =>
      part.name.endsWith('styles.xml') ? { ...part, declared: 100 << 20 } : part,
    );
    await expect(read(zipOf(parts))).rejects.toMatchObject({ code: 'workbook_too_large' });
  });

  test.for<[string, string]>([
    ['entities that grow', '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'],
    ['an entity from a file', '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'],
    ['an entity that nobody declared', '<worksheet><sheetData>&a;</sheetData></worksheet>'],
    ['elements in elements in elements', `${'<a>'.repeat(200)}${'</a>'.repeat(200)}`],
  ])('%s are refused', async ([, content]) => {
    await expect(read(withSheet(content))).rejects.toMatchObject({ code: 'broken_workbook' });
  });

  test.for<[string, string]>([
    ['text', '<worksheet><sheetData><row><c t="str"><v>'],
    ['attribute', '<worksheet a="'],
    ['comment', '<worksheet><!-- '],
  ])('an endless %s is stopped', async ([, beginning]) => {
    // Noise, since what repeats itself is stopped as a bomb.
    const content = `${beginning}${randomBytes(7_000_000).toString('base64')}`;
    await expect(read(withSheet(content))).rejects.toMatchObject({ code: 'workbook_too_large' });
  });

  test('more text than an import may keep in memory is refused', async () => {
    const text = `<t>${'x'.repeat(900_000)}</t>`;
    const parts = workbookParts([['name']], { strings: Array.from({ length: 80 }, () => text) });
    // Larger than what is held in memory, too.
    const bytes = zipOf(parts.map((part) => ({ ...part, stored: true })));
    await expect(read(bytes)).rejects.toMatchObject({
      code: 'workbook_too_large',
      message: 'customers.xlsx holds more than 64 MB of text',
    });
  });

  test('a cell of more than 1 MB is refused', async () => {
    await expect(read(workbookOf([['name'], ['x'.repeat(1_000_001)]]))).rejects.toMatchObject({
      code: 'broken_workbook',
    });
  });

  test('bytes changed anywhere give the same rows, or a Failure', async () => {
    const strings = ['<t>name</t>', '<t>Müller</t>'];
    const bytes = workbookOf(
      [
        [sharedCell(0), 'city'],
        [sharedCell(1), 'Köln'],
        [7, 0.5],
      ],
      { strings },
    );
    const intact = (await read(bytes)).rows;
    let failed = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.uint8Array({ minLength: 1, maxLength: 6 }),
        async (at, noise) => {
          const changed = Buffer.from(bytes);
          changed.set(noise.subarray(0, bytes.length - at), at);
          try {
            expect((await read(changed)).rows).toEqual(intact);
          } catch (error) {
            if (!(error instanceof Failure)) throw error;
            failed++;
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(failed).toBeGreaterThan(50);
  });

  test('names that lead out of the archive do nothing', async () => {
    const parts = [
      ...workbookParts([['name'], ['a']]),
      { name: '../../../tmp/evil.xml', content: 'x' },
      { name: '/etc/evil', content: 'x' },
    ];
    expect((await read(zipOf(parts))).rows).toHaveLength(1);
  });
});
